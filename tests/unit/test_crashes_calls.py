"""The bot is killed before and after each thing that it does for a turn with calls of tools.

What can be repeated is; what cannot be is done at most once, and the model is told of the doubt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.backends.clients import Client
from bot.backends.demo import DemoBackend
from bot.core.messages import Message
from bot.core.ports.backend import Backend
from tests.fakes.openai_talk import BACKENDS
from tests.fakes.toolbox import BOOK, FakeToolbox
from tests.unit.killing import Killer, is_outlived, last_moment, mortal_bot
from tests.unit.world import World, message

pytestmark = pytest.mark.filterwarnings("ignore:The Assistants API:DeprecationWarning")

ANSWER = "You said: roll and book\n\n*(used: dice, book)*"
DOUBT = "may have happened"


def two_and_then_one(text: str, outputs: int) -> Sequence[tuple[str, str]]:
    return {0: [("dice", '{"n": 1}'), ("book", '{"n": 1}')], 2: [("book", '{"n": 2}')]}.get(
        outputs, []
    )


@dataclass
class Stage:
    world: World
    backend: str

    async def play(self, kill: int | str) -> bool:
        """Kill the first bot at this moment and let the next one live; whether it was killed."""
        world, toolbox, question = self.world.anew(), FakeToolbox(), message("roll and book")
        if not await is_outlived(lambda it: self._live(world, toolbox, question, it), kill):
            return False
        self._check(world, toolbox, question)
        return True

    async def _live(
        self, world: World, toolbox: FakeToolbox, question: Message, killer: Killer
    ) -> None:
        toolbox.around = lambda effect: killer.around("effect", effect)
        async with mortal_bot(world, killer, self._mind, toolbox=toolbox) as bot:
            await bot.intake.accept(question)
            await bot.idle()

    def _mind(self, client: Client) -> Backend:
        if self.backend == "demo":  # its wire is inside of it: what it does there is no moment
            address = self.world.server.base_url.removesuffix("/v1")
            return DemoBackend(Path("weights"), lambda _weights, _key: (None, address))
        return BACKENDS[self.backend](client)

    def _check(self, world: World, toolbox: FakeToolbox, question: Message) -> None:
        assert world.platform.reply(question) == [ANSWER]
        assert toolbox.effects['dice {"n": 1}'] >= 1
        told = str([request.body for request in world.server.requests])
        for number in (1, 2):
            done = toolbox.effects[f'book {{"n": {number}}}']
            assert done == 1 or (done == 0 and DOUBT in told)
        if self.backend == "responses":
            assert len(world.server.runs) == 3
        if self.backend == "assistants":
            assert len(world.server.runs) == 1


@pytest.fixture(params=[*BACKENDS, "demo"])
async def stage(request: pytest.FixtureRequest, world: World) -> Stage:
    world.server.polls = 0
    world.server.wants = two_and_then_one
    return Stage(world, request.param)


STRIDE = 4  # every fourth moment, and each window by its name


async def test_a_bot_killed_at_a_moment_of_a_turn_with_calls_is_as_good_as_one_that_lives(
    stage: Stage,
) -> None:
    assert await last_moment(stage.play, STRIDE) > 40


WINDOWS = {
    "run ended, calls not saved": "before calls.intend",
    "calls saved, step not counted": "after calls.intend",
    "step counted, nothing begun": "before calls.begin",
    "begun, not done": "before effect",
    "done, not saved": "after effect",
    "ended, outputs not sent": "after calls.end",
}


@pytest.mark.parametrize("window", WINDOWS)
async def test_a_bot_killed_in_a_window_of_calls_makes_none_twice(
    stage: Stage, window: str
) -> None:
    assert await stage.play(WINDOWS[window])


async def test_outputs_that_were_sent_before_the_kill_are_not_sent_again(world: World) -> None:
    world.server.wants = two_and_then_one
    stage = Stage(world, "responses")
    assert await stage.play("after POST /v1/responses")
    assert len(world.server.runs) == 3


def test_what_cannot_be_repeated_is_among_what_is_tried() -> None:
    assert not BOOK.is_repeatable
