"""Notes about people: each sees their own, and only where nobody else reads."""

import json
from pathlib import Path

import pytest

from bot.core.assistants import Assistant
from bot.core.ports.notes import Note
from bot.core.tools import Output
from bot.tools.chest import Chest
from tests.unit.tooling import call, chest_of, question, rewrite, use
from tests.unit.world import World, message

NAMES = ("remember", "recall", "forget_this")


@pytest.fixture
def chest(tmp_path: Path) -> Chest:
    rewrite(tmp_path / "homeroom.toml", "")
    return chest_of(tmp_path)


async def used(chest: Chest, name: str, person: str = "ada", **arguments: str) -> Output:
    return await chest.use(call(name, json.dumps(arguments)), use(question(person=person)))


async def test_what_one_person_had_noted_no_other_is_shown(chest: Chest) -> None:
    assert (await used(chest, "remember", note=" I like\ncats. ")).text == "Noted: I like cats."
    assert "I like cats. (noted on 2026-11-28)" in (await used(chest, "recall")).text
    for other in ("bob", "ad", "ada:1"):
        assert "cats" not in (await used(chest, "recall", other)).text
        assert (await used(chest, "forget_this", other, note="cats")).is_error
    assert "cats" in (await used(chest, "recall")).text


async def test_a_note_is_forgotten_by_words_that_no_other_has(chest: Chest) -> None:
    for note in ("I like cats.", "I like dogs.", "dogs"):
        await used(chest, "remember", note=note)
    assert (await used(chest, "forget_this", note="I like")).is_error
    assert (await used(chest, "forget_this", note="birds")).is_error
    assert (await used(chest, "forget_this", note="dogs")).text == "Forgotten: dogs"
    assert (await used(chest, "forget_this", note="CATS")).text == "Forgotten: I like cats."
    assert "I like dogs." in (await used(chest, "recall")).text


@pytest.mark.parametrize("note", ["", " \n ", "x" * 301, "\x00"])
async def test_a_note_is_a_sentence(chest: Chest, note: str) -> None:
    assert (await used(chest, "remember", note=note)).is_error
    assert "no notes" in (await used(chest, "recall")).text


async def test_there_are_only_so_many(chest: Chest) -> None:
    made = [await used(chest, "remember", note=f"note {number}") for number in range(51)]
    assert [output.is_error for output in made] == [False] * 50 + [True]


async def test_where_others_read_there_are_none(chest: Chest) -> None:
    assistant = Assistant(tools=NAMES)
    assert [tool.name for tool in await chest.offered(assistant, question())] == list(NAMES)
    shared = question(is_shared=True)
    assert await chest.offered(assistant, shared) == []
    await used(chest, "remember", note="I like cats.")
    for name in NAMES:
        output = await chest.use(call(name, '{"note": "cats"}'), use(shared))
        assert output.is_error
        assert "I like" not in output.text


async def test_nobody_has_notes_made_who_did_not_choose_it(chest: Chest) -> None:
    assert await chest.offered(Assistant(tools=("calculate",)), question()) == [
        tool
        for tool in await chest.offered(Assistant(tools=("*",)), question())
        if tool.name == "calculate"
    ]


async def test_privacy_shows_the_notes_and_deletes_them(world: World) -> None:
    async with world.bot() as bot:
        asked = message("hello")
        person = f"{bot.ports.assistants.table.scope_of_person(asked.key)}:{asked.author.id}"
        await bot.storage.notes.add(person, Note("I like cats.", 1.0), 5)
        assert "Noted about you:\n- 1970-01-01T00:00:01+00:00 I like cats." in await bot.ask(
            "/privacy export"
        )
        await bot.ask("/privacy delete everything")
        assert await bot.storage.notes.of(person) == []
