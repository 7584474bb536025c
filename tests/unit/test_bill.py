"""What an answer was made of and cost is kept with it, and told before and after it is asked."""

import asyncio
import json
from decimal import Decimal
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from bot.cli import homeroom
from bot.core.answers import Usage
from bot.core.assistants import Assistant
from bot.core.errors import ConfigError
from bot.core.files import File
from bot.core.ports.storage import Used
from bot.core.prices import as_money
from bot.core.prompts import Prompt
from bot.homeroom_toml import read_catalogue
from bot.rules.bill import in_parts, parted
from tests.fakes.platform import FAKE_TABLE, PLATFORM
from tests.unit.world import Bot, World, message

OWN = '[prices."fake-model"]\ninput = 2.5\ncached = 0.25\noutput = 10\n'
COUNTS = st.integers(0, 100_000)


def write(world: World, toml: str) -> None:
    world.path.with_name("homeroom.toml").write_text(toml)


async def newest(bot: Bot) -> dict[str, Any]:
    statement = "SELECT * FROM turns WHERE command IS NULL ORDER BY id DESC LIMIT 1"
    return dict((await bot.database.fetch(statement, {}))[0])


async def shown(by: str) -> Any:
    arguments = ["usage", "--by", by, "--json"]
    return json.loads((await asyncio.to_thread(CliRunner().invoke, homeroom, arguments)).stdout)


async def nothing() -> tuple[()]:
    return ()


@given(COUNTS, COUNTS, st.integers(0, 9999), st.integers(0, 9999), st.integers(0, 9999))
def test_the_parts_of_an_input_make_it_up(
    tokens: int, history: int, instructions: int, words: int, file: int
) -> None:
    prompt = Prompt(
        turn_id=1,
        conversation_id=1,
        message=message("x"),
        words="w" * words,
        assistant=Assistant(instructions="i" * instructions),
        recall=nothing,
        files=(File("a.txt", "text/plain", b"f" * file),),
    )
    usage = parted(prompt, Usage(tokens, min(history, tokens)))
    known = usage.history_tokens + usage.instructions_tokens + usage.material_tokens
    assert known + usage.new_tokens == tokens
    assert min(usage.history_tokens, usage.instructions_tokens, usage.material_tokens) >= 0


async def test_a_run_costs_what_the_operator_says_on_the_day_it_ends(
    world: World, bot: Bot
) -> None:
    write(world, OWN)
    await bot.ask("one")
    row = await newest(bot)
    per_million = row["input_tokens"] * Decimal("2.5") + row["output_tokens"] * 10
    assert Decimal(row["cost"]) / 1_000_000_000 == per_million / 1_000_000
    write(world, "")
    used = await bot.storage.looks.usage_of(1)
    assert (used.cost, used.unpriced) == (row["cost"], 0)


async def test_what_nobody_knows_the_price_of_is_unknown(bot: Bot) -> None:
    await bot.ask("one")
    assert (await newest(bot))["cost"] is None
    assert "1 answer: " in (told := await bot.ask("/usage"))
    assert "nobody knows the price" in told
    assert "USD" not in told


async def test_a_budget_in_dollars_counts_what_runs_cost(world: World, bot: Bot) -> None:
    write(world, '[prices."fake-model"]\ninput = 900\noutput = 900\n')
    await bot.set(PLATFORM, "budget", "0.01 USD a day")
    assert "used up" not in await bot.ask("one")
    assert "used up" in await bot.ask("two")


async def test_usage_tells_what_the_next_message_takes_along_and_what_new_would_save(
    world: World, bot: Bot
) -> None:
    write(world, OWN)
    for number in range(3):
        await bot.ask(f"question {number} {'x' * 400}")
    here, mine, coming = (await bot.ask("/usage")).splitlines()
    assert here.startswith("- This conversation: 3 answers: ")
    assert mine.startswith("- You, in the last seven days: 3 answers: ")
    assert "history" in here
    assert " USD" in coming
    said = int(coming.split("history ")[1].split(")")[0].replace(",", ""))
    assert f"After `/new` it would be {said:,} less, at most " in coming
    await bot.ask("and now?")
    assert abs((await newest(bot))["history_tokens"] - said) <= said / 4
    await bot.ask("/new")
    assert "After `/new`" not in (await bot.ask("/usage"))


async def test_an_answer_says_what_it_cost_where_people_want_that(world: World, bot: Bot) -> None:
    write(world, OWN)
    assert "tokens in" not in await bot.ask("one")
    await bot.set(PLATFORM, "show_cost", "on")
    assert "tokens in" in (shown := await bot.ask("two"))
    assert shown.endswith("USD)*")
    await bot.ask("/new")
    await bot.ask("three")
    assert "tokens in" not in json.dumps([one.body for one in world.server.requests])


def test_a_price_that_is_none_is_refused_with_its_line(world: World) -> None:
    write(world, '[prices."m"]\ninput = -1\noutput = 1\n')
    with pytest.raises(ConfigError, match=r"line 2: prices\.m\.input"):
        read_catalogue(world.path.with_name("homeroom.toml"), FAKE_TABLE)


@pytest.mark.parametrize(
    ("dollars", "words"),
    [("0", "0.00 USD"), ("12.345", "12.34 USD"), ("0.5", "0.50 USD"), ("0.00012", "0.00012 USD")],
)
def test_money_is_told_in_as_many_digits_as_say_something(dollars: str, words: str) -> None:
    assert as_money(Decimal(dollars)) == words


def test_passages_and_files_are_not_told_as_a_number_of_files() -> None:
    told = in_parts(Used(runs=1, input_tokens=400, material_tokens=351))
    assert "(about 351 material, 49 new)" in told


async def test_usage_is_told_by_assistant_and_by_tool(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(world, OWN)
    async with world.bot() as bot:
        await bot.ask("one")
        await bot.database.fetch(
            "INSERT INTO calls (turn_id, step, place, call_id, tool, arguments, made_at, ended_at,"
            " output, is_error) VALUES (1, 0, 0, 'c', 'now', '{}', 9e9, 9e9, 'twelve', 0)",
            {},
        )
    monkeypatch.chdir(world.path.parent)
    monkeypatch.setenv("DATABASE_PATH", str(world.path))
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    [row] = await shown("assistant")
    assert (row["assistant"], row["runs"]) == ("Homeroom", 1)
    assert Decimal(row["cost_usd"]) > 0
    assert await shown("tool") == [{"tool": "now", "calls": 1, "failed": 0, "tokens": 1}]
