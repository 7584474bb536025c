"""Several machines over one PostgreSQL, on Discord: who listens, and who stands by."""

import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.machines import all_done, worker
from tests.e2e.program import Program, until
from tests.fakes.discord_server import FakeDiscord
from tests.fakes.openai_server import FakeOpenAI
from tests.postgres import Postgres


@pytest.fixture
async def discord(hosted: Program, postgres: Postgres) -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as discord:
        hosted.settings |= {
            "DATABASE_URL": postgres.create(),
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_URL": discord.api_url,
            "DISCORD_GATEWAY_URL": discord.gateway_url,
        }
        yield discord


async def asked_on(discord: FakeDiscord) -> str:
    """The bot's answer to a question that is asked now."""
    ann = discord.add_user("ann")
    room = discord.add_guild("School").add_text_channel("general")
    question = await discord.say(room, ann, "hello", mentions=[discord.bot])

    def answers() -> list[str]:
        """Without the word of greeting where the bot is brought to."""
        return [one.content for one in discord.from_bot(room) if one.reference == question]

    await until(answers)
    [answer] = answers()
    return answer


async def test_one_process_listens_to_discord_and_another_stands_by(
    hosted: Program, discord: FakeDiscord, server: FakeOpenAI
) -> None:
    first = await hosted.start("run")
    await until(lambda: discord.syncs)
    second = await hosted.start("run")
    await until(lambda: "started" in second.err)
    await first.kill()
    await until(lambda: "seat_taken" in second.err)
    assert "You said" in await asked_on(discord)
    assert len(server.runs) == 1
    second.send(signal.SIGTERM)
    assert await second.ended() == 0, second.err


async def test_the_shards_of_a_killed_process_are_taken_over_and_caught_up_with(
    hosted: Program, discord: FakeDiscord, server: FakeOpenAI
) -> None:
    hosted.settings["PYTHONPATH"] = str(Path(__file__).parents[2])
    discord.shards = 2
    ann = discord.add_user("ann")
    rooms = [discord.add_guild(shard=shard).add_text_channel("general") for shard in (0, 1)]

    async def ask() -> None:
        for room in rooms:
            await discord.say(room, ann, "hello", mentions=[discord.bot])

    async def each_has(count: int) -> None:
        await until(lambda: all(len(discord.from_bot(room)) == count for room in rooms))
        await all_done(hosted, 2 * count)

    command = (sys.executable, "-m", "tests.e2e.small_groups", "run")
    two = [await hosted.start_other(*command) for _ in range(2)]
    await until(lambda: len(discord.gateway.sessions) == 2)
    await ask()
    await each_has(1)
    left, killed = sorted(two, key=lambda running: running.err.count("seat_taken"))
    await killed.kill()
    await ask()
    await until(lambda: left.err.count("seat_taken") == 2)
    await each_has(2)
    assert len(server.runs) == 4


async def test_who_hears_nothing_answers_on_discord(hosted: Program, discord: FakeDiscord) -> None:
    await hosted.start("run", "--roles", "discord")
    await until(lambda: discord.syncs)
    await worker(hosted)
    assert "You said" in await asked_on(discord)
