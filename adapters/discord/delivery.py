"""Posts a part of an answer on one of its ways.

What counts is that it comes once. An interaction is answered by editing its first response, which
can be repeated; a message has a nonce, which Discord knows for a few minutes, and after that is
looked for (`lookup.py`). Follow-ups have neither and are never used.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace

import discord
import structlog

from adapters.discord.courier import Courier, Letter
from adapters.discord.errors import (
    THREAD_EXISTS,
    UNKNOWN_MESSAGE,
    closed_by_dead_token,
    discord_errors,
    editing,
    posting,
)
from adapters.discord.origins import Origin
from adapters.discord.refs import Ref
from adapters.discord.surface import title
from adapters.discord.ways import BARE, DIRECT, ORIGINAL, PLAIN, REPLY, THREAD
from bot.core.errors import NotEditable, ShapeRefused, Undeliverable, WayClosed
from bot.core.messages import Message
from bot.core.posts import Part

log = structlog.get_logger()

_CHARS_OF_TITLE = 80


class Delivery:
    """Of the answer to one question."""

    def __init__(self, courier: Courier, question: Message, now: float) -> None:
        self._courier = courier
        self._question = question
        self._origin = Origin.of(question)
        self._now = now

    async def post(self, letter: Letter, part: Part) -> Ref:
        letter = replace(letter, pings_asked=part.number == 0)
        ways: Mapping[str, Callable[[Letter, Part], Awaitable[Ref]]] = {
            str(ORIGINAL): self._onto_original,
            str(THREAD): self._into_thread,
            str(REPLY): self._as_reply,
            str(BARE): self._bare,
            str(PLAIN): self._plain,
            str(DIRECT): self._to_person,
        }
        return await ways[part.way](letter, part)

    async def edit(self, ref: Ref, letter: Letter) -> None:
        """By the token of an interaction while it lives, then as any message of ours."""
        with editing():
            if ref.is_original and self._origin.has_token(self._now):
                with suppress(WayClosed):
                    await self._edit_original(letter)
                    return
            if ref.is_original and not self._origin.has_parts_elsewhere:
                raise NotEditable("its token is dead, and the bot is not there")
            await self._courier.edit(ref, self._apart(letter) if self._is_apart(ref) else letter)

    async def _onto_original(self, letter: Letter, part: Part) -> Ref:
        """It shows one part, and a file beside it where nothing else can be posted.

        Whatever refuses it for good, the other ways may be open.
        """
        is_beside = letter.is_file and not self._origin.has_parts_elsewhere
        if (part.number and not is_beside) or not self._origin.has_token(self._now):
            raise WayClosed("the first response shows the first part, within a quarter of an hour")
        try:
            if letter.file:
                await self._require_no_file()
            return await self._edit_original(letter)
        except Undeliverable as error:
            if letter.is_file and not isinstance(error, WayClosed):
                raise ShapeRefused(str(error)) from error
            raise WayClosed(str(error)) from error

    async def _require_no_file(self) -> None:
        """One stands beside it, and another would take its place."""
        with discord_errors(), closed_by_dead_token():
            if await self._courier.has_file(self._origin):
                raise ShapeRefused("there is room for one file")

    async def _edit_original(self, letter: Letter) -> Ref:
        """Raises WayClosed where its token has died, which may be before its time."""
        try:
            with discord_errors(), closed_by_dead_token():
                return await self._courier.edit_original(self._origin, letter)
        except WayClosed:
            log.warning("token_died", interaction=self._origin.interaction)
            raise

    async def _into_thread(self, letter: Letter, part: Part) -> Ref:
        """What stands there without a reference answers the question the thread hangs on."""
        if part.number == 0:
            try:
                with discord_errors():
                    await self._open_thread()
            except Undeliverable as error:
                raise WayClosed(str(error)) from error
        with posting(is_file=letter.is_file):
            return await self._send(self._origin.channel, letter, part)

    async def _as_reply(self, letter: Letter, part: Part) -> Ref:
        reply_to = self._origin.message or _original_among(part)
        if not reply_to:
            raise ShapeRefused("there is no message to reply to")
        with posting(is_file=letter.is_file):
            return await self._send(self._origin.spoken_in, letter, part, reply_to=reply_to)

    async def _bare(self, letter: Letter, part: Part) -> Ref:
        with posting(is_file=letter.is_file):
            letter = self._addressed(self._apart(letter), part)
            return await self._send(self._origin.spoken_in, letter, part)

    async def _plain(self, letter: Letter, part: Part) -> Ref:
        return await self._bare(replace(letter, view=None), part)

    async def _to_person(self, letter: Letter, part: Part) -> Ref:
        with posting(is_file=letter.is_file):
            channel = await self._courier.open_direct(self._question.author.id)
            return await self._send(channel, self._apart(letter), part)

    async def _send(self, channel: str, letter: Letter, part: Part, reply_to: str = "") -> Ref:
        return await self._courier.send(
            channel, letter, nonce=part.nonce, reply_to=reply_to, age=part.age
        )

    def _apart(self, letter: Letter) -> Letter:
        """What nobody has asked for leads nowhere."""
        if not self._question.author.id:
            return letter
        return replace(letter, link=self._origin.address_of(self._question))

    def _is_apart(self, ref: Ref) -> bool:
        """Whether a message stands where its question does not, so that it links to it."""
        is_late = bool(self._origin.interaction) and not ref.is_original
        return is_late or ref.channel not in (self._origin.channel, self._origin.spoken_in)

    def _addressed(self, letter: Letter, part: Part) -> Letter:
        """A command cannot be replied to: name who gave it."""
        if not self._origin.interaction or not self._question.author.id:
            return letter
        person = self._question.author.id
        pinged = "" if part.number else person
        return replace(letter, lead=f"<@{person}>\n{letter.lead}", pinged=pinged)

    async def _open_thread(self) -> None:
        """Its id is the message's, so that asking twice opens one.

        It outlives the message it hangs on: where that is gone, the thread may still be there.
        """
        name = title(self._question.text, _CHARS_OF_TITLE) or "Question"
        origin = self._origin
        try:
            await self._courier.open_thread(origin.parent, origin.message, name)
        except discord.HTTPException as error:
            if error.code not in (THREAD_EXISTS, UNKNOWN_MESSAGE):
                raise


def _original_among(part: Part) -> str:
    """The message that an interaction was answered with, to which further parts reply."""
    refs = [Ref.parse(ref) for ref in part.others]
    return next((ref.message for ref in refs if ref.is_original), "")
