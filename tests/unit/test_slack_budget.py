"""The budget, by a clock that only moves when somebody sleeps."""

import asyncio
import heapq

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack.budget import Budget, Rate
from bot.core.errors import PlatformUnavailable

RATES = {"slow": Rate(60, 1), "burst": Rate(60, 5)}


class Clock:
    """Sleepers wake in order; time stands still while anybody is awake."""

    def __init__(self) -> None:
        self.now = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []
        self._count = 0

    async def sleep(self, seconds: float) -> None:
        self._count += 1
        woken = asyncio.Event()
        heapq.heappush(self._sleepers, (self.now + seconds, self._count, woken))
        await woken.wait()

    async def run(self, *tasks: asyncio.Task[None]) -> None:
        while not all(task.done() for task in tasks):
            for _ in range(5):
                await asyncio.sleep(0)
            if self._sleepers:
                self.now, _, woken = heapq.heappop(self._sleepers)
                woken.set()


def world() -> tuple[Clock, Budget]:
    clock = Clock()
    return clock, Budget(lambda: clock.now, clock.sleep, RATES)


async def calls(clock: Clock, budget: Budget, method: str, count: int) -> list[float]:
    """When so many callers who come at once get their turn."""
    times: list[float] = []

    async def one() -> None:
        await budget.take(method, "T1", "", 1000.0)
        times.append(clock.now)

    await clock.run(*[asyncio.create_task(one()) for _ in range(count)])
    return times


async def test_callers_come_one_after_the_other() -> None:
    assert await calls(*world(), "slow", 4) == [0.0, 1.0, 2.0, 3.0]


async def test_a_few_may_come_at_once() -> None:
    assert await calls(*world(), "burst", 7) == [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0]


async def test_after_a_refusal_everybody_waits_and_nobody_comes_together() -> None:
    clock, budget = world()
    budget.refused("burst", "T1", "", 30.0)
    assert await calls(clock, budget, "burst", 4) == [30.0, 31.0, 32.0, 33.0]


async def test_those_who_already_stand_in_line_wait_too() -> None:
    clock, budget = world()
    times: list[float] = []

    async def one() -> None:
        await budget.take("slow", "T1", "", 1000.0)
        times.append(clock.now)

    tasks = [asyncio.create_task(one()) for _ in range(4)]
    await asyncio.sleep(0)  # the first has called, the others have reserved their moments
    budget.refused("slow", "T1", "", 10.0)
    await clock.run(*tasks)
    assert times == [0.0, 10.0, 11.0, 12.0]


async def test_another_workspace_and_another_method_do_not_wait() -> None:
    clock, budget = world()
    budget.refused("slow", "T1", "", 30.0)
    await budget.take("slow", "T2", "", 0.0)
    await budget.take("burst", "T1", "", 0.0)
    assert clock.now == 0.0


async def test_a_channel_has_its_own_line_for_posts() -> None:
    _, budget = world()
    budget.refused("chat.postMessage", "T1", "C1", 30.0)
    await budget.take("chat.postMessage", "T1", "C2", 0.0)
    with pytest.raises(PlatformUnavailable):
        await budget.take("chat.postMessage", "T1", "C1", 0.0)


async def test_two_quiet_channels_that_are_refused_mean_the_workspace() -> None:
    _, budget = world()
    for channel in ("C1", "C2"):
        await budget.take("chat.postMessage", "T1", channel, 0.0)
        budget.refused("chat.postMessage", "T1", channel, 30.0)
    with pytest.raises(PlatformUnavailable):
        await budget.take("chat.postMessage", "T1", "C3", 0.0)
    await budget.take("chat.postMessage", "T2", "C3", 0.0)


async def test_channels_that_are_refused_a_burst_mean_themselves() -> None:
    clock, budget = world()
    for channel in ("C1", "C2"):
        for _ in range(2):
            await budget.take("chat.postMessage", "T1", channel, 0.0)
        budget.refused("chat.postMessage", "T1", channel, 30.0)
        with pytest.raises(PlatformUnavailable):
            await budget.take("chat.postMessage", "T1", channel, 0.0)
    await budget.take("chat.postMessage", "T1", "C3", 0.0)
    assert clock.now == 0.0  # it has not waited


async def test_who_was_asked_first_calls_first() -> None:
    clock, budget = world()
    called: list[float] = []

    async def one(order: float) -> None:
        await budget.take("slow", "T1", "", 1000.0, order)
        called.append(order)

    await budget.take("slow", "T1", "", 0.0)
    await clock.run(*[asyncio.create_task(one(order)) for order in (3.0, 1.0, 2.0)])
    assert called == [1.0, 2.0, 3.0]


async def test_who_gives_up_waiting_makes_room() -> None:
    clock, budget = world()
    await budget.take("slow", "T1", "", 0.0)
    first = asyncio.create_task(budget.take("slow", "T1", "", 1000.0))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert await calls(clock, budget, "slow", 2) == [1.0, 2.0]


async def test_the_pace_is_what_slack_has_taken_and_recovers() -> None:
    clock, budget = world()
    for number in range(8):  # of 60 a minute it takes one in three seconds
        clock.now = 3.0 * number
        await budget.take("slow", "T1", "", 0.0)
        budget.took("slow", "T1", "")
    budget.refused("slow", "T1", "", 24.0)
    learnt = await calls(clock, budget, "slow", 3)
    assert [round(at - learnt[0]) for at in learnt] == [0, 3, 6]
    for number in range(60):
        clock.now = 100.0 + 3.0 * number
        await budget.take("slow", "T1", "", 0.0)
        budget.took("slow", "T1", "")
    clock.now = 400.0
    assert await calls(clock, budget, "slow", 3) == [400.0, 401.0, 402.0]


async def test_who_has_no_patience_is_told_when_to_come_back() -> None:
    _, budget = world()
    budget.refused("slow", "T1", "", 30.0)
    assert not budget.is_free("slow", "T1")
    with pytest.raises(PlatformUnavailable) as refused:
        await budget.take("slow", "T1", "", 5.0)
    assert refused.value.retry_after == 30.0


async def test_only_lines_that_somebody_stands_in_are_kept() -> None:
    clock, budget = world()
    budget.refused("chat.postMessage", "T1", "C0", 9000.0)
    for number in range(1, 3000):
        clock.now = 2.0 * number
        await budget.take("chat.postMessage", "T1", f"C{number}", 0.0)
    assert len(budget._queues) < 1100
    with pytest.raises(PlatformUnavailable):
        await budget.take("chat.postMessage", "T1", "C0", 0.0)


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(0, 20))
async def test_no_ten_seconds_see_more_calls_than_the_rate_and_the_burst(
    count: int, wait: int
) -> None:
    clock, budget = world()
    if wait:
        budget.refused("burst", "T1", "", float(wait))
    times = await calls(clock, budget, "burst", count)
    for start in times:
        assert sum(start <= at < start + 10.0 for at in times) <= 10 + 5
