"""A worker's lease: who holds one, and who may take another's for lost."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.core.errors import StorageUnavailable
from storage.leases import Lease, LeasePace
from storage.postgres import PostgresDatabase
from tests.patience import PATIENCE
from tests.postgres import Postgres

PACE = LeasePace(beat=0.01, lease=0.1, dead=0.2)


@pytest.fixture
async def database(postgres: Postgres) -> AsyncIterator[PostgresDatabase]:
    database = await PostgresDatabase.open(postgres.create_migrated())
    yield database
    await database.close()


@pytest.fixture
def lease(database: PostgresDatabase) -> Lease:
    return Lease(database, PACE)


async def sign_in(database: PostgresDatabase, *, ago: float = 0.0) -> int:
    statement = """
    INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => :ago))
    RETURNING id
    """
    return int((await database.fetch(statement, {"ago": ago}))[0]["id"])


async def workers(database: PostgresDatabase) -> list[int]:
    rows = await database.fetch("SELECT id FROM procrastinate_workers ORDER BY id", {})
    return [row["id"] for row in rows]


async def be_sound(lease: Lease, worker: int) -> None:
    """Beat for as long as it takes to be trusted with others."""
    async with asyncio.timeout(PATIENCE):
        for _ in range(30):
            assert await lease.renew(worker, set())
            await asyncio.sleep(PACE.beat)


async def test_a_lease_ends_by_itself_and_comes_back_with_a_heartbeat(
    lease: Lease, database: PostgresDatabase
) -> None:
    assert not lease.holds()
    lease.begin()
    assert lease.holds()
    await asyncio.sleep(PACE.lease)
    assert not lease.holds()
    assert await lease.renew(await sign_in(database), set())
    assert lease.holds()


async def test_a_lease_that_others_took_does_not_come_back(lease: Lease) -> None:
    assert not await lease.renew(12345, set())
    assert not lease.holds()


async def test_who_is_silent_is_lost_and_who_is_not_is_left(
    lease: Lease, database: PostgresDatabase
) -> None:
    mine, silent = await sign_in(database), await sign_in(database, ago=60)
    await be_sound(lease, mine)
    await lease.look_after_others()
    assert silent not in await workers(database)
    assert mine in await workers(database)


async def test_who_has_only_just_come_takes_nobody_for_lost(
    lease: Lease, database: PostgresDatabase
) -> None:
    mine, silent = await sign_in(database), await sign_in(database, ago=60)
    assert await lease.renew(mine, set())
    await lease.look_after_others()
    assert await workers(database) == [mine, silent]


async def test_after_the_database_was_away_nobody_is_taken_for_lost(
    lease: Lease, database: PostgresDatabase, postgres: Postgres
) -> None:
    mine = await sign_in(database)
    await be_sound(lease, mine)
    postgres.stop("immediate")
    try:
        with pytest.raises(StorageUnavailable):
            await lease.renew(mine, set())
    finally:
        postgres.start()
    silent = await sign_in(database, ago=60)
    assert await lease.renew(mine, set())
    await lease.look_after_others()
    assert await workers(database) == [mine, silent]


async def test_a_server_tells_the_time(lease: Lease, database: PostgresDatabase) -> None:
    """Of several machines each has a clock of its own, which may jump."""
    database.set_clock(12345.0)
    assert await lease.renew(await sign_in(database), set())
    statement = "SELECT CAST(extract(epoch FROM clock_timestamp()) AS FLOAT) AS now"
    now = (await database.fetch(statement, {}))[0]["now"]
    assert abs(database.clock() - now) < PATIENCE
