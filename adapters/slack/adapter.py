"""The `Adapter` port over Slack."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

import structlog
from slack_bolt.async_app import AsyncApp

from adapters.slack.admission import Admission
from adapters.slack.asides import Asides
from adapters.slack.bodies import PLATFORM
from adapters.slack.bodies import part as part_of
from adapters.slack.crowd import Crowd
from adapters.slack.earlier import Earlier
from adapters.slack.errors import Rejected
from adapters.slack.files import Files
from adapters.slack.home.tab import Home
from adapters.slack.inbox import SlackInbox
from adapters.slack.lines.app import build_app
from adapters.slack.lines.sockets import Line
from adapters.slack.origins import SlackOrigin, with_origin
from adapters.slack.others import OtherBots
from adapters.slack.people import Roster
from adapters.slack.posting import MAX_CHARS, Posting
from adapters.slack.private import Private
from adapters.slack.refs import is_file, is_last_word, is_private_ref
from adapters.slack.statuses import SlackStatuses
from adapters.slack.streams import Streams
from adapters.slack.threads import SETTLES_AFTER, Threads
from adapters.slack.ways import (
    ALONE,
    CHANNEL,
    DIRECT,
    THREAD,
    UNREADABLE,
    WHISPER,
    place_of_part,
    places,
    refusals_sorted,
)
from adapters.slack.web import Web, Workspaces
from bot.core.answers import Status
from bot.core.catalogue import Chosen
from bot.core.controls import Button
from bot.core.errors import NotEditable, OutcomeUnknown, TransientError, Undeliverable
from bot.core.files import File
from bot.core.messages import Attachment, ConversationKey, Message
from bot.core.ports.adapter import Health, Help, Limits
from bot.core.ports.clock import Clock
from bot.core.ports.door import Door
from bot.core.ports.memory import Memory
from bot.core.posts import Part, Saying, Way
from bot.core.quoting import Quote
from bot.core.recent import Recent
from bot.core.standing import Standing

log = structlog.get_logger()

_EDIT_INTERVAL = 1.0  # seconds between looks whether enough is new to be shown
_MAX_PARTS = 3
_PERHAPS = "*(I could not find out whether this reached you before.)*\n\n"
_ELSEWHERE = "*(Slack takes no message of mine where you asked, so I answer you alone.)*\n\n"


class SlackAdapter:
    platform = PLATFORM

    def __init__(  # noqa: PLR0913 - what it is put together from
        self,
        workspaces: Workspaces,
        line: Line,
        *,
        clock: Clock,
        memory: Memory | None = None,
        settles_after: float = SETTLES_AFTER,
        register: Sequence[Callable[[AsyncApp], None]] = (),
    ) -> None:
        self._workspaces = workspaces
        self._line = line
        self._clock = clock
        self._register = register
        self._web = Web(workspaces)
        self._people = Roster(self._web, memory)
        self._others = OtherBots(memory, clock)
        self._posting = Posting(self._web, workspaces)
        self._private = Private(self._web, workspaces, self._posting, clock)
        self._crowd = Crowd(self._web.budget)
        self._statuses = SlackStatuses(self._web, self._crowd)
        self._streams = Streams(self._web, self._posting, self._statuses, self._crowd)
        self._threads = Threads(self._web, workspaces, clock, settles_after)
        self._earlier = Earlier(self._web, self._people)
        self._files = Files(self._web, workspaces)
        self._admission = Admission(self._people)
        home = Home(self._web)
        self._asides = Asides(self._web, self._private, self._statuses, self._streams, home)
        self._begun = Recent[str]()  # questions of which something is shown already
        self._doubtful = Recent[str]()  # parts of which nobody can know whether they stand
        self._door: Door

    def open(self, door: Door) -> None:
        self._door = door
        self._web.told_time = door.told_time

    async def listen(self) -> None:
        """Hand every message to the door; never returns by itself."""
        bot = await self._own_id()
        inbox = SlackInbox(
            self._door, self._people, self._asides, self._others, self._clock, bot=bot
        )
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
        try:
            await self._streams.abandon(question)
        finally:
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
        return [Way(place) for place in places(question)]

    def unasked(self, place: ConversationKey, person: str) -> Mapping[str, str]:
        """To one person it goes by direct message: a whisper is gone with the next start."""
        origin = SlackOrigin(team=place.space, asker=person, at=self._clock())
        return replace(
            origin, channel="" if person else place.channel, private=bool(person)
        ).as_mapping()

    async def post(
        self,
        question: Message,
        text: str,
        *,
        part: Part,
        final: bool,
        controls: Sequence[Button] = (),
    ) -> str:
        """At the part's place, as a stream while it is written there, else whole.

        The order is the rule. A status that is on its way arrives first, for Slack shows whatever
        came last, and an answer takes it away. Whether there may be a stream is asked before
        anything of the reply is noted, since only its first message may be one. If a stream
        begins, that is all: its end is another call. If not, the message streamed before is made
        whole before the next part is posted, so that parts stand in their order. Only when the
        last word stands, the session ends: until then a crash leaves the Stop button to whoever
        goes on.
        """
        saying = Saying(text=text, is_final=final, controls=controls)
        return await self._post_or_doubt(question, saying, part)

    async def give(self, question: Message, file: File, *, part: Part) -> str:
        saying = Saying(text="", file=file, is_final=True)
        return await self._post_or_doubt(question, saying, part)

    async def _post_or_doubt(self, question: Message, saying: Saying, part: Part) -> str:
        try:
            return await self._post(question, saying, part)
        except OutcomeUnknown:
            self._threads.doubt(part)
            raise

    async def _post(self, question: Message, saying: Saying, part: Part) -> str:
        place, nonce = place_of_part(question, part), part.nonce
        await self._statuses.settle(question)
        is_preview = not saying.is_final and self._statuses.is_writing(question)
        may_stream = place == THREAD and is_preview and self._may_stream(question)
        self._begun.add(question.id)
        if may_stream:
            ref = await self._streams.start(question, saying.text, nonce=nonce)
            if ref is not None:
                return ref
        with refusals_sorted():
            await self._streams.settle(question)
            ref = await self._post_whole(question, saying, place, nonce)
        if saying.is_final:
            await self._show_end(question)
        return ref

    async def edit(
        self,
        question: Message,
        ref: str,
        text: str,
        *,
        final: bool,
        controls: Sequence[Button] = (),
    ) -> None:
        """A file says everything already, and so does what was told to one person alone."""
        saying = Saying(text=text, is_final=final, controls=controls)
        await self._statuses.settle(question)
        self._begun.add(question.id)
        if is_private_ref(ref):
            if not is_last_word(ref):
                raise NotEditable("only one person sees it, and Slack changes no such message")
        elif self._streams.has(question, ref):
            await self._streams.show(question, saying)
            return
        elif not is_file(ref):
            await self._streams.settle(question)
            await self._posting.rewrite(question, ref, saying)
        if final:
            await self._show_end(question)

    async def find(self, question: Message, part: Part) -> str | None:
        """Where nothing can be read back, a part is posted again, and says so itself."""
        place = place_of_part(question, part)
        if place in UNREADABLE:
            self._doubtful.add(part.nonce)
            return None
        try:
            where = await self._private.as_direct(question) if place == DIRECT else question
            return await self._threads.find(where, part, in_thread=place == THREAD)
        except Rejected as error:
            log.warning("reply_not_looked_up", question=question.id, error=error.code)
            if error.code != "thread_not_found":  # where there is no thread, nothing stands in it
                self._doubtful.add(part.nonce)
            return None

    async def show_status(self, question: Message, status: Status, detail: str = "") -> None:
        await self._statuses.show(question, status, detail)

    async def traits(self, question: Message, named: Collection[str]) -> Collection[str]:
        return await self._admission.traits(question, named)

    async def traits_in(
        self, question: Message, space: str, named: Collection[str]
    ) -> Collection[str] | None:
        return await self.traits(question, named) if question.key.space == space else None

    async def reaches(self, asked: Message, place: ConversationKey) -> bool:
        team = SlackOrigin.of(asked).team
        try:
            found = await self._web.call("conversations.info", team, channel=place.channel)
        except Rejected:
            return False
        return bool(part_of(found, "channel").get("is_member"))

    async def standing(self, question: Message, chosen: Chosen) -> Standing:
        if SlackOrigin.of(question).asker:  # somebody asks, and does not only look
            self._crowd.enter(question)
        return await self._admission.standing(question, chosen)

    async def turn_away(self, question: Message, words: str, *, is_repeated: bool) -> None:
        """A command waits for a word each time; in a channel one note is enough."""
        await self._statuses.clear_shown(question)  # such as its place among those who wait
        if not is_repeated or SlackOrigin.of(question).response_url:
            await self._private.tell(question, words)

    async def zone_of(self, question: Message) -> str:
        team = SlackOrigin.of(question).team
        return (await self._people.person(team, question.author.id)).zone

    def earlier(self, question: Message) -> Help[Quote]:
        return self._earlier.lines(question)

    async def fetch(self, question: Message, attachment: Attachment) -> bytes:
        return await self._files.fetch(SlackOrigin.of(question).team, attachment)

    def _may_stream(self, question: Message) -> bool:
        """Only the first message of a reply is ever written before the reader's eyes."""
        return question.id not in self._begun and self._streams.can_start(question)

    async def _post_whole(self, question: Message, saying: Saying, place: str, nonce: str) -> str:
        origin = SlackOrigin.of(question)
        remarks = _PERHAPS if nonce in self._doubtful else ""
        remarks += _ELSEWHERE if place in {WHISPER, DIRECT} and not origin.private else ""
        if len(remarks + saying.text) < MAX_CHARS:
            saying = replace(saying, text=remarks + saying.text)
        if place in ALONE:
            return await self._private.post(question, saying, place, nonce=nonce)
        where = with_origin(question, thread="") if place == CHANNEL else question
        return await self._posting.post(where, saying, nonce=nonce)

    async def _show_end(self, question: Message) -> None:
        self._crowd.leave(question)
        await self._statuses.clear(question)

    async def _own_id(self) -> str:
        """Events name it themselves, so Slack may be out of reach at the start."""
        try:
            await self._workspaces.open()
            return await self._workspaces.bot("")
        except (TransientError, Undeliverable) as error:
            log.warning("bot_unknown", error=str(error))
            return ""
