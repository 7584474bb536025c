"""What the page shows of courses, to whoever does what their staff do, or runs the place."""

from collections import Counter
from collections.abc import Sequence

from bot.classroom.treasury import purses
from bot.core.courses import Course
from bot.core.digests import Digest, memo_of
from bot.core.overviews import Overview
from bot.core.ports.clock import Clock
from bot.core.ports.storage import Storage
from bot.rules.readers import Reader

_MOST_WINDOWS = 10
_DAY = 86_400.0


class Overviews:
    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    async def of(self, reader: Reader) -> Sequence[Overview]:
        return [await self._of(course) for course in reader.courses if reader.may_assist(course)]

    async def _of(self, course: Course) -> Overview:
        cards = await self._storage.cards.waiting(course.id)
        windows = await self._storage.courses.windows(course.id)
        told = [*Digest.read(await self._storage.memos.recall(memo_of(course.id)) or "")]
        now, shares = self._clock(), self._storage.shares
        budgets = [purse for _, purse in purses(course, now)]
        return Overview(
            course=course,
            hearts=await shares.hearts(course.id, now - _DAY),
            used=tuple([await shares.used(purse, now) / purse.room for purse in budgets]),
            waiting=Counter(card.matter for card in cards),
            oldest_at=min((card.created_at for card in cards), default=None),
            windows=tuple(windows[-_MOST_WINDOWS:]),
            digest=told[-1] if told else None,
        )
