"""What every storage keeps its word on about days that are summed up: the sums are the same."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.core.answers import Answer, Usage
from bot.core.erasures import Erasure
from bot.core.ports.storage import Used
from bot.core.ports.views import Dimension
from bot.core.summaries import SUM_UP
from storage.days import SqlDays
from storage.store import Store
from tests.contract.talk import ADA, BOB, ELSEWHERE, KEY, claim, say

DAY = 86_400.0
TODAY = 20_000 * DAY + 5 * 3600
Sums = Mapping[tuple[str, str | None, str | None, Used], int]


async def ask(store: Store, number: int, at: float) -> None:
    question = say(f"q{number}", ELSEWHERE if number % 3 else KEY)
    author = BOB if number % 2 else ADA
    is_summary = number % 7 == 6
    question = replace(question, author=author, command=SUM_UP if is_summary else None)
    receipt = await store.storage.turns.add(question, at - (2 * DAY if is_summary else 0))
    turn = await claim(store.storage, receipt.conversation_id, at)
    usage = Usage(90_000 * (number % 3) + number, 0, number, number) if number % 5 else None
    answer = Answer("a", model=f"m{number % 2}", usage=usage)
    ended = turn.asked("Tutor", "chat").answered(answer, at).delivered(at)
    await store.storage.turns.save(ended)


@pytest.fixture
async def days(store: Store) -> SqlDays:
    """Sixty questions on twenty days, at midnight as well."""
    for number in range(60):
        await ask(store, number, TODAY - number * DAY / 3 - (5 * 3600 if number % 4 else 0))
    return SqlDays(store.database, lambda: TODAY)


async def sums(days: SqlDays, by: Dimension, since: float) -> Sums:
    records = await days.spending(since, by)
    found = Counter((one.name, one.backend, one.model, one.used) for one in records)
    assert set(found.values()) <= {1} or by is Dimension.CHANNEL
    return found


async def all_sums(days: SqlDays) -> Mapping[tuple[Dimension, float], Sums]:
    spans = (0.0, TODAY - 10.5 * DAY, 19_990 * DAY, TODAY - DAY / 2, TODAY + 1)
    return {(by, since): await sums(days, by, since) for by in Dimension for since in spans}


async def test_days_that_are_summed_up_say_what_their_turns_say(days: SqlDays) -> None:
    plain = await all_sums(days)
    assert await days.fill() > 15
    assert await all_sums(days) == plain
    assert await days.fill() == 0


async def test_a_day_that_has_changed_is_summed_up_anew(days: SqlDays, store: Store) -> None:
    await days.fill()
    await ask(store, 100, TODAY - 7 * DAY)
    plain = await all_sums(days)
    assert await days.fill() == 1
    assert await all_sums(days) == plain


@pytest.mark.parametrize("far", [3 * DAY, 30 * DAY])
async def test_what_is_purged_is_counted_no_more(days: SqlDays, store: Store, far: float) -> None:
    await days.fill()
    await store.storage.people.purge("test", [], TODAY - far)
    plain = await all_sums(days)
    await days.fill()
    assert await all_sums(days) == plain


async def test_a_person_who_is_erased_is_in_no_day(days: SqlDays, store: Store) -> None:
    await days.fill()
    erasure = Erasure("test:class", ADA.id, (ADA.name,), 10**6, TODAY)
    await store.storage.people.erase(erasure, "pseudonym", TODAY)
    for is_filled in (False, True):
        if is_filled:
            await days.fill()
        kept = await store.database.fetch("SELECT name, author_name, key FROM spendings", {})
        told = str([dict(row) for row in kept]) + str(await days.spending(0.0, Dimension.PERSON))
        assert ADA.name not in told
        assert f"'{ADA.id}'" not in told
    assert await sums(days, Dimension.PERSON, 0.0)
