"""The hint ladder in a course: one step down for each try, whoever dies in between."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.classroom.modes import Teaching, teaching_of
from bot.classroom.people import Enrolment, Roll
from bot.core.answers import Answer
from bot.core.assignments import Mode
from bot.core.controls import Button
from bot.core.errors import Refusal
from bot.core.files import File
from bot.core.ladders import HintLevel, Ladders, LadderStep, Rung, Why
from bot.core.messages import Message
from bot.core.ports.clock import Clock
from bot.core.turns import Turn
from bot.rules.trying import Move, counts, level_of, move_of, next_step
from bot.words import in_any, say

_NEXT = "for the next one say `/hint` and what you tried"
_TOLD_LAST = "the last one: more is for a human, `/human`"


class NoLadder(Refusal):
    """There are no hints here to go through: just ask."""


class LastHint(Refusal):
    """That was the last hint on this for today. Ask about the step where you are, or `/human`."""


class SkippedBefore(Refusal):
    """You have skipped once on this already. Say what you tried: `/hint` and your words."""


class TriedBefore(Refusal):
    """You have told me of that already. Say what you tried after it."""


@dataclass(frozen=True, slots=True)
class Footing:
    """Whose ladder, and on what."""

    course: int
    person: str
    subject: str


class HintLadder:
    def __init__(self, ladders: Ladders, roll: Roll, clock: Clock) -> None:
        self._ladders = ladders
        self._roll = roll
        self._clock = clock

    async def rung(
        self, turn: Turn, enrolment: Enrolment, teaching: Teaching, files: Sequence[File]
    ) -> Rung | None:
        """Where a turn is answered, after the step that it takes, once.

        None in other modes, and in an exam, where nobody comes further.
        """
        if teaching.mode is not Mode.HINT or teaching.is_examined:
            return None
        footing = _footing(turn.message, enrolment, teaching)
        while True:
            steps = await self._of(footing)
            mine = next((step for step in steps if step.turn_id == turn.id), None)
            if mine is None:
                move = move_of(turn.message, files)
                mine = self._step(footing, steps, turn.id, move, teaching.last)
                if mine is None:
                    return Rung(min(steps[-1].level, teaching.last), teaching.last)
                if not await self._ladders.add(mine):
                    continue  # somebody else took it: what is there now?
            may_ask = mine.n == 1 and not mine.digest
            return Rung(min(mine.level, teaching.last), teaching.last, may_ask)

    async def require_step(self, message: Message) -> None:
        """Raises a Refusal where what is about to be said brings no further hint."""
        enrolment = await self._roll.attending(message)
        if enrolment is None:
            raise NoLadder
        teaching = teaching_of(message, enrolment, self._clock())
        if teaching.mode is not Mode.HINT:
            raise NoLadder
        steps, move = await self._of(_footing(message, enrolment, teaching)), move_of(message)
        level = level_of(steps, self._clock())
        if level is not None and level >= teaching.last:
            raise LastHint
        if not counts(steps, move):
            raise SkippedBefore if move.why is Why.SKIPPED else TriedBefore

    def _step(
        self,
        footing: Footing,
        steps: Sequence[LadderStep],
        turn_id: int,
        move: Move,
        last: HintLevel,
    ) -> LadderStep | None:
        now = self._clock()
        taken = next_step(steps, move, last, now)
        return taken and LadderStep(
            course=footing.course,
            person=footing.person,
            subject=footing.subject,
            n=steps[-1].n + 1 if steps else 1,
            turn_id=turn_id,
            level=taken[0],
            why=taken[1],
            digest=_kept(steps, move),
            at=now,
        )

    async def _of(self, footing: Footing) -> Sequence[LadderStep]:
        return await self._ladders.of(footing.course, footing.person, footing.subject)


def told(rung: Rung) -> str:
    """What stands below a hint."""
    hint = say("Hint {level} of {last}", level=rung.level, last=rung.last)
    return f"{hint} · {say(_TOLD_LAST if rung.is_last else _NEXT)}"


def next_hint(answer: Answer | None, message_key: str) -> Sequence[Button]:
    """Below a hint that is not the last one."""
    if answer is None or not any(words in answer.remark for words in in_any(_NEXT)):
        return ()
    return (Button(label=say("Next hint"), command="next", words=message_key),)


def _footing(message: Message, enrolment: Enrolment, teaching: Teaching) -> Footing:
    one = teaching.assignment
    subject = one.name if one else str(message.key.subject())
    return Footing(enrolment.course.id, enrolment.person, subject)


def _kept(steps: Sequence[LadderStep], move: Move) -> str:
    """What she began with is no try later on."""
    return move.digest if counts(steps, move) else ""
