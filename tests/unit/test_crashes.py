"""The bot is killed before and after each thing it does outside; the next one finishes its work.

"Outside" is the database, the model's server and the platform. A killed bot saves nothing more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.errors import OutcomeUnknown, PlatformUnavailable, Undeliverable
from bot.core.messages import Message
from bot.core.ports.adapter import Limits
from tests.fakes.openai_server import Fault
from tests.fakes.platform import LIVE
from tests.unit.killing import Killer, is_outlived, last_moment, mortal, mortal_bot
from tests.unit.world import Bot, Hasty, World, message, until

STOPPED = "*Stopped.*"
TOUCHES_THE_DISK = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)


@dataclass(frozen=True)
class Story:
    """What people say, and what has to stand there in the end."""

    says: Sequence[str]
    replies: Sequence[Sequence[str]]
    backend: str = "responses"
    limits: Limits = field(default_factory=Limits)
    is_stopped: bool = False

    @property
    def can_look(self) -> bool:
        """Whether the model's server can be asked what became of a run."""
        return self.backend == "responses"


ONE = (["hi"], [["You said: hi"]])
TWO = (["one", "two"], [["You said: one"], ["You said: two"]])
LONG = (["abc def ghi"], [["You said: ", "abc def ", "ghi"]])
STOP = (["hi", "/stop"], [[STOPPED], ["Stopped."]])
SMALL = Limits(max_chars=10, edit_interval=0.001)

STORIES = {
    "responses": Story(*ONE),
    "responses, live": Story(*ONE, limits=LIVE),
    "chat": Story(*ONE, backend="chat"),
    "chat, live": Story(*ONE, backend="chat", limits=LIVE),
    "two questions": Story(*TWO),
    "three parts, live": Story(*LONG, limits=SMALL),
    "stop": Story(*STOP, is_stopped=True),
    "stop, live": Story(*STOP, limits=LIVE, is_stopped=True),
    "stop, chat": Story(*STOP, backend="chat", limits=LIVE, is_stopped=True),
}


@dataclass
class Theatre:
    """Plays stories, each in a world of its own but for the model's server."""

    world: World

    def new_world(self) -> World:
        self.world.server._traps.clear()
        self.world.server._endings.clear()
        self.world.server.release()
        return self.world.anew()

    async def play(self, story: Story, kills: Sequence[int | str]) -> bool:
        """Kill the first bots at these moments, let the last one live; whether all were killed."""
        world = self.new_world()
        if story.is_stopped:
            world.server.hold()
        questions = [message(text) for text in story.says]
        return await is_outlived(lambda it: _live(world, story, questions, it), *kills)


@pytest.fixture
def theatre(world: World) -> Theatre:
    return Theatre(world)


@pytest.mark.parametrize("name", STORIES)
async def test_a_bot_killed_at_any_moment_is_as_good_as_one_that_lives(
    theatre: Theatre, name: str
) -> None:
    assert await last_moment(lambda at: theatre.play(STORIES[name], [at])) > 20


# Moments with a name: what was done by then, what was not, and in which story that is to be seen.
WINDOWS = {
    "written down, not acknowledged": ("after turns.add", "responses"),
    "session opened, its id not saved": ("after POST /v1/conversations", "responses"),
    "run intended, not started": ("before POST /v1/responses", "responses"),
    "run started, its id not saved": ("after POST /v1/responses", "responses"),
    "run streaming, its id not saved": ("after POST /v1/responses", "responses, live"),
    "run going, its id saved": ("after turns.save running", "responses"),
    "answer known, not saved": ("before turns.save answered", "responses"),
    "answer saved, not posted": ("after turns.save answered", "responses"),
    "post intended, not made": ("before post", "responses"),
    "post made, its ref not saved": ("after post", "responses"),
    "part made, its ref not saved": ("before posts.save 1", "three parts, live"),
    "part saved, the next not begun": ("after posts.save 1", "three parts, live"),
    "all posted, not noted": ("before turns.save delivered", "responses"),
}


@pytest.mark.parametrize("name", WINDOWS)
async def test_a_bot_killed_in_a_window_leaves_nothing_lost_or_doubled(
    theatre: Theatre, name: str
) -> None:
    moment, story = WINDOWS[name]
    assert await theatre.play(STORIES[story], [moment])


@settings(max_examples=40, deadline=None, suppress_health_check=TOUCHES_THE_DISK)
@given(
    name=st.sampled_from(sorted(STORIES)),
    kills=st.lists(st.integers(1, 50), min_size=2, max_size=4),  # a turn is begun five times
)
async def test_so_are_bots_that_are_killed_again_and_again(
    theatre: Theatre, name: str, kills: list[int]
) -> None:
    await theatre.play(STORIES[name], kills)


