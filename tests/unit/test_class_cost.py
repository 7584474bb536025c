"""What a course costs a turn in statements; and that none costs nothing."""

from dataclasses import replace
from typing import Any

from bot.core.ports.storage import Storage
from tests.unit.exam_house import Hands, open_course
from tests.unit.world import World


class Counted:
    """A role of the storage, which tells how often it was asked."""

    def __init__(self, inner: object, calls: list[str]) -> None:
        self._inner = inner
        self.calls = calls

    def __getattr__(self, name: str) -> Any:
        self.calls.append(name)
        return getattr(self._inner, name)


ROLES = ("courses", "cards", "shares", "endorsements", "ladders")


async def test_a_course_costs_a_question_five_looks_and_none_costs_it_nothing(
    world: World,
) -> None:
    """A standing clock: what is known for a second is known as long as this takes."""
    calls: list[str] = []

    def counting(storage: Storage) -> Storage:
        roles: Any = {name: Counted(getattr(storage, name), calls) for name in ROLES}
        return replace(storage, **roles)

    async with world.bot(wrap_storage=counting, timepiece=Hands().piece()) as bot:
        await bot.ask("one")
        calls.clear()
        await bot.ask("two")
        assert calls == []
        await open_course(bot)
        await bot.ask("three")
        calls.clear()
        await bot.ask("four")
        assert len(calls) <= 5, calls
