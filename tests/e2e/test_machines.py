"""Several machines over one PostgreSQL: each question is answered once, whoever is left."""

import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from tests.e2e.program import KEY, Program, Running, until
from tests.fakes.discord_server import FakeDiscord
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.slack_server import FakeSlack
from tests.postgres import Postgres

ROOM = "C01GEN"


@pytest.fixture
async def slack(hosted: Program, postgres: Postgres) -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as slack:
        hosted.settings |= {
            "DATABASE_URL": postgres.create(),
            "SLACK_BOT_TOKEN": slack.bot.token,
            "SLACK_APP_TOKEN": "xapp-test-token",
            "SLACK_API_URL": slack.api_url,
        }
        yield slack


@pytest.fixture
async def ears(hosted: Program, slack: FakeSlack) -> Running:
    """A process that listens and does not answer."""
    running = await hosted.start("run", "--roles", "slack")
    await until(lambda: slack.sockets.opened)
    return running


async def worker(program: Program) -> Running:
    running = await program.start("run", "--roles", "worker")
    await until(lambda: "started" in running.err)
    return running


async def ask(slack: FakeSlack, text: str = "hello") -> str:
    """The thread of a question."""
    return await slack.say(ROOM, "U01ALICE", f"{slack.bot.mention} {text}")


def answers(slack: FakeSlack, thread: str) -> list[str]:
    said = slack.messages(ROOM, thread)
    return [message.shown for message in said if message.user == slack.bot.user]


async def answered(slack: FakeSlack, *threads: str) -> None:
    """Each has its answer, whole, and nothing else."""
    await until(lambda: all("You said" in "".join(answers(slack, thread)) for thread in threads))
    await until(lambda: all(len(answers(slack, thread)) == 1 for thread in threads))


def select(program: Program, query: str) -> list[str]:
    with psycopg.connect(program.settings["DATABASE_URL"]) as connection:
        return [row[0] for row in connection.execute(query.encode())]


async def all_done(program: Program, count: int) -> None:
    await until(
        lambda: (
            select(program, "SELECT step FROM turns WHERE state = 'done'") == ["delivered"] * count
        )
    )


def runs(program: Program) -> list[str]:
    return select(program, "SELECT run FROM turns WHERE run IS NOT NULL")


async def in_hand(program: Program, slack: FakeSlack, server: FakeOpenAI) -> str:
    """A question whose run has begun and does not end yet."""
    server.hold()
    thread = await ask(slack)
    await until(lambda: runs(program))
    return thread


async def test_what_one_process_hears_another_answers(
    hosted: Program, slack: FakeSlack, ears: Running
) -> None:
    running = await worker(hosted)
    await answered(slack, await ask(slack))
    for one in (ears, running):
        one.send(signal.SIGTERM)
        assert await one.ended() == 0, one.err


async def test_what_a_killed_worker_had_in_hand_another_ends_once(
    hosted: Program, slack: FakeSlack, server: FakeOpenAI, ears: Running
) -> None:
    killed = await worker(hosted)
    thread = await in_hand(hosted, slack, server)
    await killed.kill()
    await worker(hosted)
    server.release()
    await answered(slack, thread)
    await all_done(hosted, 1)
    assert len(server.runs) == 1


async def test_a_worker_that_slept_too_long_does_no_harm(
    hosted: Program, slack: FakeSlack, server: FakeOpenAI, ears: Running
) -> None:
    asleep = await worker(hosted)
    thread = await in_hand(hosted, slack, server)
    asleep.send(signal.SIGSTOP)
    await worker(hosted)
    server.release()
    await answered(slack, thread)
    asleep.send(signal.SIGCONT)
    await until(lambda: "lease_lost" in asleep.err)
    later = [await ask(slack, text) for text in ("one", "two")]
    await answered(slack, thread, *later)
    await all_done(hosted, 3)
    assert len(server.runs) == 3
    assert "Traceback" not in asleep.err


async def test_a_worker_that_is_told_to_stop_leaves_its_work_to_others(
    hosted: Program, slack: FakeSlack, server: FakeOpenAI, ears: Running
) -> None:
    told = await worker(hosted)
    thread = await in_hand(hosted, slack, server)
    await worker(hosted)
    told.send(signal.SIGTERM)
    assert await told.ended() == 0, told.err
    assert select(hosted, "SELECT state FROM turns") == ["pending"]
    server.release()
    await answered(slack, thread)
    assert len(server.runs) == 1


async def test_a_power_cut_of_the_database_loses_nothing_and_pays_nothing_twice(
    hosted: Program, slack: FakeSlack, server: FakeOpenAI, ears: Running, postgres: Postgres
) -> None:
    workers = [await worker(hosted) for _ in range(2)]
    server.hold()
    threads = [await ask(slack, f"question {number}") for number in range(5)]
    await until(lambda: len(runs(hosted)) == 5)
    postgres.stop("immediate")
    server.release()
    postgres.start()
    await answered(slack, *threads, await ask(slack, "and after it"))
    await all_done(hosted, 6)
    assert len(server.runs) == 6
    assert [running.code for running in workers] == [None, None]


