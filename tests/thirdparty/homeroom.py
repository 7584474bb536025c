"""The whole program at work in a Slack that others wrote."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.e2e.program import SECRET, Program, Running
from tests.fakes.openai_server import FakeOpenAI
from tests.thirdparty.local_slack import APP, LocalSlack, until


@dataclass
class Homeroom:
    program: Program
    slack: LocalSlack
    model: FakeOpenAI
    address: str = ""  # of its own; none where it is reached over a socket

    @property
    def running(self) -> Running:
        return self.program.started[-1]

    async def start(self) -> None:
        """Come back when Slack can reach it."""
        before = await self._sockets()
        await self.program.start("run")

        async def is_there() -> bool:
            assert self.running.code is None, self.running.err
            return await self._is_well() if self.address else await self._sockets() > before

        await until(is_there)

    async def done(self, ts: str) -> str:
        """Wait for the end of the turn of a message; what it came to."""
        return await self._step("message_id LIKE '%:' || ?", ts)

    def kind(self, ts: str) -> str:
        """What the answer to a message is: the model's words, or ours in their place."""
        return str(self.select("SELECT kind FROM turns WHERE message_id LIKE '%:' || ?", ts)[0])

    async def until_asked(self, ts: str) -> None:
        """Wait until the model is at work on a message."""

        async def look() -> list[str]:
            query = "SELECT run FROM turns WHERE run IS NOT NULL AND message_id LIKE '%:' || ?"
            return self.select(query, ts)

        await until(look)

    async def ask(self, text: str, user: str, **where: str) -> str:
        """Say something and wait for the end of its turn."""
        ts = await self.slack.say(user, text, **where)
        assert await self.done(ts) == "delivered"
        return ts

    async def act(self, what: str, **details: Any) -> None:
        """Let a person do what begins a turn, and wait for the end of all that comes of it."""
        [newest] = self.select("SELECT coalesce(max(id), 0) FROM turns")
        await self.slack.act(what, **details)

        async def are_done() -> bool:
            states = self.select("SELECT state FROM turns WHERE id > ?", newest)
            return bool(states) and set(states) == {"done"}

        await until(are_done)
        assert set(self.select("SELECT step FROM turns WHERE id > ?", newest)) == {"delivered"}

    def select(self, query: str, *values: str) -> list[Any]:
        """The first column of some rows of the program's database."""
        with closing(sqlite3.connect(self.program.folder / "homeroom.db")) as database:
            return [row[0] for row in database.execute(query, values)]

    async def _sockets(self) -> int:
        return len(await self.slack.log("to_bot", "socket"))

    async def _is_well(self) -> bool:
        with suppress(aiohttp.ClientError):
            async with self.slack.web.get(f"{self.address}/healthz") as answer:
                return answer.ok
        return False

    async def _step(self, where: str, value: str) -> str:
        query = f"SELECT step FROM turns WHERE state = 'done' AND {where}"  # noqa: S608

        async def look() -> list[str]:
            return self.select(query, value)

        return (await until(look))[0]


@asynccontextmanager
async def open_homeroom(
    folder: Path, slack: LocalSlack, model: FakeOpenAI, port: int = 0
) -> AsyncIterator[Homeroom]:
    """Over a socket, or over HTTP where a port is given."""
    tokens = {"SLACK_BOT_TOKEN": APP["botToken"], "SLACK_API_URL": slack.api_url}
    line = {"SLACK_APP_TOKEN": APP["appToken"]}
    if port:
        line = {"SLACK_SIGNING_SECRET": APP["signingSecret"], "HTTP_PORT": str(port)}
    program = Program(folder, settings_of(model) | tokens | line)
    try:
        yield Homeroom(program, slack, model, f"http://127.0.0.1:{port}" if port else "")
    finally:
        await program.clean_up()


def settings_of(model: FakeOpenAI) -> dict[str, str]:
    return {
        "OPENAI_API_KEY": SECRET,
        "OPENAI_BASE_URL": model.base_url,
        "OPENAI_MODEL": "fake-model",
    }
