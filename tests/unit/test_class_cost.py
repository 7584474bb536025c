"""What a course costs a turn in statements; and that none costs nothing."""

from dataclasses import replace
from typing import Any, cast

from bot.core.ports.storage import Courses, Storage
from tests.unit.exam_house import open_course
from tests.unit.world import World


class Counted:
    """The role of courses, which tells how often it was asked."""

    def __init__(self, inner: Courses) -> None:
        self._inner = inner
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.calls.append(name)
        return getattr(self._inner, name)


async def test_a_server_without_a_course_pays_no_statement(world: World) -> None:
    counted: list[Counted] = []

    def counting(storage: Storage) -> Storage:
        counted.append(Counted(storage.courses))
        return replace(storage, courses=cast("Courses", counted[0]))

    async with world.bot(wrap_storage=counting) as bot:
        await bot.ask("one")
        counted[0].calls.clear()
        await bot.ask("two")
        assert counted[0].calls == []
        await open_course(bot)
        await bot.ask("three")
        counted[0].calls.clear()
        await bot.ask("four")
        assert len(counted[0].calls) <= 5
