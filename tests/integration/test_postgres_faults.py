"""PostgreSQL as it fails in the field: silent networks, failovers, poolers, long locks."""

import asyncio
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from structlog.testing import capture_logs

from bot.core.errors import ConfigError, StatementRefused, StorageUnavailable
from bot.core.messages import Author, ConversationKey, Message
from bot.core.ports.storage import Storage
from storage import seats
from storage.connections import connect
from storage.database import Writable
from storage.jobs import PostgresTurns
from storage.postgres import PostgresDatabase
from storage.postgres_schema import examine
from storage.seats import Seats
from storage.store import storage_over
from tests.integration.silent import network
from tests.postgres import Postgres

NOW = 1000.0
SECONDS = 60.0  # for what is bound to happen; the machine may be busy


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.create_migrated()


def say(number: int | str) -> Message:
    return Message(ConversationKey("test", "s", "c"), str(number), Author("u", "Ada"), "Hello")


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[tuple[PostgresDatabase, Storage]]:
    database = await PostgresDatabase.open(url)
    try:
        yield database, storage_over(database, PostgresTurns(Writable(database)))
    finally:
        await database.close()


async def test_over_a_network_that_fell_silent_a_statement_ends_and_the_next_goes_through(
    url: str,
) -> None:
    async with (
        asyncio.timeout(SECONDS),
        network(url) as (between, way),
        opened(way) as (_, storage),
    ):
        await storage.turns.add(say(1), NOW)
        between.fall_silent()
        with pytest.raises(StorageUnavailable):
            await storage.turns.add(say(2), NOW)
        assert (await storage.turns.add(say(2), NOW)).turn_id


async def test_who_is_cut_off_from_its_seat_has_left_it_before_another_sits(url: str) -> None:
    sitting: list[str] = []
    most = 0
    both = asyncio.Event()

    async def sit(name: str) -> None:
        nonlocal most
        sitting.append(name)
        most = max(most, len(sitting))
        if name == "other":
            both.set()
        try:
            await asyncio.Event().wait()
        finally:
            sitting.remove(name)

    async with asyncio.timeout(SECONDS), network(url) as (between, way):
        first = asyncio.create_task(Seats(way).hold("discord", lambda: sit("first")))
        while not sitting:  # noqa: ASYNC110 - it sits soon
            await asyncio.sleep(0.05)
        between.fall_silent()
        other = asyncio.create_task(Seats(url).hold("discord", lambda: sit("other")))
        await both.wait()
        for task in (first, other):
            task.cancel()
        await asyncio.gather(first, other, return_exceptions=True)
    assert most == 1


async def test_a_statement_behind_a_long_lock_ends_at_the_server_as_well(url: str) -> None:
    async with asyncio.timeout(SECONDS), opened(url) as (_, storage):
        with psycopg.connect(url) as other:
            other.execute("LOCK TABLE conversations")
            with pytest.raises(StorageUnavailable):
                await storage.turns.add(say(1), NOW)
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            assert other.execute(waiting).fetchone() == (0,)
        assert (await storage.turns.add(say(1), NOW)).turn_id


async def test_after_a_failover_the_new_primary_is_written_to_at_once(url: str) -> None:
    """The pool's connections are read-only, for their server was demoted; new ones are not."""
    name = conninfo_to_dict(url)["dbname"]
    demote = f"ALTER DATABASE {name} SET default_transaction_read_only = on"
    promote = f"ALTER DATABASE {name} RESET default_transaction_read_only"
    with psycopg.connect(url, autocommit=True) as operator:
        operator.execute(demote.encode())
        async with opened(url) as (database, storage):
            await asyncio.gather(*(database.fetch("SELECT 1 AS one", {}) for _ in range(8)))
            operator.execute(b"SET default_transaction_read_only = off")
            operator.execute(promote.encode())
            with pytest.raises(StorageUnavailable):
                await storage.turns.add(say(1), NOW)
            for number in range(8):
                assert (await storage.turns.add(say(number), NOW)).turn_id


async def test_a_statement_the_server_does_not_understand_is_refused_and_leaves_the_rest(
    url: str,
) -> None:
    async with opened(url) as (database, storage):
        with pytest.raises(StatementRefused, match="UndefinedTable"):
            await database.fetch("SELECT * FROM nowhere", {})
        with pytest.raises(StatementRefused):
            await database.fetch("SELECT CAST(:word AS BIGINT)", {"word": "seven"})
        assert (await storage.turns.add(say(1), NOW)).turn_id


async def test_a_seat_whose_lock_is_gone_is_left(url: str) -> None:
    begun = asyncio.Queue[None]()

    async def sit() -> None:
        begun.put_nowait(None)
        await asyncio.Event().wait()

    with capture_logs() as logs:
        holding = asyncio.create_task(Seats(url).hold("discord", sit))
        async with asyncio.timeout(SECONDS):
            await begun.get()
            with psycopg.connect(url, autocommit=True) as operator:
                query = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
                operator.execute(query)
            await begun.get()
        holding.cancel()
    assert [log["seat"] for log in logs if log["event"] == "seat_lost"] == ["discord"]


@contextmanager
def bouncer(url: str, folder: Path, mode: str) -> Iterator[str]:
    """PgBouncer, as Debian has it, in front of a server; the URL leads through it."""
    program = shutil.which("pgbouncer")
    if program is None:
        pytest.skip("there is no pgbouncer here (Debian's package)")
    given = conninfo_to_dict(url)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "users.txt").write_text('"postgres" ""\n')
    (folder / "pgbouncer.ini").write_text(f"""[databases]
{given["dbname"]} = host={given["host"]} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users.txt
pool_mode = {mode}
default_pool_size = 20
""")
    for place in (folder, *folder.iterdir()):
        place.chmod(0o755)
    command = [program, "-q", str(folder / "pgbouncer.ini")]
    owner = Path(str(given["host"])).stat().st_uid
    if owner:
        command[1:1] = ["-u", pwd.getpwuid(owner).pw_name]
    process = subprocess.Popen(command)  # it says nothing, for it is quiet
    try:
        _wait_for(port)
        yield f"postgresql://postgres@127.0.0.1:{port}/{given['dbname']}"
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    for _ in range(600):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    pytest.fail("pgbouncer does not listen")


async def test_behind_a_pooler_by_the_session_all_is_as_without_one(
    url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with bouncer(url, tmp_path_factory.mktemp("session"), "session") as way:
        async with opened(way) as (_, storage):
            await asyncio.gather(*(storage.turns.add(say(number), NOW) for number in range(50)))
            assert (await storage.turns.add(say("last"), NOW)).ahead == 50


@pytest.mark.parametrize("mode", ["transaction", "statement"])
async def test_a_pooler_by_the_transaction_is_refused_with_words(
    url: str, tmp_path_factory: pytest.TempPathFactory, mode: str
) -> None:
    with bouncer(url, tmp_path_factory.mktemp(mode), mode) as way:
        with pytest.raises(ConfigError, match="pool_mode = session"):
            await PostgresDatabase.open(way)
        with pytest.raises(ConfigError, match="pool_mode = session"):
            await examine(way)


async def test_nobody_sits_twice_on_one_connection(url: str) -> None:
    """Not even where somebody shares it with us, and nobody has looked before."""
    async with connect(url, autocommit=True) as connection:
        assert await seats.ask(connection, seats.TAKE, "discord")
        assert not await seats.ask(connection, seats.TAKE, "discord")
        assert await seats.ask(connection, seats.TAKE, "slack")
