"""The courses there are, as last read: where there is none, nobody's question asks the database."""

from collections.abc import Sequence

from bot.core.courses import Course
from bot.core.messages import ConversationKey
from bot.core.ports.storage import Courses
from bot.rules.courses import held_at


class Register:
    def __init__(self, courses: Courses) -> None:
        self._storage = courses
        self._known: Sequence[Course] | None = None
        self._version: tuple[int, int] | None = None

    async def all(self) -> Sequence[Course]:
        """The version is read first: what changes in between is read again, never missed."""
        if self._known is None:
            self._version = await self._storage.version()
            self._known = await self._storage.all()
        return self._known

    async def open(self) -> Sequence[Course]:
        return [course for course in await self.all() if course.is_open]

    async def at(self, key: ConversationKey) -> Course | None:
        """The course that is held at a place, open or not; the closest of several."""
        return held_at(await self.all(), key)

    def changed(self) -> None:
        """This process has changed something."""
        self._known = None

    async def renew(self) -> None:
        """Another process may have changed something."""
        if self._known is not None and await self._storage.version() != self._version:
            self._known = None
