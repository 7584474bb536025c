"""What it costs to ask whether a run has ended, where the server cannot stream."""

import asyncio

from tests.bench.figures import Figure
from tests.bench.scenes import Stage

_RUN = 10.0  # seconds
_EARLY, _LATE = 2.0, 9.0  # between them nothing is done but polling
_WAVE = 2_000_000


async def measure(stage: Stage) -> None:
    size = 200
    # In Slack, since nothing is typed there while one waits.
    async with stage.bots("slack", "product", backend="responses") as (bot,):
        await bot.model.tell("set", can_stream=False)
        await bot.wave(size, rate=100, delay=0)
        before = await _polls(bot.model.tell("counts"))
        await bot.model.tell("set", delay=_RUN)
        await bot.fake.tell("say", wave=_WAVE, count=size, rate=0)
        await bot.model.until_seen("asked", _WAVE, size)
        await asyncio.sleep(_EARLY)
        begun, cpu = await _polls(bot.model.tell("counts")), bot.process.cpu()
        await asyncio.sleep(_LATE - _EARLY)
        ended, spent = await _polls(bot.model.tell("counts")), bot.process.cpu() - cpu
        await bot.fake.until_seen("visible", _WAVE, size)
        total = await _polls(bot.model.tell("counts")) - before
    stage.add(
        Figure(name="CPU per poll", value=1000 * spent / (ended - begun), unit="ms", at_most=0.7)
    )
    stage.add(Figure(name="polls of a run of 10 s", value=total / size, unit="", at_most=12))


async def _polls(counting: object) -> int:
    counts = await counting  # type: ignore[misc]
    return sum(count for name, count in counts.items() if name.startswith("GET resp_"))
