"""How long a question waits for the bot, and what a turn costs: bursts, a steady flow, a flood."""

from statistics import median

from tests.bench.bots import Bot, Wave
from tests.bench.figures import Figure
from tests.bench.scenes import PLATFORMS, Stage, cpu_of, middle

_LATENCIES = (("to_model", "event to model"), ("to_platform", "answer to platform"))
_SHARES = ((0.5, "p50"), (0.99, "p99"))
_GOAL_BURST = 200


async def measure(stage: Stage) -> None:
    for platform in PLATFORMS:
        async with stage.bots(platform, "product", "chat") as (product, floor):
            sizes = (1, 50, 200) if stage.is_quick else (1, 50, 200, 1000)
            for bot in (product, floor):
                await bot.wave(max(sizes), rate=100, delay=0)  # everybody has been met
            for size in sizes:
                await _burst(stage, product, floor, size)
            await _flood(stage, product, floor)
            await _flow(stage, product, floor)


async def measure_second_floor(stage: Stage) -> None:
    """Against the loop that sleeps half a second between polls."""
    for platform in PLATFORMS:
        async with stage.bots(platform, "polls") as (floor,):
            seconds = 5 if stage.is_quick else 10
            # No model takes a multiple of half a second: then polls would be just in time.
            wave = await floor.wave(40 * seconds, rate=40, delay=4, spread=1)
        name = f"{platform}: steady 40/s, added p50"
        own = next(one.value for one in stage.figures if one.name == name)
        stage.add(
            Figure(name=f"{name}, against polling", value=own, unit="ms",
                   floor=wave.at("added", 0.5), ratio_at_most=0.1)
        )  # fmt: skip


async def _burst(stage: Stage, product: Bot, floor: Bot, size: int) -> None:
    """So many conversations in the same instant; the model takes a second."""
    rounds = 5 if size == 1 else stage.rounds
    ours, theirs = await _alternate(product, floor, rounds, size)
    goal = 1.2 if size == _GOAL_BURST else None
    for key, words in _LATENCIES:
        for share, said in _SHARES:
            stage.add(
                Figure(name=f"{product.platform}: burst of {size}, {words} {said}", unit="ms",
                       value=middle(ours, key, share), floor=middle(theirs, key, share),
                       ratio_at_most=goal)
            )  # fmt: skip
    goal = 1.0 if size == _GOAL_BURST else None
    stage.add(
        Figure(name=f"{product.platform}: burst of {size}, CPU per turn", unit="ms",
               value=cpu_of(ours), floor=cpu_of(theirs), ratio_at_most=goal)
    )  # fmt: skip


async def _flood(stage: Stage, product: Bot, floor: Bot) -> None:
    """As much as it can take: the model answers at once, and each bot has one core."""
    size = 300 if stage.is_quick else 1000
    ours, theirs = await _alternate(product, floor, stage.rounds, size, delay=0.0)
    stage.add(
        Figure(name=f"{product.platform}: turns a second on one core", unit="/s",
               value=median(wave.count / wave.cpu for wave in ours),
               floor=median(wave.count / wave.cpu for wave in theirs), at_least=150)
    )  # fmt: skip
    stage.add(
        Figure(name=f"{product.platform}: questions of that without an answer", unit="",
               value=sum(wave.lost for wave in ours), floor=sum(wave.lost for wave in theirs))
    )  # fmt: skip


async def _flow(stage: Stage, product: Bot, floor: Bot) -> None:
    """40 messages a second, and a model that takes 4 seconds."""
    size = 40 * (5 if stage.is_quick else 15)
    ours, theirs = await _alternate(product, floor, max(1, stage.rounds // 2), size, 40, 4.0)
    for (share, said), goal in zip(_SHARES, (15, 60), strict=True):
        stage.add(
            Figure(name=f"{product.platform}: steady 40/s, added {said}", unit="ms",
                   value=middle(ours, "added", share), floor=middle(theirs, "added", share),
                   at_most=goal)
        )  # fmt: skip
    stage.add(
        Figure(name=f"{product.platform}: steady 40/s, CPU per turn", unit="ms",
               value=cpu_of(ours), floor=cpu_of(theirs))
    )  # fmt: skip


async def _alternate(  # noqa: PLR0913, PLR0917 - a wave has as many sides
    product: Bot, floor: Bot, rounds: int, size: int, rate: float = 0, delay: float = 1.0
) -> tuple[list[Wave], list[Wave]]:
    """Product and floor by turns, so that what else the machine does meets both."""
    pairs = [
        (
            await product.wave(size, rate=rate, delay=delay),
            await floor.wave(size, rate=rate, delay=delay),
        )
        for _ in range(rounds)
    ]
    return [one for one, _ in pairs], [other for _, other in pairs]
