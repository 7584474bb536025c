"""What every scene plays with: the model, a folder, and how thorough to be."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import mkdtemp

import aiohttp

from tests.bench.bots import Bot, Wave
from tests.bench.figures import Figure
from tests.bench.processes import Fake

PLATFORMS = ("slack", "discord")


@dataclass
class Stage:
    session: aiohttp.ClientSession
    folder: Path
    is_quick: bool
    figures: list[Figure] = field(default_factory=list)

    @property
    def rounds(self) -> int:
        return 1 if self.is_quick else 4

    @asynccontextmanager
    async def bots(
        self, platform: str, *kinds: str, backend: str = "chat", servers: int = 200
    ) -> AsyncIterator[list[Bot]]:
        """Bots of these kinds, each with a platform of its own, before one model."""
        folder = Path(mkdtemp(dir=self.folder))
        model = Fake.start(self.session, "model_server", folder=folder)
        started: list[Bot] = []
        try:
            for kind in kinds:
                bot = Bot(kind, platform, model, self.session, folder / kind, backend, servers)
                bot.start()
                started.append(bot)
                await bot.until_connected()
            yield started
        finally:
            for bot in started:
                bot.stop()
            model.process.stop()

    def add(self, figure: Figure) -> None:
        self.figures.append(figure)
        print(f"{figure.name}: {figure.value:.4g} {figure.unit}", flush=True)


def middle(waves: list[Wave], name: str, share: float) -> float:
    """The median over the rounds of a wave's percentile."""
    return median(wave.at(name, share) for wave in waves)


def cpu_of(waves: list[Wave]) -> float:
    """Milliseconds of CPU for a turn, the median over the rounds."""
    return median(1000 * wave.cpu / wave.count for wave in waves)
