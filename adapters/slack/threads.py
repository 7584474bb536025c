"""Reading back what the bot has posted."""

import time
from collections.abc import AsyncIterator, Mapping

from adapters.slack.bodies import JSON, part, parts, text
from adapters.slack.origins import SlackOrigin
from adapters.slack.pages import read_pages
from adapters.slack.refs import FILE, ref_of
from adapters.slack.web import Web, Workspaces
from bot.core.errors import OutcomeUnknown
from bot.core.messages import Message
from bot.core.ports.clock import Clock
from bot.core.posts import Part
from bot.core.recent import RecentMap

EVENT_TYPE = "homeroom_reply"
_CLOCK_SKEW = 60.0  # seconds
SETTLES_AFTER = 15.0  # seconds; Slack wants three at most for anything, and often takes more


def metadata(question: Message, nonce: str = "") -> JSON:
    """What a reply carries so that it can be found again; people do not see it."""
    payload = {"question": question.id} | ({"nonce": nonce} if nonce else {})
    return {"event_type": EVENT_TYPE, "event_payload": payload}


def file_title(nonce: str, name: str) -> str:
    """A file that is shared carries no metadata: its title says which it is."""
    return f"{name.rpartition('.')[0] or name} {nonce[:8]}"


class Threads:
    """Finds the parts of a reply by the mark that each carries, and nothing else of ours does.

    Slack has no nonce. A part is marked by its metadata, a file by its title. A stream gets its
    metadata only when it ends: so of what is unmarked, the bot's own newest message since the part
    was intended is the one whose start was not answered, for turns of a thread do not overlap.
    """

    def __init__(
        self, web: Web, workspaces: Workspaces, clock: Clock, settles_after: float
    ) -> None:
        """`settles_after`: seconds after which Slack carries out no request any more."""
        self._web = web
        self._workspaces = workspaces
        self._clock = clock
        self._settles_after = settles_after
        self._doubted_at = RecentMap[str, float]()  # by nonce, on the clock that is never set

    async def find(self, question: Message, part: Part, *, in_thread: bool) -> str | None:
        """The ref of a part. Raises OutcomeUnknown while its request may still be carried out."""
        own = await self._workspaces.bot(SlackOrigin.of(question).team)
        found: list[JSON] = []
        async for page in self._read_after(question, part, in_thread=in_thread):
            found += [message for message in page if text(message, "user") == own != ""]
        ours = {_ref(question, message): message for message in found}
        for ref, message in ours.items():
            if _is_marked(message, part.nonce):
                return ref
        if in_thread and part.number == 0 and (begun := self._begun_stream(question, part, ours)):
            return begun
        self._require_settled(part)
        return None

    def _begun_stream(self, question: Message, part: Part, ours: Mapping[str, JSON]) -> str | None:
        since = max(_seconds(SlackOrigin.of(question).ts), part.not_before - _CLOCK_SKEW)
        begun = [
            ref
            for ref, message in ours.items()
            if _is_unmarked(message)
            and _seconds(text(message, "ts")) > since > 0
            and ref not in part.others
        ]
        return begun[-1] if begun else None

    def doubt(self, part: Part) -> None:
        """It became unknown just now whether a request for this part is carried out."""
        self._doubted_at.put(part.nonce, time.monotonic())

    def _require_settled(self, part: Part) -> None:
        """A request of a process that is gone may be carried out later than it is looked for.

        A clock that is set back does not prolong the doubt: then it counts from the first look.
        """
        if not part.intended_at:
            return
        doubted_at = self._doubted_at.get(part.nonce)
        age = 0.0 if doubted_at is None else time.monotonic() - doubted_at
        if doubted_at is None:
            self.doubt(part)
            age = self._clock() - part.intended_at
        if age < self._settles_after:
            left = self._settles_after - max(age, 0.0)
            raise OutcomeUnknown("it may still be on its way", retry_after=left)

    def _read_after(
        self, question: Message, part: Part, *, in_thread: bool
    ) -> AsyncIterator[list[JSON]]:
        """What was said since the question; of a command only our own clock knows when it was."""
        origin = SlackOrigin.of(question)
        since = origin.ts or f"{(origin.at or part.not_before) - _CLOCK_SKEW:.6f}"
        if in_thread:
            where: JSON = {"ts": origin.thread, "oldest": since}
            return read_pages(self._web, "conversations.replies", origin, **where)
        return read_pages(self._web, "conversations.history", origin, oldest=since)


def _ref(question: Message, message: JSON) -> str:
    file = next(iter(parts(message, "files")), None)
    if file is not None:
        return ref_of(FILE, text(file, "id"))
    return ref_of(SlackOrigin.of(question).channel, text(message, "ts"))


def _is_marked(message: JSON, nonce: str) -> bool:
    payload = part(part(message, "metadata"), "event_payload")
    titles = [text(file, "title") for file in parts(message, "files")]
    return text(payload, "nonce") == nonce or any(
        title.endswith(file_title(nonce, "")) for title in titles
    )


def _is_unmarked(message: JSON) -> bool:
    has_metadata = text(part(message, "metadata"), "event_type") == EVENT_TYPE
    return not has_metadata and not parts(message, "files")


def _seconds(ts: str) -> float:
    try:
        return float(ts)
    except ValueError:
        return 0.0
