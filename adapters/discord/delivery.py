"""The way an answer takes: onto the interaction, into the channel, to the person, or kept.

What counts is that it comes once. An interaction is answered by editing its first response, which
can be repeated; a message has a nonce, which Discord knows for a few minutes, and after that is
looked for in the history. Follow-ups have neither and are never used.
"""

import re
from dataclasses import replace
from typing import Any

import discord
import structlog

from adapters.discord.courier import Courier, Letter, is_thinking
from adapters.discord.errors import THREAD_EXISTS, is_dead_token
from adapters.discord.kept import Kept
from adapters.discord.origins import Origin
from adapters.discord.refs import KEPT, Ref
from adapters.discord.surface import title
from bot.core.messages import Message, nonce_of

log = structlog.get_logger()

_MOST_PARTS = 10
_CLOSED = (400, 403, 404)  # the first where there can be no thread, or none any more
_CHARS_OF_TITLE = 80


class Delivery:
    """Of the answer to one question. Raises the library's errors."""

    def __init__(self, courier: Courier, question: Message, kept: Kept, now: float) -> None:
        self._courier = courier
        self._question = question
        self._origin = Origin.of(question)
        self._kept = kept
        self._now = now

    async def post(self, letter: Letter, nonce: str) -> str:
        part = part_of(self._question, nonce)
        if self._takes_original(part):
            try:
                return str(await self._courier.edit_original(self._origin, letter))
            except discord.HTTPException as error:
                if not is_dead_token(error):
                    raise
                log.warning("token_died", interaction=self._origin.interaction)
        letter = replace(letter, pings_asked=part == 0)
        if not self._origin.has_parts_elsewhere:
            return await self._send_to_person(letter, nonce)
        try:
            return await self._send_to_channel(letter, nonce, part)
        except discord.HTTPException as error:
            if error.status not in _CLOSED:
                raise
            log.info("channel_closed", channel=self._origin.channel, error=str(error))
            return await self._send_to_person(letter, nonce)

    async def edit(self, ref: Ref, letter: Letter, *, is_final: bool) -> None:
        """A person who can only be written to is not sent what is not the last word."""
        if ref.is_original and self._origin.has_token(self._now):
            try:
                await self._courier.edit_original(self._origin, letter)
            except discord.HTTPException as error:
                if not is_dead_token(error):
                    raise
                log.warning("token_died", interaction=self._origin.interaction)
            else:
                return
        if not ref.is_original or self._origin.has_parts_elsewhere:
            await self._courier.edit(ref, letter)
        elif is_final:
            await self._send_to_person(letter, nonce_of(self._question, str(ref)))

    async def find(self, nonce: str) -> str | None:
        """A part that was posted; None where posting it again does no harm."""
        part = part_of(self._question, nonce)
        if not self._origin.has_parts_elsewhere:
            return None
        sent = await self._courier.sent_since(self._origin.channel, self._asked_at())
        first = [one for one in sent if _answers(one, self._question.id)]
        if part == 0 and first:
            return str(Ref(self._origin.channel, str(first[0]["id"]), is_original=True))
        to = str(first[0]["id"]) if first else self._reply_to()
        mine = [one for one in sent if self._is_reply(one, to)]
        number = part - len(first[:1])
        return (
            str(Ref(self._origin.channel, str(mine[number]["id"]))) if number < len(mine) else None
        )

    def _takes_original(self, part: int) -> bool:
        """The first part, and where there is no other place all of them: they become a file.

        Not for another answer to the same question: the first response shows the first answer.
        """
        origin = self._origin
        is_own = origin.interaction == self._question.id and origin.has_token(self._now)
        return is_own and (part == 0 or not origin.has_parts_elsewhere)

    async def _send_to_channel(self, letter: Letter, nonce: str, part: int) -> str:
        origin = self._origin
        if origin.threaded and part == 0:
            await self._open_thread()
        reply_to = self._reply_to()
        if origin.interaction and origin.has_token(self._now) and part:
            reply_to = (await self._courier.original(origin)).message
        elif origin.interaction:  # the question cannot be replied to: name who asked it
            letter = self._addressed(letter, part)
        ref = await self._courier.send(origin.channel, letter, nonce=nonce, reply_to=reply_to)
        return str(ref)

    def _addressed(self, letter: Letter, part: int) -> Letter:
        person = self._question.author.id
        pinged = "" if part else person
        return replace(letter, lead=f"<@{person}>\n{letter.lead}", pinged=pinged)

    async def _send_to_person(self, letter: Letter, nonce: str) -> str:
        """By direct message; kept for /status where the person takes none."""
        person = self._question.author.id
        try:
            channel = await self._courier.open_direct(person)
            return str(await self._courier.send(channel, letter, nonce=nonce))
        except discord.Forbidden as error:
            log.info("answer_kept", error=str(error))
            await self._kept.add(person, self._question.id, letter.text)
            return KEPT

    async def _open_thread(self) -> None:
        """Its id is the message's, so that asking twice opens one."""
        name = title(self._question.text, _CHARS_OF_TITLE) or "Question"
        origin = self._origin
        try:
            await self._courier.open_thread(origin.parent, origin.message, name)
        except discord.HTTPException as error:
            if error.code != THREAD_EXISTS:
                raise

    def _asked_at(self) -> str:
        """The id after which answers can stand; ids are times.

        Another answer to the same question was asked for by a click, whose id comes last.
        """
        newest = re.search(r"\d+$", self._question.id)
        return newest[0] if newest else self._origin.message or self._origin.interaction

    def _reply_to(self) -> str:
        """The question, unless it is what its own thread hangs on."""
        return "" if self._origin.threaded else self._origin.message

    def _is_reply(self, sent: Any, to: str) -> bool:
        if to:
            return str((sent.get("message_reference") or {}).get("message_id")) == to
        if self._origin.interaction:
            return str(sent["content"]).startswith(f"<@{self._question.author.id}>")
        return not sent.get("message_reference")


def part_of(question: Message, nonce: str) -> int:
    """Which part of an answer has this nonce."""
    for part in range(_MOST_PARTS):
        if nonce_of(question, part) == nonce:
            return part
    return 0


def _answers(sent: Any, interaction: str) -> bool:
    """Whether it is the first response to an interaction, and says more than "thinking"."""
    asked = (sent.get("interaction_metadata") or {}).get("id")
    return str(asked) == interaction and not is_thinking(sent)
