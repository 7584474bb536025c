"""What the bot costs while nothing is answered: start, rest, waiting runs, many servers."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from statistics import median

from tests.bench.bots import Bot
from tests.bench.figures import Figure
from tests.bench.scenes import PLATFORMS, Stage

_LONG = 3000.0  # seconds: no run ends while it is measured
_CALM = 2.0


async def measure_start(stage: Stage) -> None:
    """From the start of the process until it is connected, and what it holds then."""
    for platform in PLATFORMS:
        ready: dict[str, list[float]] = {"product": [], "chat": []}
        rest: dict[str, list[float]] = {"product": [], "chat": []}
        for number in range(stage.rounds + 1):
            for kind in ("product", "chat"):
                async with stage.bots(platform, kind, servers=1) as (bot,):
                    await asyncio.sleep(_CALM)
                    if number:  # the very first start compiles
                        ready[kind].append(bot.ready_after)
                        rest[kind].append(bot.process.memory())
        for name, unit, seen, goal in (
            ("time to ready", "s", ready, 1.5),
            ("memory at rest", "MB", rest, 90),
        ):
            stage.add(
                Figure(name=f"{platform}: {name}", value=median(seen["product"]), unit=unit,
                       floor=median(seen["chat"]), at_most=goal)
            )  # fmt: skip


async def measure_waiting(stage: Stage) -> None:
    """Runs that wait for the model, all at once: each holds a connection, or is polled."""
    most = 2000 if stage.is_quick else 10_000
    for backend in ("chat", "responses"):
        async with stage.bots("discord", "limited", backend=backend, servers=most // 5) as (bot,):
            await bot.model.tell("set", delay=_LONG)
            before = bot.process.memory()
            after = await _wait_for(bot, most)
        stage.add(
            Figure(name=f"memory with {most:,} waiting runs ({backend})", unit="MB",
                   value=after, at_most=None if stage.is_quick else 250)
        )  # fmt: skip
        stage.add(
            Figure(name=f"memory per 1,000 waiting runs ({backend})", unit="MB",
                   value=1000 * (after - before) / most)
        )  # fmt: skip


async def measure_soak(stage: Stage) -> None:
    """1,000 servers of five channels: what a big bot holds only to know where it is."""
    memory = {}
    for kind in ("product", "chat"):
        async with stage.bots("discord", kind, servers=1000) as (bot,):
            await asyncio.sleep(_CALM)
            memory[kind] = bot.process.memory()
    stage.add(
        Figure(name="discord: memory with 1,000 servers of 5 channels", unit="MB",
               value=memory["product"], floor=memory["chat"], at_most=150)
    )  # fmt: skip


async def measure_disk(stage: Stage) -> None:
    """What a finished turn leaves on the disk."""
    async with stage.bots("discord", "product") as (bot,):
        await bot.wave(200, delay=0)
        before = _size(bot.folder)
        for _ in range(3):
            await bot.wave(500, delay=0)
        after = _size(bot.folder)
    stage.add(Figure(name="disk per finished turn", value=(after - before) / 1500, unit="bytes"))


async def _wait_for(bot: Bot, count: int) -> float:
    wave = 1_000_000 + count
    await bot.fake.tell("say", wave=wave, count=count, rate=300)
    await bot.model.until_seen("asked", wave, count)
    await asyncio.sleep(_CALM)
    return bot.process.memory()


def _size(folder: Path) -> int:
    with closing(sqlite3.connect(f"file:{folder}/homeroom.db?mode=ro", uri=True)) as database:
        pages = database.execute("PRAGMA page_count").fetchone()[0]
        return int(pages * database.execute("PRAGMA page_size").fetchone()[0])
