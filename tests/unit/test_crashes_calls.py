"""The bot is killed before and after each thing that it does for a turn with calls of tools.

What can be repeated is; what cannot be is done at most once, and the model is told of the doubt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile

import pytest

from bot.backends.demo import DemoBackend
from bot.core.messages import Message
from bot.core.ports.backend import Backend
from tests.databases import make_database
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.openai_talk import BACKENDS
from tests.fakes.toolbox import BOOK, FakeToolbox
from tests.unit.killing import Killer, Mortal, MortalTransport, is_killed, mortal
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
    folder: Path
    server: FakeOpenAI
    backend: str
    played: int = 0

    async def play(self, kill: int | str) -> bool:
        """Kill the first bot at this moment and let the next one live; whether it was killed."""
        self.played += 1
        self.server.runs.clear()
        self.server.requests.clear()
        world = World(self.folder / f"{self.played}.db", self.server)
        copyfile(self.folder / "empty.db", world.path)
        toolbox, question = FakeToolbox(), message("roll and book")
        if not await is_killed(lambda it: self._live(world, toolbox, question, it), kill):
            return False
        await self._live(world, toolbox, question, Killer())
        self._check(world, toolbox, question)
        return True

    async def _live(
        self, world: World, toolbox: FakeToolbox, question: Message, killer: Killer
    ) -> None:
        world.wrap_transport = lambda transport: MortalTransport(transport, killer)
        toolbox.around = lambda effect: killer.around("effect", effect)
        async with world.bot(
            self._mind(world),
            wrap_storage=lambda storage: mortal(storage, killer),
            wrap_adapter=lambda adapter: Mortal(adapter, killer),
            toolbox=toolbox,
        ) as bot:
            await bot.intake.accept(question)
            await bot.idle()

    def _mind(self, world: World) -> Backend:
        if self.backend == "demo":  # its wire is inside of it: what it does there is no moment
            address = world.server.base_url.removesuffix("/v1")
            return DemoBackend(Path("weights"), lambda _weights, _key: (None, address))
        return BACKENDS[self.backend](world.client())

    def _check(self, world: World, toolbox: FakeToolbox, question: Message) -> None:
        assert world.platform.reply(question) == [ANSWER]
        assert toolbox.effects['dice {"n": 1}'] >= 1
        told = str([request.body for request in self.server.requests])
        for number in (1, 2):
            done = toolbox.effects[f'book {{"n": {number}}}']
            assert done == 1 or (done == 0 and DOUBT in told)
        if self.backend == "responses":
            assert len(self.server.runs) == 3
        if self.backend == "assistants":
            assert len(self.server.runs) == 1


@pytest.fixture(params=[*BACKENDS, "demo"])
async def stage(request: pytest.FixtureRequest, world: World) -> Stage:
    folder = world.path.parent
    await make_database(folder / "empty.db")
    world.server.polls = 0
    world.server.wants = two_and_then_one
    return Stage(folder, world.server, request.param)


STRIDE = 4  # every fourth moment, and each window by its name


async def test_a_bot_killed_at_a_moment_of_a_turn_with_calls_is_as_good_as_one_that_lives(
    stage: Stage,
) -> None:
    moment = 1
    while await stage.play(moment):
        moment += STRIDE
    print(f"{stage.backend}: killed at moments up to {moment}")
    assert moment > 40


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
    await make_database(world.path.parent / "empty.db")
    world.server.wants = two_and_then_one
    stage = Stage(world.path.parent, world.server, "responses")
    assert await stage.play("after POST /v1/responses")
    assert len(stage.server.runs) == 3


def test_what_cannot_be_repeated_is_among_what_is_tried() -> None:
    assert not BOOK.is_repeatable
