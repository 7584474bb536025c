"""The exams of each course, in one look at the database for a moment: a question asks often."""

from collections.abc import Sequence

from bot.core.courses import Window
from bot.core.ports.clock import Clock
from bot.core.ports.storage import Courses

_HOLDS = 1.0  # seconds until what another process announced is noticed


class KnownWindows:
    """`steadily`: a clock that nobody can set."""

    def __init__(self, courses: Courses, steadily: Clock) -> None:
        self._courses = courses
        self._steadily = steadily
        self._known: dict[int, tuple[float, Sequence[Window]]] = {}  # by course
        self._saves = 0

    async def of(self, course: int) -> Sequence[Window]:
        """What is saved while it looks is not remembered."""
        now = self._steadily()
        at, known = self._known.get(course, (now - _HOLDS, ()))
        if now - at < _HOLDS:
            return known
        saves = self._saves
        found = await self._courses.windows(course)
        if saves == self._saves:
            self._known[course] = now, found
        return found

    def seen(self) -> Sequence[Window]:
        """Those of the last looks, however long ago."""
        return [window for _, windows in self._known.values() for window in windows]

    async def announce(self, window: Window) -> int:
        try:
            return await self._courses.announce(window)
        finally:
            self._changed(window)

    async def save(self, window: Window) -> bool:
        """False where somebody else has saved it since it was read."""
        try:
            return await self._courses.save_window(window)
        finally:
            self._changed(window)

    def _changed(self, window: Window) -> None:
        self._saves += 1
        self._known.pop(window.course, None)
