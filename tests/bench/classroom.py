"""A class that asks in one workspace or server, which enforces the limits that it documents."""

import itertools
from dataclasses import dataclass

from tests.bench.bots import Bot
from tests.bench.figures import Figure
from tests.bench.rooms import CLASS, perfect, room_of
from tests.bench.scenes import PLATFORMS, Stage

_WAVES = itertools.count(100_000)
# Messages in how many seconds of a channel.
_PACE = {"slack": (1, 1.0), "discord": (5, 5.0)}


@dataclass(frozen=True)
class Lesson:
    """Seconds, sorted: from question to model, from question to answer, and the best there is."""

    to_model: list[float]
    answered: list[float]
    best: list[float]
    lost: int
    twice: int


async def measure(stage: Stage) -> None:
    seconds = 60 if stage.is_quick else 1800
    for platform in PLATFORMS:
        kind = "product" if platform == "slack" else "limited"
        async with stage.bots(platform, kind, servers=1) as (bot,):
            _show(stage, bot, "class of 200 at once, nobody known", await ask(bot, CLASS), 5000)
            _show(stage, bot, "class of 200 at once", await ask(bot, CLASS), 2000)
            lecture = await ask(bot, seconds, rate=1.0)
            _show(stage, bot, f"lecture of {seconds / 60:g} minutes", lecture, 2000)


async def ask(bot: Bot, count: int, rate: float = 0.0, delay: float = 1.0) -> Lesson:
    await bot.model.tell("set", delay=delay)
    wave = next(_WAVES)
    await bot.fake.tell("say", wave=wave, count=count, rate=rate, together=True)
    await bot.fake.until_seen("visible", wave, count)
    twice = await bot.fake.tell("twice", wave=wave)
    told, model = await bot.fake.tell("wave", wave=wave), await bot.model.tell("wave", wave=wave)
    said, visible, ready = told["said"], told.get("visible", {}), model["ready"]
    rooms = {tag: room_of(int(tag.partition("x")[2][:-1])) for tag in ready}
    asked = sum(said.values()) / len(said)  # lateness is compared as a whole
    return Lesson(
        to_model=sorted(model["asked"][tag] - at for tag, at in said.items() if tag in ready),
        answered=sorted(at - asked for at in visible.values()),
        best=[at - asked for at in perfect(ready, rooms, *_PACE[bot.platform])],
        lost=count - len(visible),
        twice=twice,
    )


def _show(stage: Stage, bot: Bot, scene: str, lesson: Lesson, goal: float) -> None:
    name = f"{bot.platform}: {scene}"
    at = min(int(0.99 * len(lesson.to_model)), len(lesson.to_model) - 1)
    stage.add(
        Figure(name=f"{name}, event to model p99", unit="ms", value=1000 * lesson.to_model[at],
               at_most=goal)
    )  # fmt: skip
    stage.add(
        Figure(name=f"{name}, last answer, against a perfect sender", unit="s",
               value=lesson.answered[-1], floor=lesson.best[-1], ratio_at_most=1.1)
    )  # fmt: skip
    lost = Figure(name=f"{name}, lost or told twice", unit="", value=lesson.lost + lesson.twice)
    stage.add(lost)