async def test_a_worker_can_be_stopped_while_the_database_is_away(
    hosted: Program, slack: FakeSlack, server: FakeOpenAI, ears: Running, postgres: Postgres
) -> None:
    told = await worker(hosted)
    thread = await in_hand(hosted, slack, server)
    postgres.stop("immediate")
    told.send(signal.SIGTERM)
    try:
        assert await told.ended() == 0, told.err
    finally:
        postgres.start()
    server.release()
    await worker(hosted)
    await answered(slack, thread)
    assert len(server.runs) == 1


async def test_processes_that_start_at_once_make_the_tables_once(
    hosted: Program, slack: FakeSlack
) -> None:
    three = [await hosted.start("migrate") for _ in range(3)]
    assert [await running.ended() for running in three] == [0, 0, 0]
    said = sorted(running.out.splitlines()[0].split()[0] for running in three)
    assert said == ["PostgreSQL", "PostgreSQL", "applied"]


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
    await discord.say(room, ann, "hello", mentions=[discord.bot])
    await until(lambda: discord.from_bot(room))
    [answer] = discord.from_bot(room)
    return answer.content


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


@pytest.mark.parametrize(
    ("roles", "words"),
    [("cook", "cook is none of"), ("discord", "no tokens for discord"), ("slack", "DATABASE_URL")],
)
async def test_roles_that_cannot_be_played_are_refused(
    hosted: Program, slack: FakeSlack, roles: str, words: str
) -> None:
    del hosted.settings["DATABASE_URL"]
    ended = await hosted.run("run", "--roles", roles)
    assert (ended.code, words in ended.err) == (2, True), ended.err


async def test_a_file_is_copied_and_the_conversation_goes_on(
    hosted: Program, postgres: Postgres
) -> None:
    url = postgres.create()
    assert (await hosted.run("chat", given="one\n")).out == "You said: one\n\n"
    copied = await hosted.run("copy", "--from", "sqlite:///homeroom.db", "--to", url)
    assert copied.code == 0, copied.err
    assert "turns: 1 rows, verified" in copied.out
    hosted.settings["DATABASE_URL"] = url
    assert (await hosted.run("chat", given="two\n")).out == "You said: two\n\n"
    assert [turn["message"]["text"] for turn in await hosted.turns()] == ["one", "two"]
    again = await hosted.run("copy", "--from", "sqlite:///homeroom.db", "--to", url)
    assert (again.code, "not empty" in again.err) == (2, True), again.err


async def test_a_file_in_use_is_not_copied(hosted: Program, postgres: Postgres) -> None:
    running = await hosted.start("chat")
    await running.say("hello")
    await until(lambda: running.out)
    copied = await hosted.run("copy", "--from", "sqlite:///homeroom.db", "--to", postgres.create())
    assert (copied.code, "in use" in copied.err) == (2, True), copied.err


async def test_two_terminals_do_not_share_a_database(hosted: Program, postgres: Postgres) -> None:
    hosted.settings["DATABASE_URL"] = postgres.create()
    running = await hosted.start("chat")
    await running.say("hello")
    await until(lambda: running.out)
    second = await hosted.run("chat")
    assert (second.code, "terminal" in second.err) == (2, True), second.err


async def test_the_commands_work_with_postgresql(hosted: Program, postgres: Postgres) -> None:
    hosted.settings["DATABASE_URL"] = postgres.create()
    assert (await hosted.run("chat", given="hello\n")).code == 0
    assert len(await hosted.json("threads", "list")) == 1
    assert [row["runs"] for row in await hosted.json("usage")] == [1]
    checks = {check["name"]: check for check in await hosted.json("doctor")}
    assert checks["database"]["finding"].startswith("PostgreSQL is sound")
    assert "up to date" in (await hosted.run("migrate")).out
    copied = await hosted.run("backup", "copy.db")
    assert (copied.code, "pg_dump" in copied.err) == (2, True), copied.err
    assert (await hosted.run("threads", "delete", KEY)).code == 0
    assert await hosted.json("threads", "list") == []


async def test_without_the_extra_it_is_named(hosted: Program) -> None:
    """And nothing of it is imported where a file is all there is."""
    (hosted.folder / "psycopg.py").write_text("raise ModuleNotFoundError(name='psycopg')")
    hosted.settings["PYTHONPATH"] = str(hosted.folder)
    assert (await hosted.run("chat", given="hello\n")).out == "You said: hello\n\n"
    hosted.settings["DATABASE_URL"] = "postgresql:///x"
    for command in ("chat", "migrate", "doctor"):
        ended = await hosted.run(command)
        assert ended.code, ended.out
        assert "homeroom[postgres]" in ended.err + ended.out
        assert "Traceback" not in ended.err
