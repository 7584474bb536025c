"""The engine's way to the database: a restart of it is waited out."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
from procrastinate.exceptions import ConnectorException
from psycopg_pool import AsyncConnectionPool

from storage.patience import PatientConnector
from tests.patience import PATIENCE
from tests.postgres import Postgres


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.create_migrated()


@pytest.fixture
async def connector(url: str) -> AsyncIterator[PatientConnector]:
    pool = AsyncConnectionPool(url, open=False, min_size=1, timeout=0.1)
    async with pool:
        connector = PatientConnector()
        await connector.open_async(pool)
        yield connector


async def test_a_question_is_answered_when_the_database_is_back(
    connector: PatientConnector, postgres: Postgres
) -> None:
    await asyncio.to_thread(postgres.stop)
    try:
        asking = asyncio.create_task(connector.execute_query_one_async("SELECT 1 AS one"))
        assert not (await asyncio.wait([asking], timeout=1))[0]
    finally:
        await asyncio.to_thread(postgres.start)
    async with asyncio.timeout(PATIENCE):
        assert await asking == {"one": 1}


async def test_who_listens_hears_again_when_the_database_is_back(
    connector: PatientConnector, postgres: Postgres, url: str
) -> None:
    heard = asyncio.Event()

    async def hear(*, channel: str, payload: str) -> None:
        heard.set()

    listening = asyncio.create_task(connector.listen_notify(hear, ["bell"]))
    await asyncio.to_thread(postgres.stop)
    await asyncio.wait([listening], timeout=1)
    await asyncio.to_thread(postgres.start)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        async with asyncio.timeout(PATIENCE):
            while not heard.is_set():
                await connection.execute("NOTIFY bell")
                await asyncio.sleep(0.05)
    listening.cancel()


async def test_a_mistake_is_not_waited_out(connector: PatientConnector) -> None:
    with pytest.raises(ConnectorException):
        await connector.execute_query_one_async("SELECT nothing FROM nowhere")


async def test_a_job_that_others_have_taken_over_is_left_alone(connector: PatientConnector) -> None:
    await connector.execute_query_async(
        "SELECT procrastinate_finish_job_v1(%(job_id)s, 'succeeded', true)", job_id=12345
    )


async def test_at_the_end_nobody_waits(connector: PatientConnector, postgres: Postgres) -> None:
    connector.is_patient = False
    await asyncio.to_thread(postgres.stop)
    try:
        with pytest.raises(ConnectorException):
            await connector.execute_query_one_async("SELECT 1")
    finally:
        await asyncio.to_thread(postgres.start)
