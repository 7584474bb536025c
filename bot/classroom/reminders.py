"""What goes on in a course by itself: what waits too long is brought up again, what is old goes."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

import structlog

from bot.classroom.alarms import ALERTED_AFTER
from bot.classroom.board import StaffBoard
from bot.classroom.steps import RAISED_AFTER
from bot.core.answers import Answer, Kind
from bot.core.cards import Card, Matter, Stand
from bot.core.courses import Course
from bot.core.errors import BotError
from bot.core.messages import Author, ConversationKey, Message
from bot.core.ports.adapter import Adapter
from bot.core.ports.clock import Clock
from bot.words import say, speaking

log = structlog.get_logger()

_ROUND = 20.0  # seconds between two looks
_TEACHERS_FROM = 2  # times that a card was raised
Round = Callable[[], Awaitable[None]]
"""Something else that is looked at each time."""


class Reminders:
    def __init__(
        self,
        board: StaffBoard,
        adapters: Mapping[str, Adapter],
        rounds: Sequence[Round],
        clock: Clock,
    ) -> None:
        self._board = board
        self._adapters = adapters
        self._rounds = rounds
        self._clock = clock

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            try:
                await self.raise_due()
                for round_ in self._rounds:
                    await round_()
            except BotError as error:
                log.warning("cards_not_raised", error=str(error))
            except Exception:
                log.exception("reminders_crashed")
            await asyncio.sleep(_ROUND)

    async def raise_due(self) -> None:
        """Every process looks; a card is raised by whoever takes the step."""
        for card in await self._board.cards.due(self._clock()):
            await self._raise(card)

    async def _raise(self, card: Card) -> None:
        """Taken first, so that one process does it; a crash leaves it to a later round."""
        wait = ALERTED_AFTER if card.matter is Matter.ALERT else RAISED_AFTER
        anew = replace(
            card,
            stand=Stand.OPEN,
            holder="",
            holder_name="",
            raised=card.raised + 1,
            due_at=self._clock() + wait,
        )
        raised = await self._board.cards.step(anew)
        if raised is None:
            return
        await self._board.take_down(card)
        await self._board.post(raised)
        course = await self._board.course(raised)
        if course is not None and raised.raised >= _TEACHERS_FROM:
            await self._tell_teachers(raised, course)

    async def _tell_teachers(self, card: Card, course: Course) -> None:
        for trait in course.plan.teachers:
            platform, kind, person = trait.split(":", 2)
            if kind == "user" and platform in self._adapters:
                message = self._to(course, person, card)
                with speaking(await self._board.language(message)):
                    words = say(
                        "#{id} in {name} waits for a person, and nobody has taken it.",
                        id=card.id,
                        name=course.name,
                    )
                await self._board.give(message, Answer(words, Kind.NOTICE))

    def _to(self, course: Course, person: str, card: Card) -> Message:
        """To one person alone, wherever the platform lets her be told."""
        place = ConversationKey.parse(course.plan.staff)
        origin = self._adapters[place.platform].unasked(place, person)
        name = f"raised/{card.id}/{card.raised}/{person}"
        key = place.own(person).aside()
        return Message(key, name, Author(person, ""), str(card.id), "told", origin=origin)
