"""An exam that begins now, in the only course there is; it holds once staff say so."""

from bot.core.courses import Window
from storage.courses import SqlCourses
from storage.database import Database

_HOUR = 3600.0
ANSWER = "You said:"  # how what the fake model says begins


async def announced(database: Database, now: float) -> None:
    courses = SqlCourses(database.fetch)
    [course] = await courses.all()
    window = Window(
        course=course.id,
        local_start="2026-12-04 09:00",
        local_end="2026-12-04 11:00",
        zone=course.zone,
        starts_at=now,
        ends_at=now + _HOUR,
    )
    await courses.announce(window)
