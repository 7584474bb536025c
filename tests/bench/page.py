"""What the page costs: a page of fifty rows, its first paint, and those who keep looking at it.

All of it in this process, so the viewers' own work is counted as well.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import mkdtemp

import aiohttp

from bot.config import load_settings
from bot.core.messages import Author, ConversationKey, Message
from bot.hosting import open_host, open_talking
from storage.store import Store, open_file
from tests.bench.figures import Figure
from tests.bench.scenes import Stage
from tests.fakes.door import FakeDoor
from tests.fakes.readers import readers

TOKEN = "a token of twenty characters"
ROWS = 50
_VIEWERS, _SECONDS = 200, 10.0
_FIRST = ("/", "/static/style.css", "/static/live.js", "/static/icon.svg")


async def measure(stage: Stage) -> None:
    async with open_file(Path(mkdtemp(dir=stage.folder)) / "homeroom.db") as store:
        await _fill(store)
        async with _served(store) as (client, address):
            await _measure_pages(stage, client, address)
            await _measure_viewers(stage, client, address)


async def _fill(store: Store) -> None:
    for number in range(ROWS):
        key = ConversationKey("slack", "T1", f"C{number}", str(number))
        author = Author(f"U{number}", f"Ann {number}")
        message = Message(key, f"m{number}", author, "What is entropy? " * 5)
        await store.storage.turns.add(message, store.clock())


@asynccontextmanager
async def _served(store: Store) -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
    settings = load_settings(web_port=0, web_token=TOKEN)
    talking = open_talking(store)
    host = open_host(
        settings,
        store,
        "chat",
        [],
        talking,
        reader=readers(store),
        door=FakeDoor,
        doing=lambda _: None,
        announce=lambda _: None,
    )
    address = str(await host.open())
    connections, jar = aiohttp.TCPConnector(limit=0), aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(connector=connections, cookie_jar=jar) as client:
        await _enter(client, address, "Ada")
        yield client, address
    host.drain()
    await host.close()


async def _enter(client: aiohttp.ClientSession, address: str, name: str) -> None:
    form, same = {"name": name, "code": TOKEN}, {"Sec-Fetch-Site": "same-origin"}
    async with client.post(f"{address}/enter", data=form, headers=same) as entered:
        assert entered.status == 200, name  # it leads to the page


async def _measure_pages(stage: Stage, client: aiohttp.ClientSession, address: str) -> None:
    async def get(path: str) -> int:
        async with client.get(f"{address}{path}") as answer:
            return len(await answer.read())

    seen = await _cpu(lambda: get("/conversations"), 100 * stage.rounds)
    bare = await _cpu(lambda: get("/healthz"), 100 * stage.rounds)
    name = f"page: CPU of one of {ROWS} rows, beside that of an empty answer"
    stage.add(Figure(name=name, value=seen - bare, unit="ms", at_most=5.0))
    painted = sum([await get(path) for path in _FIRST])
    stage.add(Figure(name="page: first paint", value=painted / 1000, unit="kB", at_most=60.0))


async def _cpu(do: Callable[[], Awaitable[object]], times: int) -> float:
    """Milliseconds for one."""
    await do()
    begun = time.process_time()
    for _ in range(times):
        await do()
    return 1000 * (time.process_time() - begun) / times


async def _measure_viewers(stage: Stage, client: aiohttp.ClientSession, address: str) -> None:
    there = asyncio.Semaphore(0)

    async def look(number: int) -> None:
        jar, connector = aiohttp.CookieJar(unsafe=True), client.connector
        viewer = aiohttp.ClientSession(connector=connector, connector_owner=False, cookie_jar=jar)
        async with viewer:
            await _enter(viewer, address, f"Ann {number}")
            async with viewer.get(f"{address}/now/live") as stream:
                there.release()
                async for _ in stream.content:
                    pass

    looking = [asyncio.create_task(look(number)) for number in range(_VIEWERS)]
    for _ in looking:
        await there.acquire()
    begun = time.process_time()
    await asyncio.sleep(_SECONDS)
    share = 100 * (time.process_time() - begun) / _SECONDS
    for one in looking:
        one.cancel()
    await asyncio.gather(*looking, return_exceptions=True)
    name = f"page: {_VIEWERS} that keep looking, of a core"
    stage.add(Figure(name=name, value=share, unit="%", at_most=5.0))
