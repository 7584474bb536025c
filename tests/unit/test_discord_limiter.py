"""The gate before Discord: an even pace, and a circuit that opens long before a ban."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
import discord
import pytest

from adapters.discord.limiter import Gate
from bot.core.errors import PlatformUnavailable
from tests.fakes.discord_server import FakeDiscord
from tests.patience import PATIENCE


@pytest.fixture
async def knock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Asks the fake Discord for something through a gate, without a token: always 401."""
    async with FakeDiscord() as server:
        monkeypatch.setattr(discord.http.Route, "BASE", server.api_url)

        async def knock(gate: Gate, path: str = "/users/@me") -> int:
            async with (
                aiohttp.ClientSession(trace_configs=[gate.trace()]) as session,
                session.post(f"{server.api_url}{path}") as answer,
            ):
                return answer.status

        yield knock


async def test_the_circuit_opens_long_before_a_ban(knock: Callable[..., Any]) -> None:
    gate = Gate(most_invalid=3)
    assert [await knock(gate) for _ in range(3)] == [401] * 3
    with pytest.raises(PlatformUnavailable) as caught:
        await knock(gate)
    assert gate.invalid_requests == 3
    assert caught.value.retry_after
    assert caught.value.retry_after > 590


async def test_the_circuit_closes_when_time_has_passed(knock: Callable[..., Any]) -> None:
    gate = Gate(most_invalid=1, window=0.0)
    assert [await knock(gate) for _ in range(3)] == [401] * 3


async def test_acknowledgements_do_not_stand_in_line(knock: Callable[..., Any]) -> None:
    gate = Gate(per_second=0.001)
    await knock(gate)  # the next one would wait for a quarter of an hour
    async with asyncio.timeout(PATIENCE):
        assert await knock(gate, "/interactions/1/token/callback") == 404


async def test_typing_gives_way_to_all_else(knock: Callable[..., Any]) -> None:
    gate = Gate(per_second=0.001)
    assert await knock(gate, "/channels/1/typing") == 401  # there is room
    waiting = asyncio.create_task(knock(gate))
    while not gate._line.locked():  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0)
    with pytest.raises(PlatformUnavailable):
        await knock(gate, "/channels/1/typing")
    waiting.cancel()


async def test_many_reactions_let_an_answer_pass(knock: Callable[..., Any]) -> None:
    gate, done = Gate(per_second=40), []

    async def ask(path: str) -> None:
        await knock(gate, path)
        done.append(path)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(20):
            tasks.create_task(ask("/channels/1/messages/2/reactions/x/@me"))
        await asyncio.sleep(0)
        tasks.create_task(ask("/channels/1/messages"))
    assert done.index("/channels/1/messages") < 10
