"""The bot is killed before and after each thing that it does for a conversation that gets long.

Its older part is summed up in the end, once; a server that cannot be asked what became of a run is
asked again, and paid again, for what was cut off.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile

import pytest

from bot.core.messages import Message
from tests.databases import make_database
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.openai_talk import BACKENDS
from tests.unit.killing import Killer, Mortal, MortalTransport, is_killed, mortal
from tests.unit.world import World, message

pytestmark = pytest.mark.filterwarnings("ignore:The Assistants API:DeprecationWarning")

ROOM = 80  # tokens: the second question is too much
FACT = "My parrot is called Archibald."
SUM_UP = "Sum up this record:"
CAN_LOOK = {"responses", "assistants"}


def answer(text: str) -> str:
    return f"Told: {FACT}" if text.startswith(SUM_UP) and FACT in text else "I see. " * 6


@dataclass
class Tale:
    folder: Path
    server: FakeOpenAI
    backend: str
    told: int = 0

    async def tell(self, kill: int | str) -> bool:
        """Kill the first bot at this moment and let the next one live; whether it was killed."""
        self.told += 1
        self.server.runs.clear()
        world = World(self.folder / f"{self.told}.db", self.server)
        copyfile(self.folder / "empty.db", world.path)
        questions = [message(FACT), message(f"And then? {'x' * 60}")]
        if not await is_killed(lambda killer: self._live(world, questions, killer), kill):
            return False
        await self._live(world, questions, Killer())
        return True

    async def _live(self, world: World, questions: list[Message], killer: Killer) -> None:
        world.wrap_transport = lambda transport: MortalTransport(transport, killer)
        async with world.bot(
            BACKENDS[self.backend](world.client()),
            wrap_storage=lambda storage: mortal(storage, killer),
            wrap_adapter=lambda adapter: Mortal(adapter, killer),
        ) as bot:
            for question in questions:
                await bot.intake.accept(question)
                await bot.idle()
            if killer.died.is_set():
                return
            summary = await bot.storage.summaries.of(questions[0].key)
            rows = await bot.database.fetch(
                "SELECT state, answer FROM turns WHERE command = 'sum-up'", {}
            )
        assert [(row["state"], row["answer"]) for row in rows] == [("done", f"Told: {FACT}")]
        assert summary
        assert FACT in summary.words
        self._check(world, questions)

    def _check(self, world: World, questions: list[Message]) -> None:
        for question in questions:
            [reply] = world.platform.reply(question)
            assert reply.startswith("I see.")
        paid = Counter(run.input_text.startswith(SUM_UP) for run in self.server.runs)
        if self.backend in CAN_LOOK:
            assert paid == {True: 1, False: 2}
        assert sum(paid.values()) <= 4  # what was cut off is asked once more, and nothing else


@pytest.fixture(params=BACKENDS)
async def tale(request: pytest.FixtureRequest, world: World) -> Tale:
    folder = world.path.parent
    toml = f'[assistants.Homeroom]\ninstructions = "Be brief."\nhistory_tokens = {ROOM}\n'
    (folder / "homeroom.toml").write_text(toml)
    await make_database(folder / "empty.db")
    world.server.polls = 0
    world.server.answer = answer
    return Tale(folder, world.server, request.param)


STRIDE = 7  # every seventh moment, and those by name that are about the summary


async def test_a_bot_killed_at_a_moment_sums_up_once(tale: Tale) -> None:
    moment = 1
    while await tale.tell(moment):
        moment += STRIDE
    print(f"{tale.backend}: killed at moments up to {moment}")
    assert moment > 40


WINDOWS = {
    "answer known, nothing begun": "before turns.add #3",
    "begun, the answer not saved": "before turns.save answered #2",
    "answer shown, nothing summed up": "before turns.save submitted #3",
    "summed up, not saved": "before turns.save answered #3",
    "saved, not noted": "before turns.save delivered #3",
}


@pytest.mark.parametrize("window", WINDOWS)
async def test_so_is_one_killed_in_a_window_of_a_summary(tale: Tale, window: str) -> None:
    if tale.backend in CAN_LOOK or "submitted" not in WINDOWS[window]:
        assert await tale.tell(WINDOWS[window])
