"""Which assignment a student asks about, where she can choose: `/assignment`."""

from collections.abc import Sequence

from bot.classroom.modes import assignment_of
from bot.classroom.people import Enrolment, Roll
from bot.core.assignments import Assignment, held_here
from bot.core.errors import Refusal
from bot.core.messages import Message
from bot.core.ports.clock import Clock
from bot.core.ports.storage import Courses
from bot.words import say

_NONE = "none"
_HOW = "Say `/assignment` and the name of one, or `/assignment none`."
_HELD = "Here you ask about {name}: your teachers have settled that."
_CHOSEN = "You ask about {name}, wherever your teachers have settled nothing else."
_FREE = "You ask about no assignment."


class NothingToChoose(Refusal):
    """There is no course here with assignments to choose among."""


class NoSuchAssignment(Refusal):
    """There is no such assignment, or it is not open."""


class AssignmentChooser:
    def __init__(self, roll: Roll, courses: Courses, clock: Clock) -> None:
        self._roll = roll
        self._courses = courses
        self._clock = clock

    async def said(self, message: Message) -> str:
        """The answer to `/assignment …`. Raises a Refusal. What is not open is not mentioned."""
        enrolment = await self._roll.attending(message)
        if enrolment is None or enrolment.is_staff:
            raise NothingToChoose
        plan, now = enrolment.course.plan, self._clock()
        known = {one.name: one for one in plan.assignments if one.is_open(now)}
        wanted = " ".join(message.text.split())
        if not wanted:
            return self._listed(message, enrolment, [*known.values()])
        if wanted.casefold() not in {_NONE, *map(str.casefold, known)}:
            raise NoSuchAssignment
        name = next((one for one in known if one.casefold() == wanted.casefold()), "")
        await self._courses.choose(enrolment.course.id, enrolment.person, name)
        return say(_CHOSEN, name=name) if name else say(_FREE)

    def _listed(self, message: Message, enrolment: Enrolment, known: Sequence[Assignment]) -> str:
        now = self._clock()
        one = assignment_of(message, enrolment, now)
        is_held = bool(held_here(enrolment.course.plan.assignments, message, now))
        held = say(_HELD if is_held else _CHOSEN, name=one.name) if one else say(_FREE)
        return "\n".join([held, "", *(f"- {each.name}" for each in known), "", say(_HOW)])
