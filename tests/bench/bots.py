"""A bot under measure, product or floor, with a platform of its own, and the waves it is sent."""

import asyncio
import itertools
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests.bench.furniture import PRODUCTS, furnish
from tests.bench.processes import Fake, Process, cores

_PATIENCE = 90.0
_WAVES = itertools.count(1)


@dataclass(frozen=True)
class Wave:
    """What came of a number of questions. Seconds of latency, sorted; seconds of CPU."""

    count: int
    lost: int
    to_model: list[float]
    to_platform: list[float]
    added: list[float]
    cpu: float
    seconds: float

    def at(self, name: str, share: float) -> float:
        """A percentile of a latency, in milliseconds."""
        values: Sequence[float] = getattr(self, name)
        if not values:
            return math.nan  # a floor that answered nobody
        return 1000 * values[min(int(share * len(values)), len(values) - 1)]


@dataclass
class Bot:
    """`kind` is one of the products (`limited`: under Discord's limit), or the floor's way."""

    kind: str
    platform: str
    model: Fake
    session: aiohttp.ClientSession
    folder: Path
    backend: str = "chat"
    servers: int = 200
    ready_after: float = 0.0
    begun: float = 0.0
    fake: Fake = field(init=False)
    process: Process = field(init=False)

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        furnish(self.folder, self.kind)
        name = f"{self.platform}_server"
        self.fake = Fake.start(self.session, name, str(self.servers), folder=self.folder)
        self.begun = time.monotonic()
        self.process = Process.start(
            self._arguments(), cores()[0], self._environment(), self.folder
        )

    async def until_connected(self) -> None:
        async with asyncio.timeout(_PATIENCE):
            while not (at := await self.fake.tell("state")):  # noqa: ASYNC110 - it is another process
                await asyncio.sleep(0.02)
        self.ready_after = at - self.begun

    def stop(self) -> None:
        self.process.stop()
        self.fake.process.stop()

    async def wave(  # noqa: PLR0913 - what may differ between waves
        self,
        count: int,
        *,
        rate: float = 0,
        delay: float = 1.0,
        spread: float = 0.0,
        call: Mapping[str, Any] | None = None,
        first: int = 0,
    ) -> Wave:
        """Let so many conversations ask, all at once or at a rate, and wait for the answers.

        `call`: a function, and how many times the model wishes it before it answers. `first`: the
        number of the first conversation; who asks in one that is at work waits for what it does.
        """
        wave, cpu = next(_WAVES), self.process.cpu()
        wished = {"call": {**call, "wave": wave}} if call else {}
        await self.model.tell("set", delay=delay, spread=spread, **wished)
        begun = time.monotonic()
        await self.fake.tell("say", wave=wave, count=count, rate=rate, first=first)
        await self.fake.until_seen("visible", wave, count)
        seconds = time.monotonic() - begun
        await asyncio.sleep(0.3)  # the work after the answer is part of its cost
        return await self._read(wave, count, self.process.cpu() - cpu, seconds)

    async def _read(self, wave: int, count: int, cpu: float, seconds: float) -> Wave:
        mine, model = (
            await self.fake.tell("wave", wave=wave),
            await self.model.tell("wave", wave=wave),
        )
        said, asked, ready = (mine["said"], model.get("asked", {}), model.get("ready", {}))
        visible = mine.get("visible", {})
        rows = [
            (asked[tag] - at, visible[tag] - ready[tag], ready[tag] - asked[tag])
            for tag, at in said.items()
            if tag in visible
        ]
        return Wave(
            count,
            lost=count - len(rows),
            to_model=sorted(row[0] for row in rows),
            to_platform=sorted(row[1] for row in rows),
            added=sorted(row[0] + row[1] for row in rows),
            cpu=cpu,
            seconds=seconds,
        )

    def _arguments(self) -> list[str]:
        if self.kind in PRODUCTS:
            return ["tests.bench.product", "run"]
        if self.kind == "limited":
            return ["bot", "run"]
        return ["tests.bench.floor", self.platform, self.kind]

    def _environment(self) -> dict[str, str]:
        model = {"OPENAI_BASE_URL": f"{self.model.url}/v1", "OPENAI_API_KEY": "sk-bench"}
        own = {"BACKEND": self.backend, "OPENAI_MODEL": "bench", "LOG_FORMAT": "json"}
        return model | own | self._place()

    def _place(self) -> dict[str, str]:
        if self.platform == "slack":
            tokens = {"SLACK_BOT_TOKEN": "xoxb-bench", "SLACK_APP_TOKEN": "xapp-bench"}
            return {**tokens, "SLACK_API_URL": f"{self.fake.url}/api/"}
        gateway = f"ws://127.0.0.1:{self.fake.port}/gateway"
        urls = {"DISCORD_API_URL": f"{self.fake.url}/api/v10", "DISCORD_GATEWAY_URL": gateway}
        return {"DISCORD_TOKEN": "MTAwMA.bench.token", **urls}
