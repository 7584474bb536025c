"""Files that tools made come below the answer, each once."""

from collections.abc import AsyncIterator

import pytest

from bot.core.errors import OutcomeUnknown, PlatformUnavailable
from bot.core.files import File
from bot.core.tools import Output
from tests.fakes.platform import FakeAdapter
from tests.fakes.toolbox import FakeToolbox
from tests.unit.world import Bot, World, message

PLOT = File("plot.png", "image/png", b"\x89PNG plot")
TABLE = File("table.csv", "text/csv", b"a,b")


@pytest.fixture
async def bot(world: World) -> AsyncIterator[Bot]:
    toolbox = FakeToolbox()
    toolbox.outputs["dice"] = Output("rolled", (PLOT, TABLE))
    world.server.wants = lambda text, outputs: [("dice", "{}")] if not outputs else []
    async with world.bot(toolbox=toolbox) as bot:
        yield bot


async def shown(bot: Bot) -> list[str | File]:
    question = message("roll")
    await bot.intake.accept(question)
    await bot.idle()
    return [post.file or post.text for post in bot.adapter.service.posts_to(question)]


ANSWER = "You said: roll\n\n*(used: dice)*"


async def test_files_stand_below_the_answer_and_are_not_kept(bot: Bot) -> None:
    assert await shown(bot) == [ANSWER, PLOT, TABLE]
    assert await bot.database.fetch("SELECT 1 FROM calls WHERE files IS NOT NULL", {}) == []


@pytest.mark.parametrize("is_after", [True, False])
async def test_a_file_of_which_nobody_knows_whether_it_came_is_looked_for(
    bot: Bot, *, is_after: bool
) -> None:
    bot.adapter.fail("give", OutcomeUnknown("cut off"), after=is_after)
    assert await shown(bot) == [ANSWER, PLOT, TABLE]


async def test_what_comes_again_later_is_neither_given_twice_nor_taken_back(bot: Bot) -> None:
    fail_second(bot.adapter)
    assert await shown(bot) == [ANSWER, PLOT, TABLE]
    assert [len(post.texts) for post in bot.adapter.service.posts if post.file] == [1, 1]


def fail_second(adapter: FakeAdapter) -> None:
    """The first file arrives; the next is put off."""
    give, count = adapter.give, 0

    async def second_fails(*args: object, **kwargs: object) -> str:
        nonlocal count
        count += 1
        if count == 2:
            raise PlatformUnavailable
        return await give(*args, **kwargs)  # type: ignore[arg-type]

    adapter.give = second_fails  # type: ignore[method-assign]


async def test_where_no_file_can_be_shown_it_is_named(bot: Bot) -> None:
    bot.adapter.takes_files = False
    [answer, *rest] = await shown(bot)
    assert answer == ANSWER
    assert rest == [
        f"*(I made {file.name}, and no file of mine can be shown here.)*" for file in (PLOT, TABLE)
    ]
