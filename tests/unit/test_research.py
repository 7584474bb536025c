"""What research is given of a course: who is who in it, no words, and nobody's name."""

import asyncio
import csv
import io
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import homeroom
from bot.core.errors import ConfigError
from bot.core.messages import Author
from tests.fakes.tap import KWAME, VERA
from tests.unit.test_class_desk import TOM, opened, said
from tests.unit.world import World, open_world

SHE, HE = Author(VERA.id, VERA.name), Author(KWAME.id, KWAME.name)


async def play(world: World) -> None:
    async with world.bot() as bot:
        await opened(bot)
        await said(bot, "/staff mode hint", TOM)
        for who in (SHE, HE):
            await said(bot, "/agree", who)
            await said(bot, "how do I begin?", who)
        await said(bot, "and then?", SHE)
        await said(bot, "/human question", SHE)
        await said(bot, "staff asks, too", TOM)


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    async def run() -> None:
        async with open_world(tmp_path) as world:
            await play(world)

    for name in ("DISCORD_TOKEN", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    asyncio.run(run())
    return tmp_path / "homeroom.db"


def exported() -> str:
    shown = CliRunner().invoke(homeroom, ["research", "CS 101"])
    assert shown.exit_code == 0, shown.output
    return shown.output


def test_each_person_is_told_apart_and_nobody_is_named(course: Path) -> None:
    written = exported()
    rows = list(csv.DictReader(io.StringIO(written)))
    assert sorted(row["asked_a_human"] for row in rows) == ["no", "no", "yes"]
    assert len({row["person"] for row in rows}) == 2
    assert {row["hint"] for row in rows} == {"1", ""}  # none for the same once more
    assert {len(row["day"]) for row in rows} == {len("2026-01-01")}
    assert rows == sorted(rows, key=lambda row: (row["person"], row["day"]))
    for mark in (*VERA.marks, *KWAME.marks, TOM.id, "begin", "fake:"):
        assert mark not in written


def test_no_two_exports_can_be_joined_and_nothing_is_written(course: Path) -> None:
    before = course.read_bytes()
    first, second = exported(), exported()
    names = [{line.partition(",")[0] for line in one.splitlines()[1:]} for one in (first, second)]
    assert names[0].isdisjoint(names[1])
    assert course.read_bytes() == before
    assert not any(name.encode() in before for name in names[0] | names[1])


def test_a_course_that_is_none_is_named(course: Path) -> None:
    with pytest.raises(ConfigError, match="known: CS 101"):
        CliRunner().invoke(homeroom, ["research", "CS 9"], catch_exceptions=False)
