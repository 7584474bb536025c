"""The bot is killed before and after each thing that it does for a conversation that gets long.

Its older part is summed up in the end, once; a server that cannot be asked what became of a run is
asked again, and paid again, for what was cut off.
"""

from collections import Counter
from dataclasses import dataclass

import pytest

from bot.core.messages import Message
from tests.fakes.openai_talk import BACKENDS
from tests.unit.killing import Killer, is_outlived, last_moment, mortal_bot
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
    world: World
    backend: str

    async def tell(self, kill: int | str) -> bool:
        """Kill the first bot at this moment and let the next one live; whether it was killed."""
        world = self.world.anew()
        questions = [message(FACT), message(f"And then? {'x' * 60}")]
        return await is_outlived(lambda killer: self._live(world, questions, killer), kill)

    async def _live(self, world: World, questions: list[Message], killer: Killer) -> None:
        async with mortal_bot(world, killer, BACKENDS[self.backend]) as bot:
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
        paid = Counter(run.input_text.startswith(SUM_UP) for run in world.server.runs)
        if self.backend in CAN_LOOK:
            assert paid == {True: 1, False: 2}
        assert sum(paid.values()) <= 4  # what was cut off is asked once more, and nothing else


@pytest.fixture(params=BACKENDS)
async def tale(request: pytest.FixtureRequest, world: World) -> Tale:
    toml = f'[assistants.Homeroom]\ninstructions = "Be brief."\nhistory_tokens = {ROOM}\n'
    world.path.with_name("homeroom.toml").write_text(toml)
    world.server.polls = 0
    world.server.answer = answer
    return Tale(world, request.param)


STRIDE = 7  # every seventh moment, and those by name that are about the summary


async def test_a_bot_killed_at_a_moment_sums_up_once(tale: Tale) -> None:
    assert await last_moment(tale.tell, STRIDE) > 40


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
