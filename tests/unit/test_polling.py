"""How often the runs at the model's server are looked at."""

from itertools import islice

from bot.backends.polling import PollPace


def test_a_run_of_ten_seconds_is_polled_at_most_twelve_times() -> None:
    waits, waited, polls = PollPace().waits(), 0.0, 0
    while waited < 10:
        waited += next(waits)
        polls += 1
    assert polls <= 12


def test_very_many_runs_are_polled_no_oftener_than_one_core_can_bear() -> None:
    pace = PollPace(most=300)
    runs = [pace.waits() for _ in range(9000)]
    for waits in runs:
        next(waits)
    assert all(next(waits) > 25 for waits in runs)


def test_runs_that_have_ended_slow_nobody_down() -> None:
    pace = PollPace()
    for waits in [pace.waits() for _ in range(9000)]:
        next(waits)
    del waits
    assert max(islice(pace.waits(), 20)) <= 2
