"""When to try again, and when to say so and stop."""

from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import BackendUnavailable, OutcomeUnknown, RunLost, TransientError
from bot.work.retries import RetryPolicy

POLICY = RetryPolicy()


@given(st.integers(0, 10_000))
def test_a_wait_grows_up_to_the_longest_and_a_quarter_is_chance(failures: int) -> None:
    wait = POLICY.next_attempt(BackendUnavailable(), failures, 0, waited=0.0)
    longest = min(POLICY.first * 2 ** min(failures, 100), POLICY.longest)
    assert wait is not None
    assert longest * 0.75 <= wait <= longest


@given(st.floats(0, 3500), st.integers(0, 100))
def test_the_larger_is_waited_of_what_the_server_asks_for_and_our_own(
    seconds: float, failures: int
) -> None:
    error = BackendUnavailable(retry_after=seconds)
    wait = POLICY.next_attempt(error, failures, 0, waited=0.0)
    own = min(POLICY.first * 2 ** min(failures, 100), POLICY.longest)
    assert wait is not None
    assert max(seconds, own * 0.75) <= wait <= max(seconds + POLICY.first, own)


@pytest.mark.parametrize("seconds", [0.0, 0.5, 1.0])
def test_a_server_that_asks_for_hardly_a_wait_is_no_hot_loop(seconds: float) -> None:
    waits = list(_waits(BackendUnavailable(retry_after=seconds)))
    assert len(waits) < 100


def test_a_wait_is_never_negative() -> None:
    wait = POLICY.next_attempt(BackendUnavailable(retry_after=-5.0), 0, 0, waited=0.0)
    assert wait is not None
    assert wait >= 0


@pytest.mark.parametrize("retry_after", [None, 0.0, 45.0])
def test_patience_bounds_the_sum_of_the_waits(retry_after: float | None) -> None:
    waits = list(_waits(BackendUnavailable(retry_after=retry_after)))
    assert POLICY.patience - POLICY.longest < sum(waits) <= POLICY.patience + 0.001


@pytest.mark.parametrize("asked", [3600.0, 7200.0, 82721.0, 1e300])
def test_a_ban_is_waited_for_as_far_as_patience_goes_and_tried_once_more(asked: float) -> None:
    assert list(_waits(BackendUnavailable(retry_after=asked))) == [POLICY.patience]
    late = POLICY.next_attempt(BackendUnavailable(retry_after=asked), 9, 0, waited=3000.0)
    assert late == POLICY.patience - 3000.0


@pytest.mark.parametrize("error", [BackendUnavailable(), OutcomeUnknown()])
def test_an_hour_is_long_enough(error: TransientError) -> None:
    assert POLICY.next_attempt(error, 60, 0, waited=POLICY.patience - 60) is not None
    assert POLICY.next_attempt(error, 60, 0, waited=POLICY.patience) is None


def test_a_clock_that_jumps_uses_up_no_patience() -> None:
    assert POLICY.next_attempt(BackendUnavailable(), 1, 0, waited=POLICY.patience) is not None


def test_a_lost_run_is_started_once_more_and_no_more() -> None:
    assert POLICY.next_attempt(RunLost(), 0, 0, waited=0.0) is not None
    assert POLICY.next_attempt(RunLost(), 1, 1, waited=0.0) is None
    assert POLICY.next_attempt(BackendUnavailable(), 1, 1, waited=0.0) is not None


def _waits(error: TransientError) -> Iterator[float]:
    """All waits of a turn that fails for ever with the same error."""
    waited = 0.0
    for failures in count():
        wait = POLICY.next_attempt(error, failures, 0, waited)
        if wait is None:
            return
        yield wait
        waited += wait
