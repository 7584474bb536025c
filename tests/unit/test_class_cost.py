"""What a course costs a turn in statements; and that none costs nothing."""

from dataclasses import fields, replace
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


OF_COURSES = {"courses", "cards", "shares", "endorsements", "ladders", "aliases"}


async def test_a_course_costs_a_question_five_looks_and_none_costs_it_nothing(
    world: World,
) -> None:
    """A standing clock: what is known for a second is known as long as this takes."""
    calls: dict[str, list[str]] = {field.name: [] for field in fields(Storage)}

    def counting(storage: Storage) -> Storage:
        roles: Any = {name: Counted(getattr(storage, name), calls[name]) for name in calls}
        return replace(storage, **roles)

    async def asked(text: str) -> int:
        for role in calls.values():
            role.clear()
        await bot.ask(text)
        return sum(map(len, calls.values()))

    async with world.bot(wrap_storage=counting, timepiece=Hands().piece()) as bot:
        await asked("one")
        outside = await asked("two")
        assert not any(calls[name] for name in OF_COURSES)
        await open_course(bot)
        await asked("three")
        assert await asked("four") <= outside + 5, calls
