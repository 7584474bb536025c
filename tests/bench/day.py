"""What a turn costs alone, at a steady pace and in a crowd, with `chat` and with `responses`.

The floor asks `chat`. `responses` has one of its own besides, which reads a stream as a tutorial
does; and one that polls is in `latency`.
"""

from dataclasses import dataclass

from tests.bench.bots import Bot, Wave
from tests.bench.figures import Figure
from tests.bench.scenes import PLATFORMS, Stage, cpu_of, middle

_FLOOR, _STREAMS = "chat", "streams"
_BACKENDS = ("chat", "responses")
_EVENT_TO_MODEL = 1.25
_STREAMED = 1000  # turns, after which memory is looked at
_MEMORY = 105  # MB


@dataclass(frozen=True)
class Pace:
    """`count` questions at `rate` a second (0: at once), and seconds for the model.

    The goals are for CPU per turn beside the floor's.
    """

    name: str
    count: int
    rate: float
    delay: float
    chat: float
    responses: float

    def goal(self, backend: str) -> float:
        return self.chat if backend == "chat" else self.responses


_ALONE = Pace("alone", 18, 3, 0.6, 1.25, 1.6)  # none meets another
_PACES = (
    _ALONE,
    Pace("steady 40/s for 4 s", 160, 40, 1.5, 1.0, 1.15),
    Pace("200 at once", 200, 0, 1.0, 0.65, 0.7),
)


async def measure(stage: Stage) -> None:
    for platform in PLATFORMS:
        async with (
            stage.bots(platform, "product", _FLOOR, _STREAMS) as (chat, floor, streams),
            stage.bots(platform, "product", backend="responses") as (responses,),
        ):
            bots = {"chat": chat, "responses": responses, _FLOOR + " floor": floor}
            bots[_STREAMS] = streams
            for bot in bots.values():
                await bot.wave(200, rate=100, delay=0)  # everybody has been met
            for pace in _PACES:
                _tell(stage, platform, pace, await _by_turns(bots, pace, max(3, stage.rounds)))
            if platform == "slack":
                await _measure_memory(stage, responses)


async def _by_turns(bots: dict[str, Bot], pace: Pace, rounds: int) -> dict[str, list[Wave]]:
    """So that what else the machine does meets all of them."""
    waves: dict[str, list[Wave]] = {name: [] for name in bots}
    for _ in range(rounds):
        for name, bot in bots.items():
            wave = await bot.wave(pace.count, rate=pace.rate, delay=pace.delay)
            waves[name].append(wave)
    return waves


def _tell(stage: Stage, platform: str, pace: Pace, waves: dict[str, list[Wave]]) -> None:
    floor = waves[_FLOOR + " floor"]
    for backend in _BACKENDS:
        mine, name = cpu_of(waves[backend]), f"{platform}: {pace.name}, CPU per turn ({backend})"
        stage.add(
            Figure(name=name, value=mine, unit="ms", floor=cpu_of(floor),
                   ratio_at_most=pace.goal(backend))
        )  # fmt: skip
        if backend == "responses":
            name = f"{name}, against a stream"
            stage.add(Figure(name=name, value=mine, unit="ms", floor=cpu_of(waves[_STREAMS])))
    if pace is _ALONE:
        stage.add(
            Figure(name=f"{platform}: alone, event to model p50", unit="ms",
                   value=middle(waves["chat"], "to_model", 0.5),
                   floor=middle(floor, "to_model", 0.5), ratio_at_most=_EVENT_TO_MODEL)
        )  # fmt: skip


async def _measure_memory(stage: Stage, bot: Bot) -> None:
    await bot.wave(_STREAMED, rate=100, delay=0)
    stage.add(
        Figure(name=f"slack: memory after {_STREAMED:,} streamed turns (responses)", unit="MB",
               value=bot.process.memory(), at_most=_MEMORY)
    )  # fmt: skip