async def _live(world: World, story: Story, questions: list[Message], killer: Killer) -> None:
    """One incarnation: it hears everything, though perhaps not for the first time."""
    async with mortal_bot(world, killer, story.backend, limits=story.limits) as bot:
        for question in questions:
            if question.command == "stop":
                await until(lambda: bool(world.server.runs or world.platform.posts))
            await bot.intake.accept(question)
        await bot.idle()
        if not killer.died.is_set():
            await _check(world, bot, story, questions)


async def _check(world: World, bot: Bot, story: Story, questions: list[Message]) -> None:
    rows = [await bot.row(question) for question in questions]
    assert [row["state"] for row in rows] == ["done"] * len(rows)
    assert _without_drafts(world.platform.replies(questions)) == story.replies
    asked = [question.id for question in questions]
    assert list(dict.fromkeys(world.platform.order(questions[0].key))) == asked
    assert all(world.platform.posts_to(question)[-1].is_final for question in questions)
    for row, question in zip(rows, questions, strict=True):
        runs = world.runs(question) if question.command is None else []
        if story.is_stopped:
            assert [run.status for run in runs if run.id == row["run"] and run.active] == []
        elif story.can_look:
            assert len(runs) == 1


def _without_drafts(replies: list[list[str]]) -> list[list[str]]:
    """A stopped answer may keep what was written before the stop."""
    return [[STOPPED if STOPPED in part else part for part in reply] for reply in replies]


async def test_an_answer_that_waits_for_its_platform_outlives_any_number_of_kills(
    world: World,
) -> None:
    question = message("hi")
    for epoch in range(1, 2 * Hasty().max_attempts):
        await _killed_while_it_posts(world, question, epoch)
    async with world.bot() as bot:
        await bot.idle()
    assert world.platform.reply(question) == ["You said: hi"]
    assert len(world.runs(question)) == 1


async def _killed_while_it_posts(world: World, question: Message, epoch: int) -> None:
    killer = Killer()
    async with world.bot(
        retries=Hasty(harmless_after=0.01), wrap_storage=lambda storage: mortal(storage, killer)
    ) as bot:
        bot.adapter.hold("post")
        await bot.intake.accept(question)
        await bot.row_when(question, lambda row: row["epoch"] == epoch and row["answer"])
        await bot.row_when(question, lambda row: row["attempts"] <= 1)
        killer.died.set()


@dataclass(frozen=True)
class Troubles:
    """What people say, and what goes wrong with it."""

    says: list[str]
    backend: str
    limits: Limits
    platform: list[tuple[str, tuple[Exception, bool]]]
    model: list[tuple[str, Fault]]
    endings: list[str]


MODEL_FAULTS = [
    *(Fault(status=status) for status in (400, 401, 404, 500)),
    Fault(status=500, after=True),
    Fault.rate_limited(),
    Fault.quota_exceeded(),
    Fault.html(),
    Fault.broken_json(),
    Fault.dropped_before(),
    Fault.dropped_after(),
    Fault(cut_after=2),
]
PLATFORM_FAULTS = [  # and whether the platform did what was asked
    (PlatformUnavailable(), False),
    (OutcomeUnknown(), False),
    (OutcomeUnknown(), True),
    (Undeliverable(), False),
    (KeyError("oops"), False),
    (KeyError("oops"), True),
]
ADAPTER_METHODS = ["post", "edit", "find", "show_status"]
SAYINGS = ["hi", "", "/new", "/stop", "/dance"]
TROUBLES = st.builds(
    Troubles,
    says=st.lists(st.sampled_from(SAYINGS), min_size=1, max_size=4),
    backend=st.sampled_from(["responses", "chat"]),
    limits=st.sampled_from([Limits(), LIVE, SMALL]),
    platform=st.lists(
        st.tuples(st.sampled_from(ADAPTER_METHODS), st.sampled_from(PLATFORM_FAULTS)), max_size=5
    ),
    model=st.lists(
        st.tuples(st.sampled_from(["GET", "POST"]), st.sampled_from(MODEL_FAULTS)), max_size=5
    ),
    endings=st.lists(st.sampled_from(["failed", "incomplete", "expired", "cancelled"]), max_size=2),
)


@settings(max_examples=80, deadline=None, suppress_health_check=TOUCHES_THE_DISK)
@given(troubles=TROUBLES)
async def test_every_turn_is_done_in_the_end_whatever_goes_wrong(
    theatre: Theatre, troubles: Troubles
) -> None:
    world = theatre.new_world()
    for method, fault in troubles.model:
        world.server.fail(method, "/v1/", fault)
    for status in troubles.endings:
        world.server.next_run(status=status)
    async with world.bot(troubles.backend, limits=troubles.limits) as bot:
        for name, (error, is_done) in troubles.platform:
            bot.adapter.fail(name, error, after=is_done)
        questions = [await bot.say(text) for text in troubles.says]
        await bot.idle()
        rows = [await bot.row(question) for question in questions]
    assert {row["state"] for row in rows} == {"done"}
    nonces = [post.nonce for post in world.platform.posts]
    assert len(nonces) == len(set(nonces))
