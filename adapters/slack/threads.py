"""Reading back what the bot has posted."""

from collections.abc import AsyncIterator

import structlog

from adapters.slack.bodies import JSON, part, parts, text
from adapters.slack.errors import Rejected
from adapters.slack.origins import SlackOrigin
from adapters.slack.pages import read_pages
from adapters.slack.refs import FILE, ref_of
from adapters.slack.web import Web, Workspaces
from bot.core.messages import Message

log = structlog.get_logger()

EVENT_TYPE = "homeroom_reply"
_CLOCK_SKEW = 60.0  # seconds


def metadata(question: Message, nonce: str = "") -> JSON:
    """What a reply carries so that it can be found again; people do not see it."""
    payload = {"question": question.id} | ({"nonce": nonce} if nonce else {})
    return {"event_type": EVENT_TYPE, "event_payload": payload}


def file_title(nonce: str) -> str:
    """A file that is shared carries no metadata: its title says which it is."""
    return f"Answer {nonce[:8]}"


class Threads:
    def __init__(self, web: Web, workspaces: Workspaces) -> None:
        self._web = web
        self._workspaces = workspaces

    async def find(self, question: Message, nonce: str) -> str | None:
        """The ref of the reply that was posted under a nonce.

        A stream gets its metadata only when it ends, so the bot's own message after the question
        that has none is the one whose start was not answered: turns of a thread do not overlap.
        A place that cannot be read back (the bot has left, a scope is missing) has no answer:
        there a part is posted again, since twice is better than never.
        """
        own = await self._workspaces.bot(SlackOrigin.of(question).team)
        try:
            pages = [page async for page in self._read_after(question)]
        except Rejected as error:
            log.warning("reply_not_looked_up", question=question.id, error=error.code)
            return None
        ours = [message for page in pages for message in page if _is_ours(message, own)]
        for message in ours:
            if _is_marked(message, nonce):
                return _ref(question, message)
        asked_at = _seconds(SlackOrigin.of(question).ts)
        orphans = [m for m in ours if _is_unmarked(m) and _seconds(text(m, "ts")) > asked_at > 0]
        return _ref(question, orphans[-1]) if orphans else None

    def _read_after(self, question: Message) -> AsyncIterator[list[JSON]]:
        """What was said since the question; of a command only our own clock knows when it was."""
        origin = SlackOrigin.of(question)
        since = origin.ts or f"{origin.at - _CLOCK_SKEW:.6f}"
        if origin.thread:
            where: JSON = {"ts": origin.thread, "oldest": since}
            return read_pages(self._web, "conversations.replies", origin, **where)
        return read_pages(self._web, "conversations.history", origin, oldest=since)


def _ref(question: Message, message: JSON) -> str:
    file = next(iter(parts(message, "files")), None)
    if file is not None:
        return ref_of(FILE, text(file, "id"))
    return ref_of(SlackOrigin.of(question).channel, text(message, "ts"))


def _is_ours(message: JSON, own: str) -> bool:
    return bool(message.get("bot_id")) and text(message, "user") in (own, "")


def _is_marked(message: JSON, nonce: str) -> bool:
    payload = part(part(message, "metadata"), "event_payload")
    titles = [text(file, "title") for file in parts(message, "files")]
    return text(payload, "nonce") == nonce or file_title(nonce) in titles


def _is_unmarked(message: JSON) -> bool:
    has_metadata = text(part(message, "metadata"), "event_type") == EVENT_TYPE
    return not has_metadata and not parts(message, "files")


def _seconds(ts: str) -> float:
    try:
        return float(ts)
    except ValueError:
        return 0.0
