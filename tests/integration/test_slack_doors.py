"""What strangers can do to an address of ours: next to nothing."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs
from yarl import URL

from adapters import site as sites
from adapters.site import Site
from tests.fakes.memory import FakeMemory
from tests.fakes.slack_http import signed
from tests.fakes.slack_server import SIGNING_SECRET, FakeSlack
from tests.integration.slack_lines import (
    Browser,
    Listening,
    listening,
    many_workspaces,
    one_workspace,
    several_workspaces,
)
from tests.patience import PATIENCE


@pytest.fixture
async def bot() -> AsyncIterator[Listening]:
    async with FakeSlack() as slack, listening(slack, one_workspace(slack)) as listener:
        yield listener


@asynccontextmanager
async def site(seconds: float) -> AsyncIterator[tuple[str, int]]:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=str(len(await request.read())))

    app = web.Application(client_max_size=2**20)
    app.add_routes([web.post("/", answer)])
    opened = Site(app, 1.0, seconds)
    try:
        address = await opened.open("127.0.0.1", 0)
        host, port = address.removeprefix("http://").split(":")
        yield host, int(port)
    finally:
        await opened.close()


@pytest.mark.parametrize(
    "begun",
    [b"", b"POST / HTTP/1.1\r\nHost: a", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc"],
)
async def test_who_does_not_come_to_an_end_is_dropped(begun: bytes) -> None:
    async with site(0.3) as place:
        reader, writer = await asyncio.open_connection(*place)
        writer.write(begun)
        async with asyncio.timeout(PATIENCE):
            with_end = await reader.read()
        assert b"200" not in with_end
        writer.close()


async def test_of_many_that_only_trickle_none_is_left_and_the_next_is_answered() -> None:
    async with site(0.5) as place, asyncio.timeout(PATIENCE):
        await asyncio.gather(*(trickle(*place) for _ in range(60)))
        reader, writer = await asyncio.open_connection(*place)
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
        assert (await reader.read()).endswith(b"3")
        writer.close()


async def trickle(host: str, port: int) -> None:
    """A byte of a head now and then, for as long as somebody listens."""
    reader, writer = await asyncio.open_connection(host, port)
    ended = asyncio.create_task(reader.read())
    writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nX-A: ")
    with suppress(ConnectionError):
        while not ended.done():
            writer.write(b"a")
            await asyncio.wait([ended], timeout=0.05)
    with suppress(ConnectionError):
        assert b"200" not in await ended
    writer.close()


async def test_a_connection_is_for_one_request() -> None:
    async with site(60.0) as place:
        reader, writer = await asyncio.open_connection(*place)
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
        async with asyncio.timeout(PATIENCE):
            assert (await reader.read()).endswith(b"3")
        writer.close()


async def test_while_there_are_too_many_a_new_one_is_closed_at_once() -> None:
    async with site(60.0) as place, AsyncExitStack() as held:
        for _ in range(sites._MOST):
            _, writer = await asyncio.open_connection(*place)
            held.callback(writer.close)
        reader, writer = await asyncio.open_connection(*place)
        async with asyncio.timeout(PATIENCE):
            assert await reader.read() == b""
        writer.close()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Slack-Request-Timestamp": "9" * 400, "X-Slack-Signature": "v0=1"},
        {"X-Slack-Request-Timestamp": "²", "X-Slack-Signature": "v0=1"},
        {"X-Slack-Request-Timestamp": f"{time.time() - 400:.0f}", "X-Slack-Signature": "v0=1"},
    ],
)
async def test_what_is_not_said_to_be_signed_now_is_refused_before_it_is_read(
    bot: Listening, headers: dict[str, str]
) -> None:
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    host, port = bot.address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /slack/events HTTP/1.1\r\nHost: a\r\n{fields}Content-Length: 1000000\r\n\r\n"
    writer.write(head.encode())
    async with asyncio.timeout(PATIENCE):
        assert (await reader.readline()).startswith(b"HTTP/1.1 401")
    writer.close()


async def test_a_body_that_is_too_long_is_refused_by_its_length(bot: Listening) -> None:
    host, port = bot.address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /slack/events HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999999\r\n\r\n")
    async with asyncio.timeout(PATIENCE):
        assert (await reader.readline()).startswith(b"HTTP/1.1 413")
    writer.close()


ILL_TYPED = [
    {"type": "event_callback", "event": 1},
    {"type": "event_callback", "event": {"type": ["message"]}, "team_id": {}},
    {"type": "event_callback", "event": {"type": "message", "user": 2**70}, "authorizations": 1},
    {"type": "block_actions", "actions": 1, "user": "U1"},
    {"type": "block_actions", "actions": [1], "team": []},
    {"type": "view_submission", "view": "x"},
    {"command": {}, "text": []},
    {"type": "shortcut", "callback_id": None, "team": 1},
    {"type": {}, "event": None, "payload": [[]]},
]


@pytest.mark.parametrize("body", ILL_TYPED, ids=str)
async def test_what_is_signed_and_ill_typed_makes_no_traceback(
    bot: Listening, caplog: pytest.LogCaptureFixture, body: dict[str, object]
) -> None:
    written = json.dumps(body)
    with capture_logs() as logs:
        headers = {"Content-Type": "application/json", **signed(SIGNING_SECRET, written)}
        async with (
            aiohttp.ClientSession() as session,
            session.post(bot.events, data=written, headers=headers) as answer,
        ):
            assert answer.status in {200, 400, 404, 500}
    assert not [line for line in logs if line.get("exc_info")]
    assert not [record for record in caplog.records if record.exc_info]


async def test_the_cookie_of_an_installation_does_not_come_along_with_other_pages() -> None:
    async with several_workspaces() as slack, listening(slack, many_workspaces(slack)) as bot:
        _, headers = await Browser(bot).look(URL(f"{bot.address}/slack/install"))
        assert "SameSite=Lax" in headers["Set-Cookie"]


async def test_a_state_that_was_used_is_not_good_again_after_a_restart() -> None:
    memory = FakeMemory()
    async with several_workspaces() as slack:
        set_so = many_workspaces(slack)
        async with listening(slack, set_so, memory=memory) as bot:
            browser = Browser(bot)
            back = await browser.agree(await browser.ask(), "T02TEST")
            assert (await browser.look(back))[0] == 200
            cookie = browser.cookie
        async with listening(slack, set_so, memory=memory) as again:
            returning = Browser(again, cookie)
            status, _ = await returning.look(back.with_port(int(again.address.rpartition(":")[2])))
            assert status in {400, 401}


@pytest.mark.parametrize(
    ("listed", "status"), [("T02TEST, E09", 200), ("T07OTHER", 401), (None, 200)]
)
async def test_only_workspaces_that_are_listed_may_install_it(
    listed: str | None, status: int
) -> None:
    memory = FakeMemory()
    async with several_workspaces() as slack:
        set_so = many_workspaces(slack, slack_workspaces=listed)
        async with listening(slack, set_so, memory=memory) as bot:
            assert await Browser(bot).install("T02TEST") == status
    assert any("T02TEST" in name for name in memory.kept) is (status == 200)
