"""What keeps the bot within Discord's limits, and its channels in order."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
import discord
import pytest

from adapters.discord.cursors import Cursors, snowflake
from adapters.discord.errors import discord_errors
from adapters.discord.identify import IdentifyBudget
from adapters.discord.lanes import Lanes
from adapters.discord.pace import PreviewPace
from adapters.discord.refs import Ref
from adapters.discord.shards import Group, groups
from adapters.discord.supervisor import _close
from bot.core.errors import BotError, PlatformSilent, PlatformUnavailable, Undeliverable
from bot.core.messages import Author, ConversationKey, Message
from tests.fakes.memory import FakeMemory
from tests.patience import PATIENCE

DAY = 86_400.0
QUESTION = Message(ConversationKey("discord", "2", "3"), "9", Author("7", "Ann"), "hi")


class Answer:
    """What the library keeps of a response."""

    reason = ""

    def __init__(self, status: int, **headers: str) -> None:
        self.status = status
        self.headers = headers


def refused(status: int, **headers: str) -> discord.HTTPException:
    kind = discord.DiscordServerError if status >= 500 else discord.HTTPException
    response: Any = Answer(status, **headers)
    return kind(response, "no")


@pytest.mark.parametrize(
    ("foreign", "ours"),
    [
        (refused(400), Undeliverable),
        (refused(401), PlatformUnavailable),
        (refused(403), Undeliverable),
        (refused(404), Undeliverable),
        (refused(429), PlatformUnavailable),
        (refused(500), PlatformSilent),
        (refused(503), PlatformSilent),
        (discord.RateLimited(70), PlatformUnavailable),
        (RuntimeError("Session is closed"), PlatformUnavailable),
        (ConnectionResetError(104, "reset"), PlatformSilent),
        (aiohttp.ServerDisconnectedError(), PlatformSilent),
        (TimeoutError(), PlatformSilent),
    ],
)
def test_every_error_becomes_one_of_ours(foreign: Exception, ours: type[BotError]) -> None:
    with pytest.raises(BotError) as caught, discord_errors():
        raise foreign
    assert type(caught.value) is ours


async def test_a_refused_connection_was_certainly_not_used() -> None:
    with pytest.raises(PlatformUnavailable), discord_errors():
        async with aiohttp.ClientSession() as session:
            await session.get("http://127.0.0.1:1")


def test_a_429_says_how_long_to_wait() -> None:
    with pytest.raises(PlatformUnavailable) as caught, discord_errors():
        raise refused(429, **{"Retry-After": "7"})
    assert caught.value.retry_after == 7


@pytest.mark.parametrize("ref", [Ref("1", "2"), Ref("1", "2", is_original=True)])
def test_refs_are_read_as_they_were_written(ref: Ref) -> None:
    assert Ref.parse(str(ref)) == ref


async def test_previews_keep_a_pace_in_each_channel() -> None:
    pace = PreviewPace(60.0)
    await pace.wait("a")
    await pace.wait("b")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await pace.wait("a")


class DeafClient:
    """Its gateway never says goodbye; aiohttp alone would wait for it for half a minute."""

    def __init__(self) -> None:
        self.http = self
        self.closes = 0

    async def close(self) -> None:
        self.closes += 1
        if self.closes == 1:
            await asyncio.Event().wait()


async def test_a_client_whose_gateway_is_deaf_is_closed_all_the_same() -> None:
    deaf: Any = DeafClient()
    async with asyncio.timeout(PATIENCE):
        await _close(deaf, 0.01)
    assert deaf.closes == 2


class Disk(FakeMemory):
    """Others go on while it is read."""

    async def recall(self, name: str) -> str | None:
        kept = await super().recall(name)
        await asyncio.sleep(0)
        return kept


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


async def test_identifies_of_a_day_are_counted_and_bounded() -> None:
    memory, clock = FakeMemory(), Clock()
    budget = IdentifyBudget(memory, clock, gap=0.0)
    for _ in range(19):
        clock.now += DAY / 900
        await budget.spend()
    assert budget.spent == 19
    spent = [clock.now] * 900
    assert IdentifyBudget(memory, clock)._wait(spent) == DAY
    clock.now += DAY
    assert IdentifyBudget(memory, clock)._wait(spent) == 0


def test_a_bot_that_crashes_again_and_again_is_slowed_down() -> None:
    clock = Clock()
    budget = IdentifyBudget(FakeMemory(), clock, gap=5.0)
    assert budget._wait([clock.now] * 19) == 5.0
    assert budget._wait([clock.now] * 20) == DAY / 900


class SlowMemory(FakeMemory):
    """As a database: others go on while one waits for it."""

    async def recall(self, name: str) -> str | None:
        kept = await super().recall(name)
        await asyncio.sleep(0)
        return kept


async def test_processes_that_identify_at_once_are_all_counted() -> None:
    memory, clock = SlowMemory(), Clock()
    budgets = [IdentifyBudget(memory, clock, gap=0.0) for _ in range(5)]
    await asyncio.gather(*(budget.spend() for budget in budgets))
    assert sorted(budget.spent for budget in budgets) == [1, 2, 3, 4, 5]


def test_the_gap_holds_where_another_machines_clock_is_ahead() -> None:
    clock = Clock()
    budget = IdentifyBudget(FakeMemory(), clock, gap=5.0)
    assert budget._wait([clock.now + 1]) == 6.0
    assert budget._wait([clock.now + DAY]) == 0


def test_a_start_of_many_shards_is_calm() -> None:
    clock = Clock()
    budget = IdentifyBudget(FakeMemory(), clock, gap=5.0)
    assert budget._wait([clock.now] * 64, shards=64) == 5.0
    assert budget._wait([clock.now] * 192, shards=64) == DAY / 900


def test_every_shard_is_in_one_group() -> None:
    made = groups(33, 16)
    assert [str(group) for group in made] == ["0-15/33", "16-31/33", "32-32/33"]
    assert [Group.named(str(group)) for group in made] == made
    assert [one for group in made for one in group.ids] == list(range(33))


async def test_each_group_of_shards_has_its_own_signs_of_life() -> None:
    memory, clock = FakeMemory(), Clock()
    silent, lively = Cursors(memory, clock, "16-31/32"), Cursors(memory, clock)
    for cursors in (silent, lively):
        await cursors.load()
    await silent.note_life()
    clock.now += 3600
    await lively.note_life()
    again, new = Cursors(memory, clock, "16-31/32"), Cursors(memory, clock, "32-32/33")
    for cursors in (again, new):
        await cursors.load()
    assert again.floor() == snowflake(clock.now - 3600 - 600)
    assert new.floor() == snowflake(clock.now - 600)


async def test_cursors_outlive_a_process_and_never_go_back() -> None:
    memory, clock = FakeMemory(), Clock()
    cursors = Cursors(memory, clock)
    await cursors.load()
    newest = snowflake(clock.now + 60)
    await cursors.move("3", newest)
    await cursors.move("3", newest - 1)
    clock.now += 120
    later = Cursors(memory, clock)
    await later.load()
    assert await later.start_of("3") == newest
    assert await later.start_of("4") == snowflake(clock.now - 120 - 600)


async def test_nothing_older_than_six_hours_is_read() -> None:
    memory, clock = FakeMemory(), Clock()
    cursors = Cursors(memory, clock)
    await cursors.load()
    clock.now += DAY
    assert cursors.floor() == snowflake(clock.now - 6 * 3600)
    await cursors.note_life()
    assert cursors.floor() == snowflake(clock.now - 600)


async def test_a_clock_that_was_ahead_hides_nothing_that_was_said_since() -> None:
    memory, clock = FakeMemory(), Clock()
    await Cursors(memory, clock).load()
    clock.now += 3600
    await Cursors(memory, clock).note_life()
    clock.now -= 3600
    cursors = Cursors(memory, clock)
    await cursors.load()
    assert cursors.floor() == snowflake(clock.now - 600)


async def test_direct_messages_are_remembered_the_newest_first() -> None:
    memory, clock = FakeMemory(), Clock()
    cursors = Cursors(memory, clock)
    for number in [*range(120), 50]:
        await cursors.note_direct(str(number))
    later = Cursors(memory, clock)
    await later.load()
    assert later.direct()[:2] == ("50", "119")
    assert len(later.direct()) == 100


async def test_a_lane_keeps_its_order_and_survives_a_failure() -> None:
    lanes, done = Lanes(), []

    def work(number: int) -> Callable[[], Any]:
        async def work() -> None:
            await asyncio.sleep(0)
            done.append(number)
            if number == 1:
                raise ValueError

        return work

    lanes.put("a", work(0))
    lanes.reserve("a", "ticket")
    lanes.put("a", work(2))
    lanes.fill("a", "ticket", work(1))
    await lanes.settle(5)
    assert done == [0, 1, 2]


async def test_a_reserved_place_nobody_takes_holds_nobody_up() -> None:
    lanes, done = Lanes(patience=0.01), asyncio.Event()

    async def work() -> None:
        done.set()

    lanes.reserve("a", "ticket")
    lanes.put("a", work)
    await asyncio.wait_for(done.wait(), PATIENCE)
    assert lanes._reserved == {}
