"""Reading back what stands in a thread: what was said before, and what the bot has posted."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import structlog

from adapters.slack.bodies import JSON, part, parts, text
from adapters.slack.errors import Rejected
from adapters.slack.origins import SlackOrigin
from adapters.slack.people import Roster
from adapters.slack.reading import read
from adapters.slack.refs import FILE, ref_of
from adapters.slack.web import Web, Workspaces
from bot.core.messages import Message

log = structlog.get_logger()

EVENT_TYPE = "homeroom_reply"
_PAGE = 1000  # the most Slack gives at once
_PAGES = 20  # replies come oldest first, and the newest are wanted
_LINES = 30
_CHARS = 6000
_CLOCK_SKEW = 60.0  # seconds


def metadata(question: Message, nonce: str = "") -> JSON:
    """What a reply carries so that it can be found again; people do not see it."""
    payload = {"question": question.id} | ({"nonce": nonce} if nonce else {})
    return {"event_type": EVENT_TYPE, "event_payload": payload}


def file_title(nonce: str) -> str:
    """A file that is shared carries no metadata: its title says which it is."""
    return f"Answer {nonce[:8]}"


class Threads:
    def __init__(self, web: Web, workspaces: Workspaces, people: Roster) -> None:
        self._web = web
        self._workspaces = workspaces
        self._people = people

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

    async def earlier(self, question: Message) -> str:
        """What was said in a thread before the bot was asked there, as "Ann: ..." lines."""
        origin = SlackOrigin.of(question)
        thread, ts = origin.thread, origin.ts
        if not ts or not origin.has_thread or origin.begins_thread:
            return ""
        newest: list[JSON] = []
        try:
            async for page in self._read("conversations.replies", origin, ts=thread, latest=ts):
                newest = _newest_before(ts, [*newest, *page])
        except Rejected as error:
            log.warning("thread_not_read", question=question.id, error=error.code)
            return ""
        lines = [await self._line(origin.team, message) for message in newest]
        return _fitting([line for line in lines if line])

    def _read_after(self, question: Message) -> AsyncIterator[list[JSON]]:
        """What was said since the question; of a command only our own clock knows when it was."""
        origin = SlackOrigin.of(question)
        since = origin.ts or f"{origin.at - _CLOCK_SKEW:.6f}"
        if origin.thread:
            return self._read("conversations.replies", origin, ts=origin.thread, oldest=since)
        return self._read("conversations.history", origin, oldest=since)

    async def _read(
        self, method: str, origin: SlackOrigin, **arguments: Any
    ) -> AsyncIterator[list[JSON]]:
        place: JSON = {"channel": origin.channel, "include_all_metadata": True}
        cursor: str | None = None
        for _ in range(_PAGES):
            found = await self._web.call(
                method, origin.team, limit=_PAGE, cursor=cursor, **place, **arguments
            )
            yield parts(found, "messages")
            cursor = text(part(found, "response_metadata"), "next_cursor")
            if not cursor:
                return

    async def _line(self, team: str, message: JSON) -> str:
        words, user = read(text(message, "text")), text(message, "user")
        if not words:
            return ""
        name = text(message, "username") or (await self._people.name(team, user) if user else "")
        return f"{name or 'someone'}: {words}"


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


def _newest_before(ts: str, messages: Sequence[JSON]) -> list[JSON]:
    """The last of them, each once: a page may begin with the thread's first message again."""
    before = {text(m, "ts"): m for m in messages if _seconds(text(m, "ts")) < _seconds(ts)}
    return sorted(before.values(), key=lambda m: _seconds(text(m, "ts")))[-_LINES:]


def _fitting(lines: Sequence[str]) -> str:
    """As many whole lines from the end as fit."""
    kept: list[str] = []
    room = _CHARS
    for line in reversed(lines):
        cut = line[:room]
        kept.append(cut)
        room -= len(cut) + 1
        if room <= 0:
            break
    return "\n".join(reversed(kept))
