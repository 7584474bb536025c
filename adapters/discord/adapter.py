"""The `Adapter` port over Discord."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

import structlog

from adapters.discord import downloads
from adapters.discord.access import standing_of, traits_of
from adapters.discord.buttons import drawn
from adapters.discord.courier import MAX_CHARS, Courier, Letter
from adapters.discord.cursors import Cursors
from adapters.discord.delivery import Delivery
from adapters.discord.downloads import renewed_from
from adapters.discord.earlier import said_earlier
from adapters.discord.errors import discord_errors
from adapters.discord.inbox import DiscordInbox
from adapters.discord.locales import Locales
from adapters.discord.lookup import Lookup
from adapters.discord.membership import Membership
from adapters.discord.origins import PLATFORM, Origin
from adapters.discord.pace import DiscordWaits, PreviewPace
from adapters.discord.reach import Reach
from adapters.discord.reading import Me
from adapters.discord.refs import Ref
from adapters.discord.rest import Rest
from adapters.discord.shards import Group
from adapters.discord.statuses import DiscordStatuses
from adapters.discord.supervisor import Supervisor
from adapters.discord.surface import shown
from adapters.discord.tidying import Tidying
from adapters.discord.tries import Tries
from adapters.discord.ways import ways_of
from bot.core.answers import Status
from bot.core.catalogue import Chosen
from bot.core.errors import OutcomeUnknown, Undeliverable
from bot.core.files import File
from bot.core.messages import Attachment, ConversationKey, Message
from bot.core.outsiders import OUTSIDERS
from bot.core.ports.adapter import Health, Help, Limits
from bot.core.ports.clock import Clock
from bot.core.ports.door import Door
from bot.core.ports.memory import Memory
from bot.core.posts import Part, Saying, Way
from bot.core.quoting import Quote
from bot.core.standing import Standing
from bot.words import say

log = structlog.get_logger()

_EDIT_INTERVAL = 1.5
_MOST_PARTS = 4
_OUTSIDE = "I only answer people of servers where I am. Please ask me in one of these."
_WHILE_AWAY = "-# You asked this while I was away.\n"

Groups = Callable[[], Awaitable[Sequence[Group]]]
Connect = Callable[[DiscordInbox, Group | None], Supervisor]


class DiscordAdapter:
    platform = PLATFORM

    def __init__(  # noqa: PLR0913 - an adapter has as many sides
        self,
        connect: Connect,
        groups: Groups,
        rest: Rest,
        memory: Memory,
        clock: Clock,
        *,
        reach: Reach | None = None,
        file_host: str = "",
        waits: DiscordWaits = DiscordWaits(),  # noqa: B008 - it never changes
    ) -> None:
        """`file_host`: where files may be fetched from, besides Discord's own servers."""
        self._connect = connect
        self._groups = groups
        self._rest = rest
        self._memory = memory
        self._clock = clock
        self._file_host = file_host
        self._reach = reach or Reach()
        self._door: Door
        self._waits = waits
        self._pace = PreviewPace(_EDIT_INTERVAL)
        self._membership = Membership(rest, clock)
        self._statuses = DiscordStatuses(rest.client, memory)
        self._tries = Tries()
        self._locales = Locales(memory)
        self._tidying = Tidying(self._delivery, clock)

    def open(self, door: Door) -> None:
        self._door = door
        self._rest.gate.told_time = door.told_time

    async def name_of(self, place: ConversationKey) -> str:
        if not place.channel.isdecimal():
            return ""
        client = await self._rest.client()
        with discord_errors():
            return str(getattr(await client.fetch_channel(int(place.channel)), "name", ""))

    async def language_of(self, question: Message) -> str:
        return await self._locales.of(question)

    async def seats(self) -> Sequence[str]:
        """Groups of shards, as many as Discord wants now: two that listen would both hear all."""
        return [str(group) for group in await self._groups()]

    async def listen(self) -> None:
        """Be connected until cancelled. What was heard by then is still written down."""
        await self._listen(None, Cursors(self._memory, self._clock))

    async def sit(self, seat: str) -> None:
        group = Group.named(seat)
        await self._listen(group, Cursors(self._memory, self._clock, seat if group.first else ""))

    def limits(self, question: Message) -> Limits:
        origin = Origin.of(question)
        return Limits(
            max_chars=MAX_CHARS,
            edit_interval=_EDIT_INTERVAL if origin.live else None,
            max_parts=_MOST_PARTS if origin.has_parts_elsewhere else 1,
            render=partial(shown, asker=question.author.id, locale=self._locales.known(question)),
            fold=lambda text: f"||{text}||",  # a spoiler
        )

    def ways(self, question: Message) -> Sequence[Way]:
        return ways_of(question)

    def unasked(self, place: ConversationKey, person: str) -> Mapping[str, str]:
        origin = Origin(channel=place.channel, guild=place.space)
        return replace(origin, present="" if person else "yes").as_mapping()

    async def post(self, question: Message, saying: Saying, part: Part) -> str:
        await self._statuses.settle(question)
        part = replace(part, age=self._tries.age_of(part))
        letter = self._letter(question, saying)
        ref = await (await self._delivery(question)).post(letter, part)
        await self._noted(question, str(ref), final=saying.is_final)
        return str(ref)

    async def give(self, question: Message, file: File, *, part: Part) -> str:
        part = replace(part, age=self._tries.age_of(part))
        letter = Letter(text="", asker=question.author.id, file=file)
        return str(await (await self._delivery(question)).post(letter, part))

    async def edit(self, question: Message, ref: str, saying: Saying) -> None:
        await self._statuses.settle(question)
        if not saying.is_final:
            await self._pace.wait(Ref.parse(ref).line)
        letter = self._letter(question, saying)
        await (await self._delivery(question)).edit(Ref.parse(ref), letter)
        await self._noted(question, ref, final=saying.is_final)

    async def find(self, question: Message, part: Part) -> str | None:
        """None also where nothing can be read, as long as the nonce makes that harmless."""
        lookup = Lookup(await self._courier(), question, self._clock())
        try:
            with discord_errors():
                ref = await lookup.find(part)
        except (OutcomeUnknown, Undeliverable):
            if self._tries.are_known(part):
                return None
            raise
        self._tries.forget(part)
        return str(ref) if ref else None

    async def show_status(self, question: Message, status: Status, detail: str = "") -> None:
        self._statuses.show(question, status, detail)

    async def traits(self, question: Message, named: Collection[str]) -> Collection[str]:
        with discord_errors():
            return await traits_of(question, named, await self._courier())

    async def traits_in(
        self, question: Message, space: str, named: Collection[str]
    ) -> Collection[str] | None:
        return await self._membership.traits_in(question, space)

    async def reaches(self, asked: Message, place: ConversationKey) -> bool:
        return await self._membership.may_post(place.space, place.channel)

    async def standing(self, question: Message, chosen: Chosen) -> Standing:
        if chosen.is_on(OUTSIDERS.name) or await self._membership.is_inside(question):
            return standing_of(question)
        return Standing(refusal=_OUTSIDE)

    async def turn_away(self, question: Message, words: str, *, is_repeated: bool) -> None:
        """On the interaction, else once by direct message."""
        self._statuses.end(question)
        await self._statuses.settle(question)
        origin, notice = Origin.of(question), Letter(text=words)
        courier = await self._courier()
        with discord_errors():
            if origin.has_token(self._clock()):
                await courier.edit_original(origin, notice)
            elif not is_repeated:
                channel = await courier.open_direct(question.author.id)
                await courier.send(channel, notice, nonce=f"no{question.id}"[:25])

    async def earlier(self, question: Message) -> Help[Quote]:
        client = await self._rest.client()
        me = Me(str(client.user.id) if client.user else "")
        async for quote in said_earlier(Courier(client), question, me):
            yield quote

    async def fetch(self, question: Message, attachment: Attachment) -> bytes:
        """Addresses are signed for a day; a message that stands yet has new ones."""
        try:
            return await downloads.fetch(attachment, self._file_host)
        except downloads.FileGone:
            renewed = await renewed_from(await self._courier(), attachment)
            return await downloads.fetch(renewed, self._file_host)

    async def end(self, question: Message) -> None:
        self._statuses.end(question)
        await self._tidying.end(question, self._courier)

    async def close(self) -> None:
        await self._statuses.close()
        await self._rest.close()

    async def health(self) -> Health | None:
        return self._reach.health()

    async def _listen(self, group: Group | None, cursors: Cursors) -> None:
        await cursors.load()
        inbox = DiscordInbox(self._door, cursors, self._statuses, self._waits)
        pulse = asyncio.create_task(inbox.beat())
        try:
            await self._connect(inbox, group).run()
        finally:
            pulse.cancel()
            await inbox.close()

    async def _courier(self) -> Courier:
        return Courier(await self._rest.client())

    async def _delivery(self, question: Message) -> Delivery:
        return Delivery(await self._courier(), question, self._clock())

    def _letter(self, question: Message, saying: Saying) -> Letter:
        """The last part says that the question was asked to a closed door.

        Which part is the first is not known to an edit after a restart; which is the last, is.
        What is shown only whole has nothing to stop below what stands there before.
        """
        origin, final = Origin.of(question), saying.is_final
        return Letter(
            text=saying.text,
            asker=question.author.id,
            view=drawn(saying.controls if final or origin.live else ()),
            lead=say(_WHILE_AWAY)
            if origin.late and final and question.id == origin.message
            else "",
        )

    async def _noted(self, question: Message, ref: str, *, final: bool) -> None:
        if final:
            self._statuses.end(question)
        await self._tidying.note(question, ref, final=final)
