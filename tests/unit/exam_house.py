"""A school with an open course and an exam, for whoever tests what is shown when."""

from dataclasses import dataclass, field, replace

from bot.classroom.timepiece import Timepiece
from bot.core.courses import Course, Plan, Stage, Then, Window
from bot.core.messages import Author, Message
from tests.fakes.platform import PLATFORM
from tests.unit.test_class_desk import EVE, TOM
from tests.unit.world import Bot, message

START, END = 10_000.0, 17_200.0
BEFORE, INSIDE, AFTER = START - 100, START + 100, END + 100
ADA = Author("u1", "Ada")
OPEN = Plan(
    teachers=(f"{PLATFORM}:user:{TOM.id}",),
    alerts=(f"{PLATFORM}:user:{TOM.id}", f"{PLATFORM}:user:{EVE.id}"),
    staff=f"{PLATFORM}:school:staff",
    keep=180,
    hearts=999,
    consent=False,
)


@dataclass
class Hands:
    """Of a clock that is set by the test: the host's, and the one that nobody can set."""

    now: float = BEFORE
    wrong_by: float = field(default=0.0)

    def wall(self) -> float:
        return self.now + self.wrong_by

    def steady(self) -> float:
        return self.now

    def piece(self) -> Timepiece:
        return Timepiece(self.wall, self.steady)


async def open_course(bot: Bot, plan: Plan = OPEN) -> Course:
    course = Course(name="CS 101", zone="Europe/Berlin", stage=Stage.OPEN, plan=plan)
    number = await bot.storage.courses.add(course, 1.0)
    await bot.storage.courses.hold(number, f"{PLATFORM}:school")
    bot.ports.classroom.register.changed()
    return replace(course, id=number)


async def announce(bot: Bot, course: Course, then: Then = Then.OFF, on_at: float = 1.0) -> Window:
    window = Window(
        course=course.id,
        local_start="2026-12-04 09:00",
        local_end="2026-12-04 11:00",
        zone=course.zone,
        starts_at=START,
        ends_at=END,
        then=then,
        on_at=on_at,
    )
    number = await bot.ports.classroom.exams.windows.announce(window)
    return replace(window, id=number, version=1)


def asked(at: float | None, text: str = "why?", **changes: object) -> Message:
    return replace(message(text), sent_at=at, **changes)  # type: ignore[arg-type]
