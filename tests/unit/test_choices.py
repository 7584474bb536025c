"""Choices that are known for a moment."""

import asyncio
from collections.abc import Sequence

from bot.core.catalogue import Binding
from bot.work.choices import KnownChoices

CHANNEL, SPACE = "slack:T1:C1", "slack:T1"


class SlowChoices:
    """A database that answers when it is let."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Binding] = {}
        self.looks: list[Sequence[str]] = []
        self.is_asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def save(self, scope: str, name: str, value: str, now: float) -> None:
        self.kept[scope, name] = Binding(scope, name, value, now)

    def refresh(self, scope: str) -> None:
        raise AssertionError(f"{scope}: nothing is remembered here")

    async def of(self, scopes: Sequence[str]) -> Sequence[Binding]:
        self.looks.append(scopes)
        self.is_asked.set()
        found = [one for one in self.kept.values() if one.scope in scopes]
        await self.may_answer.wait()
        return found


class Known:
    def __init__(self) -> None:
        self.now = 0.0
        self.database = SlowChoices()
        self.choices = KnownChoices(self.database, lambda: self.now)

    async def values(self) -> list[str]:
        return [one.value for one in await self.choices.of((CHANNEL, SPACE))]


async def test_within_a_moment_the_database_is_asked_once() -> None:
    known = Known()
    await known.choices.save(SPACE, "follow", "off", 0.0)
    assert [await known.values(), await known.values()] == [["off"], ["off"]]
    assert known.database.looks == [[CHANNEL, SPACE]]


async def test_only_what_is_not_known_is_looked_up() -> None:
    known = Known()
    await known.values()
    await known.choices.of(("slack:T1:C2", SPACE))
    assert known.database.looks[1] == ["slack:T1:C2"]


async def test_material_that_is_added_here_is_known_of_at_once() -> None:
    known = Known()
    await known.values()
    await known.database.save(SPACE, "material", "", 0.0)
    known.choices.refresh(SPACE)
    assert await known.values() == [""]


async def test_what_is_chosen_here_holds_at_once() -> None:
    known = Known()
    await known.values()
    await known.choices.save(SPACE, "follow", "off", 0.0)
    assert await known.values() == ["off"]


async def test_what_another_process_chose_holds_a_moment_later() -> None:
    known = Known()
    await known.values()
    await known.database.save(CHANNEL, "follow", "off", 0.0)
    known.now = 1.0
    assert await known.values() == ["off"]


async def test_a_clock_that_is_set_back_makes_nothing_known() -> None:
    known = Known()
    known.now = 100.0
    await known.values()
    await known.database.save(CHANNEL, "follow", "off", 0.0)
    known.now = 50.0
    assert await known.values() == ["off"]


async def test_what_is_chosen_while_it_looks_is_not_missed() -> None:
    known = Known()
    known.database.may_answer.clear()
    looking = asyncio.create_task(known.values())
    await known.database.is_asked.wait()
    await known.choices.save(SPACE, "follow", "off", 0.0)
    known.database.may_answer.set()
    await looking
    assert await known.values() == ["off"]
