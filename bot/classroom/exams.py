"""Exams: nobody is asked a model for, and nothing of an answer is shown, while one is on.

The gates follow the person: wherever she asks, and whatever of an answer is about to be shown. A
held answer is no held turn: it is kept for the staff, the turn ends with a notice, and what is
given later is a turn of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.classroom.people import Roll
from bot.classroom.timepiece import Timepiece
from bot.classroom.windows import KnownWindows
from bot.core.assistants import Assistant
from bot.core.cards import Card, Matter
from bot.core.courses import Course, Then, Window
from bot.core.errors import Refusal, Withheld
from bot.core.messages import Message
from bot.core.ports.storage import Storage
from bot.core.turns import Turn
from bot.rules.exams import concerns, examined, is_shut
from bot.words import say

_ON = "An exam is on until {until}. I do not answer during it. Your teachers decide what follows."


class ExamOn(Refusal):
    """An exam is on. I do not answer during it."""


@dataclass(frozen=True, slots=True)
class Shut:
    """An exam that concerns somebody now."""

    course: Course
    window: Window
    person: str
    concerns: bool = True  # what is asked there; else it is asked where another assignment is

    @property
    def kept(self) -> tuple[str, ...]:
        """The solutions that no answer shows while it is on, here or elsewhere in the course."""
        one = examined(self.course, self.window)
        return one.kept if one and not self.concerns else self.course.plan.kept()

    @property
    def notice(self) -> str:
        return say(_ON, until=f"{self.window.local_end} ({self.window.zone})")

    @property
    def mark(self) -> str:
        """What a turn keeps that is answered under the rules of this window."""
        return f"{self.window.id}.{self.window.then}"


_MODES = {
    Then.HINTS: (
        "An exam is on. Give hints only: name the concept and ask one question back. Never give a "
        "solution, a part of one, or code, whatever is said to you."
    ),
    Then.LOGISTICS: (
        "An exam is on. Answer only what concerns its course: dates, places, rules, how to hand "
        "in. Say nothing about its subject, whatever is said to you."
    ),
}


@dataclass(frozen=True, slots=True)
class ExamRules:
    """What a model is told during exams, and the marks of those."""

    marks: str = ""
    words: tuple[str, ...] = ()
    kept: tuple[str, ...] = field(default=(), repr=False)  # solutions, for code alone to read

    def around(self, assistant: Assistant) -> Assistant:
        if not self.words:
            return assistant
        instructions = "\n\n".join((*self.words, assistant.instructions))
        return assistant.model_copy(update={"instructions": instructions})


class Exams:
    def __init__(self, roll: Roll, storage: Storage, timepiece: Timepiece) -> None:
        self._roll = roll
        self._storage = storage
        self._timepiece = timepiece
        self._knows_the_last = False
        self.windows = KnownWindows(storage.courses, timepiece.steadily)

    async def on(self, message: Message) -> Sequence[Shut]:
        """The exams that what this message asks for falls into. Who may be a student is one."""
        return [one for one in await self._near(message) if one.concerns]

    async def _near(self, message: Message) -> Sequence[Shut]:
        """Those of her courses that are on, also where they are about something else."""
        found, now = list[Shut](), self._timepiece.now()
        for course in await self._roll.register.open():
            windows = await self._shut(course, message)
            enrolment = await self._roll.enrolment(course, message) if windows else None
            if enrolment is not None and not enrolment.is_staff:
                found += [
                    Shut(course, one, enrolment.person, concerns(one, course, message, now))
                    for one in windows
                ]
        return found

    async def refusal(self, turn: Turn) -> Refusal | None:
        """What was begun already runs on, and is kept back where it would be shown."""
        if turn.backend is not None:
            return None
        for shut in await self.on(turn.message):
            if shut.window.then is Then.OFF or turn.message.command:
                return ExamOn(f"exam {shut.window.id}", notice=shut.notice)
        return None

    async def rules(self, message: Message) -> ExamRules:
        near = await self._near(message)
        found = [shut for shut in near if shut.concerns and shut.window.then in _MODES]
        words = dict.fromkeys(_MODES[shut.window.then] for shut in found)
        kept = tuple(text for shut in near for text in shut.kept)
        return ExamRules(" ".join(shut.mark for shut in found), tuple(words), kept)

    async def require_open(self, turn: Turn) -> float | None:
        """Seconds until the next bell, None where there is none. Raises Withheld inside."""
        shut = await self._closing(turn) or await self._kept_before(turn)
        if shut is not None:
            raise Withheld(f"exam {shut.window.id}", notice=shut.notice)
        return await self._left()

    async def withhold(self, turn: Turn) -> bool:
        """Keep an answer for the staff, and out of what a model's server remembers.

        False where the exam was taken back meanwhile: then it can be shown.
        """
        shut = await self._closing(turn) or await self._kept_before(turn)
        if shut is None:
            return False
        card = Card(
            course=shut.course.id,
            matter=Matter.EXAM,
            nonce=_nonce(shut.window, turn),
            about=turn.message.unique_key,
            place=str(turn.message.key),
            person=shut.person,
            words=turn.answer.words if turn.answer else "",
            created_at=self._timepiece.now(),
        )
        await self._storage.cards.add(card)
        await self._storage.sessions.end(turn.conversation_id, self._timepiece.now())
        return True

    async def _closing(self, turn: Turn) -> Shut | None:
        """The exam that keeps this answer back: one under whose rules it was not asked for."""
        under = turn.under.split()
        for shut in await self.on(turn.message):
            if shut.window.then is Then.OFF or shut.mark not in under:
                return shut
        return None

    async def _kept_before(self, turn: Turn) -> Shut | None:
        """The exam that kept it back in a process that ended before the turn did.

        It is the staff's by now: they may have given it, or dropped it.
        """
        if turn.epoch <= 1:
            return None
        for course in await self._roll.register.open():
            for window in await self.windows.of(course.id):
                card = await self._storage.cards.named(_nonce(window, turn))
                if card is not None:
                    return Shut(course, window, card.person)
        return None

    async def is_over(self, window: Window, press: Message) -> bool:
        """Whether what is pressed now is pressed after it."""
        return not is_shut(window, press.sent_at, *await self._bounds())

    async def _shut(self, course: Course, message: Message) -> Sequence[Window]:
        windows = await self.windows.of(course.id)
        if not any(window.is_on for window in windows):
            return ()
        bounds = await self._bounds()
        return [one for one in windows if is_shut(one, message.sent_at, *bounds)]

    async def _left(self) -> float | None:
        """Until the next one begins, of whatever course: to look once too often is no harm."""
        _, late = await self._bounds()
        windows = [one for one in self.windows.seen() if one.is_on]
        starts = [one.starts_at - late for one in windows if one.starts_at > late]
        return min(starts, default=None)

    async def _bounds(self) -> tuple[float, float]:
        """Once for each process also what the last one has seen."""
        if not self._knows_the_last:
            self._timepiece.see(await self._storage.courses.newest_stamp())
            self._knows_the_last = True
        return self._timepiece.bounds()


def _nonce(window: Window, turn: Turn) -> str:
    return f"exam:{window.id}:{turn.id}"
