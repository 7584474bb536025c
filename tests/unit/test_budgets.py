"""Nothing is asked of a model once what may be used is used up."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bot.config import Settings
from bot.core.budgets import Allowance, parse_budgets
from bot.core.errors import ConfigError, InvalidSetting
from bot.core.messages import Author
from bot.doctor import check_all
from bot.homeroom_toml import read_catalogue
from tests.fakes.platform import FAKE_TABLE, PLATFORM
from tests.unit.world import Bot, World, message

SPACE = f"{PLATFORM}:school"


def test_a_budget_is_read_as_people_write_it() -> None:
    assert parse_budgets("500000 tokens a day, 20.50 USD a month") == [
        Allowance(Decimal(500_000), "tokens", "day"),
        Allowance(Decimal("20.50"), "USD", "month"),
    ]
    assert parse_budgets("") == []


@pytest.mark.parametrize("written", ["5", "5 EUR a day", "-1 tokens a day", "1e9 tokens a day"])
async def test_what_is_no_budget_is_refused_with_an_example(bot: Bot, written: str) -> None:
    with pytest.raises(InvalidSetting) as refused:
        await bot.set(SPACE, "budget", written)
    assert "tokens a day" in refused.value.notice


@pytest.mark.parametrize(("span", "begun"), [("day", (2026, 11, 28)), ("month", (2026, 11, 1))])
def test_days_and_months_begin_at_midnight_utc(span: str, begun: tuple[int, int, int]) -> None:
    now = datetime(2026, 11, 28, 23, 59, tzinfo=UTC).timestamp()
    since = Allowance(Decimal(1), "tokens", span).since(now)
    assert since == datetime(*begun, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("scope", [PLATFORM, SPACE, f"{SPACE}:general"])
async def test_the_model_is_not_asked_once_a_budget_is_used_up(
    bot: Bot, world: World, scope: str
) -> None:
    await bot.set(scope, "budget", "1 tokens a day")
    assert "used up" not in await bot.ask("one")
    assert "used up" in await bot.ask("two")
    assert len(world.server.runs) == 1


async def test_a_budget_of_all_counts_what_every_platform_used(bot: Bot, world: World) -> None:
    path = world.path.with_name("homeroom.toml")
    path.write_text('budget = "1 tokens a day"\n')
    assert "used up" not in await bot.ask("one")
    await bot.database.fetch("UPDATE conversations SET key = replace(key, 'fake:', 'other:')", {})
    assert "used up" in await bot.ask("two", "elsewhere")


async def test_a_budget_of_all_that_is_none_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "homeroom.toml"
    path.write_text('budget = "a lot"\n')
    with pytest.raises(ConfigError, match=r"line 1: budget: it is written like this"):
        read_catalogue(path, FAKE_TABLE)


async def test_a_channels_budget_is_its_own(bot: Bot) -> None:
    await bot.set(f"{SPACE}:general", "budget", "1 tokens a month")
    await bot.ask("one")
    assert "used up" not in await bot.ask("two", "other")


async def test_what_one_person_used_up_the_others_have_still(bot: Bot, world: World) -> None:
    await bot.set(SPACE, "budget_each", "1 tokens a day")
    await bot.ask("one")
    assert "for one person" in await bot.ask("two")
    other = replace(message("three"), author=Author("u2", "Bob"))
    await bot.intake.accept(other)
    await bot.idle()
    assert "used up" not in world.platform.reply(other)[0]


@pytest.mark.parametrize(
    ("model", "file", "is_told"),
    [
        ("gpt-4o-mini", "", True),
        ("gpt-4o-mini", '[settings.slack]\nbudget = "5 USD a day"\n', False),
        ("a-model-of-ours", "", False),
    ],
)
async def test_the_doctor_warns_of_a_model_that_costs_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str, file: str, *, is_told: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("OPENAI_MODEL", model)
    monkeypatch.setenv("BACKEND", "responses")
    await asyncio.to_thread((tmp_path / "homeroom.toml").write_text, file)
    assert Settings().at_once == 500
    found = [check async for check in check_all() if check.name == "budget"]
    assert bool(found) is is_told
