"""Looks whether a part of an answer stands somewhere already.

A part is known by what it replies to, or by its link to the question; never by its words or its
place among others. Notices reply to questions, too, but only parts suppress embeds.
"""

from collections.abc import Callable
from typing import Any

import discord
import structlog

from adapters.discord.courier import Courier, buttons_in, is_thinking, links_of
from adapters.discord.errors import UNKNOWN_CHANNEL, is_dead_token
from adapters.discord.origins import Origin
from adapters.discord.refs import Ref
from adapters.discord.ways import DIRECT, ORIGINAL, THREAD
from bot.core.errors import OutcomeUnknown
from bot.core.messages import Message
from bot.core.posts import Part

log = structlog.get_logger()

_SUPPRESS_EMBEDS = 1 << 2

Sign = Callable[[Any], str]
"""By what a message is known as the part that is looked for; empty where it is not."""


class Lookup:
    """For the parts of the answer to one question. Raises the library's errors."""

    def __init__(self, courier: Courier, question: Message, now: float) -> None:
        self._courier = courier
        self._question = question
        self._origin = Origin.of(question)
        self._now = now

    async def find(self, part: Part) -> Ref | None:
        if part.way == str(ORIGINAL):
            return await self._find_original(part)
        if part.way == str(DIRECT):
            channel = await self._courier.open_direct(self._question.author.id)
            return await self._find_in(channel, part, self._is_linked)
        if part.way == str(THREAD):
            return await self._find_in(self._origin.channel, part, self._is_alone)
        return await self._find_in(
            self._origin.spoken_in, part, lambda sent: self._is_reply(sent, part)
        )

    async def _find_original(self, part: Part) -> Ref | None:
        """By its token, while it lives, or as any message of ours. Beside its words is a file."""
        if self._origin.has_token(self._now):
            try:
                if await self._courier.is_thinking(self._origin):
                    return None
                if part.number and not await self._courier.has_file(self._origin):
                    return None
                return await self._courier.original(self._origin)
            except discord.HTTPException as error:
                if not is_dead_token(error):
                    raise
        if not self._origin.has_parts_elsewhere:
            raise OutcomeUnknown("what only the asker sees cannot be read without its token")
        ref = await self._find_in(self._origin.channel, None, self._is_response)
        return ref and Ref(ref.channel, ref.message, is_original=True)

    async def _find_in(self, channel: str, part: Part | None, sign: Sign) -> Ref | None:
        known = {Ref.parse(ref).message for ref in part.others} if part else set()
        try:
            async for sent in self._courier.sent_since(
                channel, self._origin.asked_at(self._question)
            ):
                if str(sent["id"]) not in known and (by := sign(sent)):
                    log.info("part_recognised", by=by, part=part.number if part else 0)
                    return Ref(channel, str(sent["id"]))
        except discord.HTTPException as error:
            if error.code != UNKNOWN_CHANNEL:  # of a thread: it was not opened yet
                raise
        return None

    def _is_response(self, sent: Any) -> str:
        asked = (sent.get("interaction_metadata") or {}).get("id")
        is_answer = str(asked) == self._origin.interaction and not is_thinking(sent)
        return "interaction" if is_answer else ""

    def _is_reply(self, sent: Any, part: Part) -> str:
        """To the question, or to the first response to a command."""
        originals = [Ref.parse(ref) for ref in part.others]
        targets = {one.message for one in originals if one.is_original} | {self._origin.message}
        if _is_part(sent) and _replied_to(sent) in targets - {""}:
            return "reply"
        return self._is_linked(sent)

    def _is_linked(self, sent: Any) -> str:
        if not self._question.author.id:
            return "button" if self._is_card(sent) else ""
        is_mine = self._origin.address_of(self._question) in links_of(sent)
        return "link" if is_mine and _is_part(sent) else ""

    def _is_card(self, sent: Any) -> bool:
        """What nobody asked for is known by its buttons, each of which names the card."""
        mark = f" {self._question.text}."
        return _is_part(sent) and any(mark in name for name in buttons_in(sent))

    def _is_alone(self, sent: Any) -> str:
        """In a thread of its own, all that is no reply and no other question's."""
        is_other = _replied_to(sent) or sent.get("interaction_metadata") or links_of(sent)
        return "thread" if _is_part(sent) and not is_other else ""


def _is_part(sent: Any) -> bool:
    return bool(sent.get("flags", 0) & _SUPPRESS_EMBEDS)


def _replied_to(sent: Any) -> str:
    return str((sent.get("message_reference") or {}).get("message_id") or "")
