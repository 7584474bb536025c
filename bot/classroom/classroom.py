"""The classroom, as the straight line knows it."""

from collections.abc import Mapping

from bot.classroom.desk import CourseDesk
from bot.classroom.hearts import HeartBox
from bot.classroom.people import Roll
from bot.classroom.register import Register
from bot.classroom.staff import StaffDesk
from bot.core.errors import NotAllowed, Refusal
from bot.core.messages import Message
from bot.core.ports.adapter import Adapter
from bot.core.ports.clock import Clock
from bot.core.ports.storage import Storage
from bot.core.settings import SettingsTable
from bot.core.standing import Standing
from bot.rules.may import Action, Deed, may


class NotOfCourse(NotAllowed):
    """I answer the people of this course here. Its teachers can add you."""


class Classroom:
    def __init__(
        self,
        storage: Storage,
        adapters: Mapping[str, Adapter],
        table: SettingsTable,
        clock: Clock,
    ) -> None:
        courses = storage.courses
        self.courses = courses
        self.register = Register(courses)
        self.roll = Roll(self.register, courses, adapters, table)
        self.desk = CourseDesk(self.roll, courses, clock)
        self.hearts = HeartBox(storage.shares, clock)
        self.staff = StaffDesk(self.roll, courses, self.hearts, clock)

    async def refusal(self, question: Message) -> Refusal | None:
        """Why a class does not let this be answered; what costs least is looked at first."""
        if question.command or not await self.register.open():
            return None
        here = await self.roll.here(question)
        if here and not may(Standing(), Deed(action=Action.ASK, role=here.role)):
            return NotOfCourse(f"a {here.role}")
        return None
