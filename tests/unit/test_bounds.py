"""What one person can have is bounded unless somebody says otherwise, and each is told so."""

from dataclasses import replace

import pytest

from bot.core.catalogue import Binding, Catalogue, Chosen
from bot.core.messages import Attachment
from bot.platforms import TABLE
from bot.work.attachments import fetch_all
from tests.fakes.platform import PLATFORM, FakeAdapter
from tests.unit.world import Bot, World, message

MB = 2**20


@pytest.mark.parametrize(
    ("sizes", "taken"),
    [([1] * 6, 4), ([9 * MB] * 8, 2), ([9 * MB, 9 * MB, 9 * MB, MB], 3), ([10 * MB, 10 * MB], 2)],
)
async def test_files_are_taken_until_it_is_too_much_and_the_rest_is_named_and_not_fetched(
    world: World, sizes: list[int], taken: int
) -> None:
    files = [Attachment(f"f{n}", f"{n}.txt", "text/plain", s, "") for n, s in enumerate(sizes)]
    world.platform.files |= {file.id: b"words" for file in files}
    adapter = FakeAdapter(world.platform)
    asked = replace(message("look"), attachments=tuple(files))
    fetched = await fetch_all(adapter, asked, is_last_try=True)
    assert len(fetched.files) == taken == adapter.calls.count("fetch")
    assert len(fetched.left_out) == len(files) - taken
    assert all("with one message I take" in words for words in fetched.left_out)


@pytest.mark.parametrize("platform", ["slack", "discord"])
def test_a_person_may_ask_sixty_questions_an_hour_unless_somebody_says_otherwise(
    platform: str,
) -> None:
    scopes = (f"{platform}:S1:C1", f"{platform}:S1", platform)
    assert Chosen(scopes, Catalogue(TABLE)).limits() == {platform: 60}
    none = Binding(scopes[1], "limit", "0", 1.0)
    assert Chosen(scopes, Catalogue(TABLE), [none]).limits() == {}


@pytest.mark.parametrize(("number", "is_taken"), [(1, True), (2, False)])
async def test_a_text_counts_with_what_was_sent_along(
    world: World, bot: Bot, *, number: int, is_taken: bool
) -> None:
    files = [Attachment(f"f{n}", "notes.txt", "text/plain", 150_000, "") for n in range(number)]
    world.platform.files |= {file.id: b"word " * 30_000 for file in files}
    question = replace(message("sum"), attachments=tuple(files))
    await bot.intake.accept(question)
    await bot.idle()
    [reply] = world.platform.reply(question)
    assert ("200,000" not in reply) is is_taken


async def test_another_answer_to_the_same_question_is_one_more_question(
    world: World, bot: Bot
) -> None:
    await bot.set(f"{PLATFORM}:school", "limit", "1")
    await bot.ask("one")
    question = world.platform.posts[-1].question
    wish = replace(message("/again"), text=question.unique_key)
    await bot.intake.accept(wish)
    await bot.idle()
    assert world.platform.turned_away[-1][1].startswith("You have asked 1 question in this hour")
