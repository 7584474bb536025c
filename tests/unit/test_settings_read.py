"""How often the settings are looked at, and what the doctor says of a queue that grows."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.core.catalogue import Binding
from bot.core.checks import Level
from bot.core.ports.storage import Choices, Storage
from bot.doctor import _judge
from storage.examine import examine
from storage.store import open_file
from tests.unit.world import World, message


class CountedChoices:
    def __init__(self, choices: Choices) -> None:
        self._choices = choices
        self.looks = 0

    async def save(self, scope: str, name: str, value: str, now: float) -> None:
        await self._choices.save(scope, name, value, now)

    def refresh(self, scope: str) -> None:
        self._choices.refresh(scope)

    async def of(self, scopes: Sequence[str]) -> Sequence[Binding]:
        self.looks += 1
        return await self._choices.of(scopes)


async def test_all_settings_of_a_turn_are_read_in_one_look(world: World) -> None:
    counted: list[CountedChoices] = []

    def wrap(storage: Storage) -> Storage:
        counted.append(CountedChoices(storage.choices))
        return replace(storage, choices=counted[0])

    async with world.bot(wrap_storage=wrap) as bot:
        await bot.ask("hi")
    assert counted[0].looks == 1


async def test_the_doctor_warns_of_a_queue_that_grows(tmp_path: Path) -> None:
    path = tmp_path / "homeroom.db"
    async with open_file(path) as store:
        for number in range(20):
            await store.storage.turns.add(message("why?", id=f"q{number}"), 1.0)
            if number == 18:
                shorter = await examine(path)
    found = await examine(path)
    assert found
    assert shorter
    assert _judge("db", shorter).level is Level.OK
    check = _judge("db", found)
    assert check.level is Level.WARNING
    assert "20 questions wait in one conversation, fake:school:general:" in check.finding
    assert 'conversation = "person"' in check.mend
