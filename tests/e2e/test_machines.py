"""Several machines over one PostgreSQL: each question is answered once, whoever is left."""

import signal
from collections.abc import AsyncIterator

import pytest

from bot.work.slots import EACH
from tests.e2e.machines import all_done, runs, select, worker
from tests.e2e.program import Program, Running, until
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
    threads = [await ask(slack, f"question {number}") for number in range(EACH)]
    await until(lambda: len(runs(hosted)) == EACH)
    postgres.stop("immediate")
    server.release()
    postgres.start()
    await answered(slack, *threads, await ask(slack, "and after it"))
    await all_done(hosted, EACH + 1)
    assert len(server.runs) == EACH + 1
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
