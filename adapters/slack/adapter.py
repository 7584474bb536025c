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
from adapters.slack.delivery import SlackDelivery
from adapters.slack.earlier import Earlier
from adapters.slack.errors import Rejected
from adapters.slack.files import Files
from adapters.slack.home.tab import Home
from adapters.slack.inbox import SlackInbox
from adapters.slack.lines.app import build_app
from adapters.slack.lines.sockets import Line
from adapters.slack.origins import SlackOrigin
from adapters.slack.others import OtherBots
from adapters.slack.people import Roster
from adapters.slack.posting import MAX_CHARS, Posting
from adapters.slack.private import Private
from adapters.slack.statuses import SlackStatuses
from adapters.slack.streams import Streams
from adapters.slack.threads import SETTLES_AFTER, Threads
from adapters.slack.ways import (
    places,
)
from adapters.slack.web import Web, Workspaces
from bot.core.answers import Status
from bot.core.catalogue import Chosen
from bot.core.errors import TransientError, Undeliverable
from bot.core.files import File
from bot.core.messages import Attachment, ConversationKey, Message
from bot.core.ports.adapter import Health, Help, Limits
from bot.core.ports.clock import Clock
from bot.core.ports.door import Door
from bot.core.ports.memory import Memory
from bot.core.posts import Part, Saying, Way
from bot.core.quoting import Quote
from bot.core.standing import Standing

log = structlog.get_logger()

_EDIT_INTERVAL = 1.0  # seconds between looks whether enough is new to be shown
_MAX_PARTS = 3


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
        posting = Posting(self._web, workspaces)
        self._private = Private(self._web, workspaces, posting, clock)
        self._crowd = Crowd(self._web.budget)
        self._statuses = SlackStatuses(self._web, self._crowd)
        self._streams = Streams(self._web, posting, self._statuses, self._crowd)
        threads = Threads(self._web, workspaces, clock, settles_after)
        self._delivery = SlackDelivery(
            posting, self._private, threads, self._streams, self._statuses, self._crowd
        )
        self._earlier = Earlier(self._web, self._people)
        self._files = Files(self._web, workspaces)
        self._admission = Admission(self._people)
        self._asides = Asides(
            *(self._web, self._people, self._private, self._statuses, self._streams),
            Home(self._web),
            memory=memory,
        )
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

    async def name_of(self, place: ConversationKey) -> str:
        return (await self._people.channel(place.space, place.channel)).name

    async def health(self) -> Health:
        return await self._line.health()

    def limits(self, question: Message) -> Limits:
        is_live = self._delivery.is_live(question)
        return Limits(MAX_CHARS, _EDIT_INTERVAL if is_live else None, _MAX_PARTS)

    def ways(self, question: Message) -> Sequence[Way]:
        return [Way(place) for place in places(question)]

    def unasked(self, place: ConversationKey, person: str) -> Mapping[str, str]:
        """To one person it goes by direct message: a whisper is gone with the next start."""
        origin = SlackOrigin(team=place.space, asker=person, at=self._clock())
        return replace(
            origin, channel="" if person else place.channel, private=bool(person)
        ).as_mapping()

    async def post(self, question: Message, saying: Saying, part: Part) -> str:
        return await self._delivery.post(question, saying, part)

    async def give(self, question: Message, file: File, *, part: Part) -> str:
        saying = Saying(text="", file=file, is_final=True)
        return await self._delivery.post(question, saying, part)

    async def edit(self, question: Message, ref: str, saying: Saying) -> None:
        await self._delivery.rewrite(question, ref, saying)

    async def find(self, question: Message, part: Part) -> str | None:
        return await self._delivery.find(question, part)

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

    async def language_of(self, question: Message) -> str:
        team = SlackOrigin.of(question).team
        return (await self._people.person(team, question.author.id)).locale

    def earlier(self, question: Message) -> Help[Quote]:
        return self._earlier.lines(question)

    async def fetch(self, question: Message, attachment: Attachment) -> bytes:
        return await self._files.fetch(SlackOrigin.of(question).team, attachment)

    async def _own_id(self) -> str:
        """Events name it themselves, so Slack may be out of reach at the start."""
        try:
            await self._workspaces.open()
            return await self._workspaces.bot("")
        except (TransientError, Undeliverable) as error:
            log.warning("bot_unknown", error=str(error))
            return ""
