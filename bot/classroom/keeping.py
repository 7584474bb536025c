"""How long what belongs to a course is kept: as its teachers say, and its students are told."""

from bot.classroom.digests import Digests
from bot.classroom.register import Register
from bot.core.courses import Stage
from bot.core.ports.clock import Clock
from bot.core.ports.storage import Storage

_DAY = 86_400.0


class Keeping:
    def __init__(
        self, storage: Storage, register: Register, digests: Digests, clock: Clock
    ) -> None:
        self._storage = storage
        self._register = register
        self._digests = digests
        self._clock = clock
        self._purged_at = 0.0

    async def purge_daily(self) -> None:
        if self._clock() - self._purged_at >= _DAY:
            await self.purge()
            self._purged_at = self._clock()

    async def purge(self) -> None:
        """Of those that are closed as well; of a draft nothing holds yet."""
        for course in await self._register.all():
            if not course.plan.keep or course.stage is Stage.DRAFT:
                continue
            before = self._clock() - course.plan.keep * _DAY
            for scope in course.scopes:
                await self._storage.people.purge(scope, (), before)
            await self._storage.cards.purge(course.id, before)
            await self._storage.shares.purge(course.id, before)
            await self._storage.ladders.purge(course.id, before)
            await self._digests.purge(course, before)
            await self._storage.aliases.purge(course.id, before)
