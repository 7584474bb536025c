"""Health and metrics at one address, for whoever watches over the bot."""

import asyncio
import shutil
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.config import Settings, load_settings
from bot.core.errors import ConfigError, StorageUnavailable
from bot.core.ports.adapter import Adapter, Health
from bot.hosting import Host, open_host, open_talking
from storage.store import Store, open_file
from tests.databases import make_database
from tests.fakes.door import FakeDoor
from tests.fakes.platform import FakeAdapter, FakePlatform
from tests.fakes.readers import readers

TOKEN = "a token of twenty characters"


class Line(FakeAdapter):
    """A platform with a connection that can be gone."""

    state: Health | None = Health(is_connected=True, silent_for=1.5)

    async def health(self) -> Health | None:
        return self.state


def opened(settings: Settings, store: Store, adapters: Sequence[Adapter] = ()) -> Host:
    links: list[str] = []
    return open_host(
        settings,
        store,
        "chat",
        adapters,
        open_talking(store),
        reader=readers(store),
        door=FakeDoor,
        doing=lambda _: None,
        announce=links.append,
    )


@asynccontextmanager
async def hosted(
    store: Store, adapters: Sequence[Adapter] = (), **settings: Any
) -> AsyncIterator[tuple[Host, str]]:
    host = opened(load_settings(web_port=0, **settings), store, adapters)
    address = await host.open()
    assert address is not None
    try:
        yield host, address
    finally:
        await host.close()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    await make_database(tmp_path / "homeroom.db")
    async with open_file(tmp_path / "homeroom.db") as store:
        yield store


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as client:
        yield client


async def told(client: aiohttp.ClientSession, address: str, **headers: str) -> tuple[int, str]:
    async with client.get(address, headers=headers, allow_redirects=False) as answer:
        return answer.status, await answer.text()


async def test_ready_is_who_reaches_all_and_is_not_about_to_end(
    store: Store, client: aiohttp.ClientSession
) -> None:
    line = Line(FakePlatform())
    async with hosted(store, [line]) as (host, address):
        assert (await told(client, f"{address}/readyz"))[0] == 200
        line.state = Health(is_connected=False, silent_for=None)
        status, words = await told(client, f"{address}/readyz")
        assert (status, '"fake"' in words) == (503, True)
        line.state = None  # it stands by for a seat that another process has
        assert (await told(client, f"{address}/readyz"))[0] == 200
        host.drain()
        assert (await told(client, f"{address}/readyz"))[0] == 503
        assert (await told(client, f"{address}/healthz"))[0] == 200


async def test_who_cannot_reach_the_storage_is_alive_and_not_ready(
    store: Store, client: aiohttp.ClientSession
) -> None:
    async with hosted(store) as (host, address):

        async def fails() -> None:
            raise StorageUnavailable

        host.readiness._answers = fails
        assert (await told(client, f"{address}/readyz"))[0] == 503
        assert (await told(client, f"{address}/healthz"))[0] == 200


async def test_another_name_of_the_address_is_refused(
    store: Store, client: aiohttp.ClientSession
) -> None:
    async with hosted(store) as (_, address):
        assert (await told(client, f"{address}/metrics", Host="evil.example"))[0] == 421
        assert (await told(client, f"{address}/metrics"))[0] == 200


async def test_beyond_this_machine_the_counts_want_the_token(
    store: Store, client: aiohttp.ClientSession
) -> None:
    async with hosted(store, web_host="0.0.0.0", web_token=TOKEN) as (_, anywhere):  # noqa: S104
        address = f"{anywhere.replace('0.0.0.0', '127.0.0.1')}/metrics"  # noqa: S104
        assert (await told(client, address))[0] == 401
        assert (await told(client, address, Authorization="Bearer ü"))[0] == 401
        assert (await told(client, address, Authorization=f"Bearer {TOKEN}"))[0] == 200


async def test_a_port_that_is_taken_ends_only_who_asked_for_it(store: Store) -> None:
    async with hosted(store) as (_, address):
        port = int(address.rpartition(":")[2])
        with pytest.raises(ConfigError, match="is taken"):
            await opened(load_settings(web_port=port), store).open()
        settings = Settings.model_construct(web_host="127.0.0.1", web_port=port)
        settings.model_fields_set.clear()
        assert await opened(settings, store).open() is None


@pytest.mark.skipif(shutil.which("promtool") is None, reason="no promtool: apt install prometheus")
async def test_prometheus_reads_the_page(store: Store, client: aiohttp.ClientSession) -> None:
    async with hosted(store, [Line(FakePlatform())]) as (_, address):
        _, page = await told(client, f"{address}/metrics")
    checking = await asyncio.create_subprocess_exec(
        "promtool", "check", "metrics", stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    assert await checking.communicate(page.encode()) == (b"", b"")
