"""Killed before and after each request to Slack and to Discord: each question is answered once."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.chaos.houses import SqliteHouse, until
from tests.chaos.ledger import Book, audit
from tests.chaos.people import DiscordPlace, Place, SlackThread
from tests.chaos.stage import Stage, open_stage
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.watching import Moments, watching
from tests.patience import PATIENCE

A_WHILE = 0.6  # seconds; more than what is over at once and so has no status and no preview
AT_ONCE = 5  # questions on a platform, each kept at a moment of its own: as many as are streamed


@dataclass(frozen=True)
class Kept:
    """A question whose answering is kept waiting at one moment."""

    number: int
    place: Place
    moments: Moments


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with open_stage() as stage:
        stage.model.polls = 0
        writing = asyncio.create_task(write_for_a_while(stage.model))
        yield stage
        writing.cancel()


@pytest.fixture
async def house(stage: Stage, tmp_path: Path) -> AsyncIterator[SqliteHouse]:
    house = SqliteHouse(tmp_path, stage, "responses")
    yield house
    await house.clean_up()


async def test_a_program_killed_between_any_two_requests_answers_everything_once(
    stage: Stage, house: SqliteHouse
) -> None:
    """Each start takes up what the last kill left, and is killed some moments later."""
    kept: list[Kept] = []
    first, is_new = 1, True
    while is_new:
        await settled(house)
        new = [*on_slack(stage, first), *on_discord(stage, first)]
        is_new = await killed_at(new, stage, house)
        kept += new
        first += AT_ONCE
    await settled(house)
    await house.end(signal.SIGTERM)
    reached = [one.number for one in kept if one.moments.reached.is_set()]
    print(f"killed at {len(reached)} moments")
    assert len(reached) >= 8  # how many there are depends on how much is shown meanwhile
    assert audit(Book([one.place.page() for one in kept], stage.paid())) == []


async def write_for_a_while(model: FakeOpenAI) -> None:
    """Show the first word of each answer, and the rest of it a while later."""
    model.hold()
    begun: set[str] = set()
    while True:
        for run in begun:
            model.release(run)
        begun = {run.id for run in model.runs if run.held}
        await asyncio.sleep(A_WHILE)


async def settled(house: SqliteHouse) -> None:
    assert await house.started()
    assert await until(lambda: not house.open_turns(), PATIENCE)


async def killed_at(kept: list[Kept], stage: Stage, house: SqliteHouse) -> bool:
    """Ask, and kill when each is at its moment; False if none came there."""
    watch = watching([one.moments for one in kept])
    stage.slack.watcher = stage.discord.watcher = watch
    for one in kept:
        await one.place.say(one.number)

    def is_over() -> bool:
        done = house.answered()
        return all(one.moments.reached.is_set() or one.number in done for one in kept)

    assert await until(is_over, PATIENCE)
    await house.end(signal.SIGKILL)
    stage.slack.watcher = stage.discord.watcher = None
    return any(one.moments.reached.is_set() for one in kept)


def on_slack(stage: Stage, first: int) -> Iterator[Kept]:
    for moment in range(first, first + AT_ONCE):
        channel, person = f"C{moment:05}", f"U{moment:05}"
        stage.slack.add_user(person)
        stage.slack.add_channel(channel)
        place = SlackThread(stage, channel, person)
        yield Kept(2 * moment, place, Moments(moment, channel, person))


def on_discord(stage: Stage, first: int) -> Iterator[Kept]:
    guild, person = stage.discord.add_guild(), stage.discord.add_user("ann")
    for moment in range(first, first + AT_ONCE):
        channel = guild.add_text_channel(f"room-{moment}")
        place = DiscordPlace(stage, channel, person)
        yield Kept(2 * moment + 1, place, Moments(moment, str(channel.id)))
