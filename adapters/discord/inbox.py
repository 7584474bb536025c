"""The way in: what Discord tells is put in order, written down, and only then taken as heard."""

import asyncio
from contextlib import suppress
from typing import Any

import discord
import structlog

from adapters.discord.catchup import CatchUp
from adapters.discord.conversations import in_conversation, opens_thread
from adapters.discord.cursors import Cursors
from adapters.discord.errors import discord_errors
from adapters.discord.events import Heard, Place, in_own_thread, parse_message
from adapters.discord.lanes import Lanes
from adapters.discord.origins import PLATFORM, Origin, with_origin
from adapters.discord.pace import DiscordWaits
from adapters.discord.places import bot_as, find_place, known_place, rank_in
from adapters.discord.statuses import DiscordStatuses
from bot.core.catalogue import Chosen
from bot.core.errors import BotError, Refusal, StorageUnavailable
from bot.core.messages import Message, Receipt
from bot.core.ports.door import Door
from bot.rules.following import is_for_bot

log = structlog.get_logger()


class Hidden(Refusal):
    """Discord hides this message from me. Please mention me by my name, not by my role."""


class Unreadable(Refusal):
    """I find nothing in your message that I can read: I take text, pictures, PDF and documents."""


class Delayed(Refusal):
    """I cannot write that down just now, but I will, and answer. There is no need to ask again."""


class DiscordInbox:
    """Only writes down and says so: the work is done in turns, elsewhere."""

    def __init__(
        self,
        door: Door,
        cursors: Cursors,
        statuses: DiscordStatuses,
        waits: DiscordWaits = DiscordWaits(),  # noqa: B008 - it never changes
    ) -> None:
        self._pulse = waits.pulse
        self.door = door
        self.cursors = cursors
        self._statuses = statuses
        self.lanes = Lanes()
        self._delayed: set[str] = set()  # messages whose author was told so
        self.catch_up = CatchUp(cursors, self.lanes, self._hear_late, waits.tries)

    def hear(self, client: discord.Client, payload: Any) -> None:
        """A message was said. Put in its lane at once, so that order is the order of ids."""
        self.catch_up.spoken.note(payload)
        place = known_place(client, payload)
        if place and parse_message(payload, bot_as(client, payload), place) is None:
            return
        self.lanes.put(str(payload["channel_id"]), lambda: self._hear(client, payload))

    def hear_edit(self, client: discord.Client, payload: Any) -> None:
        """A person's edit; an embed that Discord adds to a link is none."""
        channel = str(payload["channel_id"])
        place = known_place(client, payload) or Place(channel=channel)
        heard = parse_message(payload, bot_as(client, payload), place)
        if heard and payload.get("edited_timestamp") and not heard.is_hidden:
            self.lanes.put(channel, lambda: self._replace(client, heard, payload))

    def hear_deletion(self, channel: str, messages: list[str]) -> None:
        for message in messages:
            self.lanes.put(channel, lambda message=message: self._withdraw(message))  # type: ignore[misc]

    async def accept(self, message: Message) -> Receipt:
        """Write a message down, with what the settings say of it."""
        chosen = await self.door.settings(message.key)
        return await self._accept(await in_conversation(self.door, message, chosen), chosen)

    async def _accept(self, message: Message, chosen: Chosen) -> Receipt:
        live = "1" if chosen.is_on("stream") else ""
        receipt = await self.door.accept(with_origin(message, live=live))
        origin = Origin.of(message)
        if origin.direct:
            await self.cursors.note_direct(origin.channel)
        return receipt

    async def beat(self) -> None:
        """Give signs of life, as long as nothing is to be caught up with."""
        while True:
            await asyncio.sleep(self._pulse)
            if self.catch_up.is_done:
                with suppress(StorageUnavailable):
                    await self.cursors.note_life()
            else:
                self.catch_up.again()

    async def settle(self, grace: float) -> None:
        """Let what was heard be written down, for `grace` seconds."""
        await self.lanes.settle(grace)

    async def close(self) -> None:
        await self.lanes.close()

    async def _hear_late(self, client: discord.Client, payload: Any) -> None:
        await self._hear(client, payload, is_late=True)

    async def _hear(self, client: discord.Client, payload: Any, *, is_late: bool = False) -> None:
        place = known_place(client, payload) or await find_place(client, payload)
        heard = parse_message(payload, bot_as(client, payload), place)
        if heard is None:
            return
        chosen = await self.door.settings(heard.message.key)
        if not await self._is_for_bot(heard, place, chosen):
            return
        if heard.is_hidden:
            await self._refuse(client, heard.message, Hidden())
        elif heard.is_blank and place.is_direct:
            await self._refuse(client, heard.message, Unreadable())
        else:
            rank = rank_in(client, payload) if heard.message.command else ""
            message = with_origin(heard.message, late="1" if is_late else "", rank=rank)
            message = await self._placed(message, chosen, heard.answer)
            await self._take(client, message, place, chosen)

    async def _placed(self, message: Message, chosen: Chosen, answer: str) -> Message:
        if opens_thread(message, chosen):
            return in_own_thread(message)
        return await in_conversation(self.door, message, chosen, answer)

    async def _is_for_bot(self, heard: Heard, place: Place, chosen: Chosen) -> bool:
        message = heard.message
        is_addressed = heard.mentions_bot or place.is_direct
        if heard.is_blank and not is_addressed:
            return False
        return await is_for_bot(
            self.door,
            message.key,
            chosen.value("follow"),
            is_addressed=is_addressed,
            is_in_thread=bool(place.thread),
        )

    async def _take(
        self, client: discord.Client, message: Message, place: Place, chosen: Chosen
    ) -> None:
        try:
            await self._accept(message, chosen)
            await self.catch_up.passed(place.here, int(message.id))
        except StorageUnavailable:  # its lane tries again, and after a restart the catch-up does
            if message.id not in self._delayed:
                self._delayed.add(message.id)
                await self._refuse(client, message, Delayed())
            raise
        self._delayed.discard(message.id)

    async def _refuse(self, client: discord.Client, message: Message, error: BotError) -> None:
        origin = Origin.of(message)
        there = client.get_partial_messageable(int(origin.spoken_in))
        with suppress(BotError), discord_errors():
            await there.get_partial_message(int(origin.message)).reply(error.notice)

    async def _replace(self, client: discord.Client, heard: Heard, payload: Any) -> None:
        """A mention that an edit adds asks, as one that was there from the beginning."""
        is_known = await self.door.replace(heard.message) is not None
        if heard.mentions_bot and not is_known:
            await self._hear(client, payload)

    async def _withdraw(self, message: str) -> None:
        if await self.door.withdraw(f"{PLATFORM}:{message}"):
            self._statuses.drop(message)
