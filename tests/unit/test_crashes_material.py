"""Killed at each moment of adding and of answering, material is whole and an answer comes once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.core.errors import StorageUnavailable
from bot.core.materials import Draft, Passage
from bot.core.messages import Author
from bot.rules.retrieval import asked_words
from storage.database import Row
from storage.materials import SqlMaterials
from storage.store import open_file
from tests.fakes.platform import PLATFORM, STAFF
from tests.unit.killing import is_killed_over
from tests.unit.world import World, message

HERE = f"{PLATFORM}:school:general"
LATE = Passage(text="Late essays lose ten points a day.", place="page 3", heading="Late work")
SOURCED = "They lose ten points [1].\n\nSources:\n[1] Syllabus.pdf, page 3 · Late work"


MOMENTS = [f"{when} {act}" for when in ("before", "after") for act in (
    "materials.search", "materials.give", "materials.given", "turns.save submitted",
    "POST /v1/responses", "turns.save running", "turns.save answered", "post",
)]  # fmt: skip


@pytest.mark.parametrize("moment", MOMENTS)
async def test_killed_over_an_answer_it_cites_the_same_page_once_and_is_paid_once(
    world: World, moment: str
) -> None:
    world.server.answer = lambda _: "They lose ten points [1]."
    async with world.bot() as bot:
        draft = Draft(scope=HERE, name="Syllabus.pdf", digest="d")
        await bot.storage.materials.add(draft, [LATE], 1.0)
    question = message("What about late essays?")
    assert await is_killed_over(world, question, moment)
    async with world.bot() as bot:
        await bot.intake.accept(question)
        await bot.idle()
    assert world.platform.reply(question) == [SOURCED]
    assert len(world.server.runs) == 1


@pytest.mark.parametrize(
    "moment",
    ["before materials.find", "before materials.add", "after materials.add",
     "before turns.save answered", "after turns.save answered", "after post"],
)  # fmt: skip
async def test_killed_over_what_is_handed_in_it_is_there_once(world: World, moment: str) -> None:
    said = message("/materials add Late essays lose ten points.")
    handed = replace(said, author=Author(STAFF, "Boss"))
    assert await is_killed_over(world, handed, moment)
    async with world.bot() as bot:
        await bot.intake.accept(handed)
        await bot.idle()
        [document] = await bot.storage.materials.documents([HERE])
    assert (document.version, document.passages) == (1, 1)
    [reply] = world.platform.reply(handed)
    assert "was added" in reply or "is unchanged" in reply


class DeadlyFetch:
    """Runs so many statements; of the next one nobody hears, whether it was done or not."""

    def __init__(self, fetch: Any, lasts: int, *, is_done: bool) -> None:
        self._fetch = fetch
        self._left = lasts
        self._is_done = is_done

    async def __call__(self, statement: str, values: Mapping[str, Any]) -> Sequence[Row]:
        self._left -= 1
        if self._left < 0:
            if self._is_done and self._left == -1:
                await self._fetch(statement, values)
            raise StorageUnavailable("killed")
        return await self._fetch(statement, values)  # type: ignore[no-any-return]


def edition(number: int) -> Sequence[Passage]:
    """Of more passages than go into one statement."""
    return [Passage(text=f"Essays, edition{number}, part{part}.") for part in range(250)]


async def found_in(materials: SqlMaterials, edition: int) -> int:
    words = asked_words(f"edition{edition}")
    return len(await materials.search(words, [HERE], 1000))


@pytest.mark.parametrize("is_done", [False, True])
async def test_killed_at_any_statement_a_document_is_the_old_one_or_the_new_one_whole(
    tmp_path: Path, *, is_done: bool
) -> None:
    async with open_file(tmp_path / "homeroom.db") as store:
        whole = SqlMaterials(store.database.fetch)
        await whole.add(Draft(scope=HERE, name="a", digest="0"), edition(0), 1.0)
        for lasts in range(8):
            new = lasts + 1
            draft = Draft(scope=HERE, name="a", digest=str(new))
            deadly = DeadlyFetch(store.database.fetch, lasts, is_done=is_done)
            try:
                await SqlMaterials(deadly).add(draft, edition(new), 1.0)
            except StorageUnavailable:
                halves = {await found_in(whole, new - 1), await found_in(whole, new)}
                assert halves == {0, 250}
                await whole.add(draft, edition(new), 1.0 + new)
            assert await found_in(whole, new) == 250
            [document] = await whole.documents([HERE])
            assert document.passages == 250
