"""The `Adapter` port over Slack."""

from collections.abc import Callable, Collection, Sequence

import structlog
from slack_bolt.async_app import AsyncApp

from adapters.slack.admission import Admission
from adapters.slack.asides import Asides
from adapters.slack.bodies import PLATFORM
from adapters.slack.crowd import Crowd
from adapters.slack.earlier import Earlier
from adapters.slack.errors import Rejected
from adapters.slack.files import Files
from adapters.slack.home.tab import Home
from adapters.slack.inbox import Inbox
from adapters.slack.lines.app import build_app
from adapters.slack.lines.sockets import Health, Line
from adapters.slack.origins import SlackOrigin
from adapters.slack.people import Roster
from adapters.slack.posting import MAX_CHARS, Posting
from adapters.slack.private import Private, is_private
from adapters.slack.refs import PRIVATE, is_file, is_private_ref, ref_of
from adapters.slack.statuses import Statuses
from adapters.slack.streams import Streams
from adapters.slack.threads import Threads
from adapters.slack.web import Web, Workspaces
from bot.core.answers import Status
from bot.core.catalogue import Chosen
from bot.core.errors import TransientError, Undeliverable
from bot.core.messages import Attachment, Message
from bot.core.ports.adapter import Help, Limits
from bot.core.ports.clock import Clock
from bot.core.ports.door import Door
from bot.core.ports.memory import Memory
from bot.core.posts import Part, Way
from bot.core.quoting import Quote
from bot.core.recent import Recent
from bot.core.standing import Standing

log = structlog.get_logger()

_EDIT_INTERVAL = 1.0  # seconds between looks whether enough is new to be shown
_MAX_PARTS = 3
_NOT_A_MEMBER = {"not_in_channel", "channel_not_found"}


class SlackAdapter:
    platform = PLATFORM

    def __init__(
        self,
        workspaces: Workspaces,
        line: Line,
        *,
        clock: Clock,
        memory: Memory | None = None,
        register: Sequence[Callable[[AsyncApp], None]] = (),
    ) -> None:
        self._workspaces = workspaces
        self._line = line
        self._clock = clock
        self._register = register
        self._web = Web(workspaces)
        self._people = Roster(self._web, memory)
        self._posting = Posting(self._web, workspaces)
        self._private = Private(self._web, workspaces, self._posting, clock)
        self._crowd = Crowd(self._web.budget)
        self._statuses = Statuses(self._web, self._crowd)
        self._streams = Streams(self._web, self._posting, self._statuses, self._crowd)
        self._threads = Threads(self._web, workspaces)
        self._earlier = Earlier(self._web, self._people)
        self._files = Files(self._web, workspaces)
        self._admission = Admission(self._people)
        home = Home(self._web)
        self._asides = Asides(self._web, self._private, self._statuses, self._streams, home)
        self._begun = Recent[str]()  # questions of which something is shown already
        self._door: Door

    def open(self, door: Door) -> None:
        self._door = door

    async def listen(self) -> None:
        """Hand every message to the door; never returns by itself."""
        bot = await self._own_id()
        inbox = Inbox(self._door, self._people, self._asides, self._clock, bot=bot)
        workspaces = self._workspaces
        app = build_app(
            workspaces.app_options(), inbox.middleware(), workspaces.meet, register=self._register
        )
        try:
            await self._line.run(app)
        finally:
            await self._asides.close()

    async def end(self, question: Message) -> None:
        self._crowd.leave(question)
        await self._streams.abandon(question)
        await self._statuses.end(question)

    async def close(self) -> None:
        await self._statuses.close()
        await self._people.close()
        await self._workspaces.close()

    async def health(self) -> Health:
        return await self._line.health()

    def limits(self, question: Message) -> Limits:
        is_live = self._streams.has(question) or self._may_stream(question)
        return Limits(MAX_CHARS, _EDIT_INTERVAL if is_live else None, _MAX_PARTS)

    def ways(self, question: Message) -> Sequence[Way]:
        return (Way("here"),)

    async def post(self, question: Message, text: str, *, part: Part, final: bool) -> str:
        """Privately where it was asked privately, as a stream while it is written, else whole."""
        nonce = part.nonce
        if is_private(question):
            return await self._private.post(question, text, nonce=nonce, final=final)
        await self._statuses.settle(question)
        is_preview = not final and self._statuses.is_writing(question)
        may_stream = is_preview and self._may_stream(question)
        self._begun.add(question.id)
        if may_stream:
            ref = await self._streams.start(question, text, nonce=nonce)
            if ref is not None:
                return ref
        await self._streams.settle(question)
        ref = await self._post_whole(question, text, nonce=nonce, final=final)
        if final:
            await self._statuses.clear(question)
        return ref

    async def edit(self, question: Message, ref: str, text: str, *, final: bool) -> None:
        """A file says everything already."""
        await self._statuses.settle(question)
        self._begun.add(question.id)
        if is_file(ref):
            await self._statuses.clear(question)
        elif is_private_ref(ref):
            await self._private.post(question, text, nonce=ref, final=final)
        elif self._streams.has(question, ref):
            await self._streams.show(question, text, final=final)
        else:
            await self._streams.settle(question)
            await self._posting.rewrite(question, ref, text, final=final)
            if final:
                await self._statuses.clear(question)

    async def find(self, question: Message, part: Part) -> str | None:
        """What is private cannot be read back: there a part is sent again."""
        if is_private(question):
            return None
        return await self._threads.find(question, part.nonce)

    async def show_status(self, question: Message, status: Status, detail: str = "") -> None:
        await self._statuses.show(question, status, detail)

    async def traits(self, question: Message, named: Collection[str]) -> Collection[str]:
        return await self._admission.traits(question, named)

    async def standing(self, question: Message, chosen: Chosen) -> Standing:
        if SlackOrigin.of(question).asker:  # somebody asks, and does not only look
            self._crowd.enter(question)
        return await self._admission.standing(question, chosen)

    async def turn_away(self, question: Message, words: str, *, is_repeated: bool) -> None:
        """A command waits for a word each time; in a channel one note is enough."""
        await self._statuses.clear_shown(question)  # such as its place among those who wait
        if not is_repeated or SlackOrigin.of(question).response_url:
            await self._private.tell(question, words)

    def earlier(self, question: Message) -> Help[Quote]:
        return self._earlier.lines(question)

    async def fetch(self, question: Message, attachment: Attachment) -> bytes:
        return await self._files.fetch(SlackOrigin.of(question).team, attachment)

    def _may_stream(self, question: Message) -> bool:
        """Only the first message of a reply is ever written before the reader's eyes."""
        is_first = question.id not in self._begun and not is_private(question)
        return is_first and self._streams.can_start(question)

    async def _post_whole(self, question: Message, text: str, *, nonce: str, final: bool) -> str:
        try:
            return await self._posting.post(question, text, nonce=nonce, final=final)
        except Rejected as error:
            if error.code not in _NOT_A_MEMBER or not SlackOrigin.of(question).response_url:
                raise
            await self._private.respond(question, text)  # a public command, where we are no member
            return ref_of(PRIVATE, nonce)

    async def _own_id(self) -> str:
        """Events name it themselves, so Slack may be out of reach at the start."""
        try:
            await self._workspaces.open()
            return await self._workspaces.bot("")
        except (TransientError, Undeliverable) as error:
            log.warning("bot_unknown", error=str(error))
            return ""
