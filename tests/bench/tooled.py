"""What tools cost: a turn with two calls, one without any, a crowd, and ten programs at once."""

import asyncio
import json

from tests.bench.bots import Bot, Wave
from tests.bench.figures import Figure
from tests.bench.scenes import PLATFORMS, Stage, cpu_of, middle

_TWO = {"function": {"name": "look", "arguments": '{"number": 3}'}, "times": 2}
_PROGRAM = "import time\nend = time.time() + 1\nwhile time.time() < end:\n    pass\nprint(1)"
_BOX = {"function": {"name": "run_python", "arguments": json.dumps({"code": _PROGRAM})}, "times": 1}
_BOXES = 10
_BESIDE = 100  # others, who ask nothing of the kind
_LOOK = 0.1  # seconds


async def measure(stage: Stage) -> None:
    """Two calls are three requests: the floor makes them in a plain loop."""
    for platform in PLATFORMS:
        async with stage.bots(platform, "tooled", "tools", "product", "unused") as bots:
            for bot in bots:
                await bot.wave(200, rate=100, delay=0)  # everybody has been met
            tooled, floor, plain, unused = bots
            for words, count, rate in (("alone", 18, 3.0), ("200 at once", 200, 0.0)):
                ours, theirs = await _by_turns(stage, (tooled, floor), count, rate, calls=True)
                goal = 1.5 if rate else None
                _add(stage, f"{platform}: two calls, {words}", ours, theirs, goal)
                lost = sum(wave.lost for wave in ours)
                stage.add(
                    Figure(name=f"{platform}: without an answer, {words}", value=lost, unit="")
                )
            ours, theirs = await _by_turns(stage, (unused, plain), 200, 50.0, calls=False)
            _add(stage, f"{platform}: no tools, beside others' that have some", ours, theirs, 1.02)


def _add(stage: Stage, name: str, ours: list[Wave], theirs: list[Wave], goal: float | None) -> None:
    stage.add(
        Figure(name=f"{name}, CPU per turn", unit="ms", value=cpu_of(ours), floor=cpu_of(theirs),
               ratio_at_most=goal)
    )  # fmt: skip


async def _by_turns(
    stage: Stage, bots: tuple[Bot, Bot], count: int, rate: float, *, calls: bool
) -> tuple[list[Wave], list[Wave]]:
    waves: tuple[list[Wave], list[Wave]] = ([], [])
    for _ in range(max(3, stage.rounds)):
        for bot, made in zip(bots, waves, strict=True):
            call = _TWO if calls else None
            made.append(await bot.wave(count, rate=rate, delay=0.1, call=call))
    return waves


async def measure_boxes(stage: Stage) -> None:
    """The boxes share the bot's one core, of which they are given what nobody else wants."""
    async with stage.bots("slack", "coding") as (bot,):
        await bot.wave(200, rate=100, delay=0)
        await bot.wave(1, delay=0, call=_BOX)  # the box is tried
        alone = await bot.wave(_BESIDE, rate=10, delay=0.5)
        spent: dict[int, float] = {}
        watching = asyncio.create_task(_watch(bot, spent))
        boxes = asyncio.create_task(bot.wave(_BOXES, delay=0.5, call=_BOX, first=_BESIDE))
        beside = await bot.wave(_BESIDE, rate=10, delay=0.5)
        ran = await boxes
        watching.cancel()
        share = sum(spent.values()) / ran.seconds
    stage.add(
        Figure(name="ten programs at once: processors they take", value=share, unit="", at_most=1.0)
    )
    stage.add(Figure(name="ten programs at once: without an answer", value=ran.lost, unit=""))
    for share_of, said in ((0.5, "p50"), (0.99, "p99")):
        stage.add(
            Figure(name=f"ten programs at once: others' answers, added {said}", unit="ms",
                   value=middle([beside], "added", share_of),
                   floor=middle([alone], "added", share_of),
                   ratio_at_most=1.5 if said == "p50" else None)
        )  # fmt: skip


async def _watch(bot: Bot, spent: dict[int, float]) -> None:
    """What each program has taken when it was last seen."""
    while True:
        spent |= bot.process.cpu_below()
        await asyncio.sleep(_LOOK)
