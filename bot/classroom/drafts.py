"""Answers that staff see first: the turn ends with a notice, and what they approve is a new one."""

from dataclasses import replace

from bot.classroom.board import StaffBoard
from bot.classroom.people import Enrolment
from bot.core.answers import Answer, Kind
from bot.core.cards import Card, Matter
from bot.core.messages import Message
from bot.core.ports.clock import Clock
from bot.words import say

_HELD = "An answer is written. The staff of {course} look at it first; it will appear here."


class Drafts:
    def __init__(self, board: StaffBoard, clock: Clock) -> None:
        self._board = board
        self._clock = clock

    async def held(self, question: Message, enrolment: Enrolment, answer: Answer) -> Answer:
        """What stands in place of an answer where staff see drafts first; else the answer."""
        if enrolment.is_staff or not is_drafted(question, enrolment):
            return answer
        await self.keep(question, enrolment, answer, Matter.DRAFT)
        notice = say(_HELD, course=enrolment.course.name)
        return replace(answer, text=notice, kind=Kind.NOTICE, remark="", thoughts="")

    async def keep(
        self, question: Message, enrolment: Enrolment, answer: Answer, matter: Matter
    ) -> None:
        """Put an answer on the board, once for each question."""
        card = await self._board.cards.add(
            Card(
                course=enrolment.course.id,
                matter=matter,
                nonce=f"{matter}:{question.unique_key}",
                about=question.unique_key,
                place=str(question.key),
                person=enrolment.person,
                words=answer.words,
                created_at=self._clock(),
            )
        )
        await self._board.post(card)


def is_drafted(question: Message, enrolment: Enrolment) -> bool:
    drafted = enrolment.course.plan.drafts
    return any(scope in drafted for scope in question.key.scopes())
