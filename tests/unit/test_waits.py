"""Waiting is counted by a clock that cannot be set."""

from bot.work.waits import Waits

HERE = 1


class Times:
    """The clock of the machine, and one that nobody can set."""

    def __init__(self) -> None:
        self.clock = 1000.0
        self.steady = 5.0
        self.waits = Waits(lambda: self.clock, lambda: self.steady)

    def pass_by(self, seconds: float) -> None:
        self.clock += seconds
        self.steady += seconds

    @property
    def now(self) -> float:
        return self.waits.now(HERE)


def test_without_a_wait_it_is_what_the_clock_says() -> None:
    times = Times()
    assert times.now == times.clock
    times.waits.noted(HERE, None)
    assert times.now == times.clock


def test_who_waits_is_due_when_the_wait_is_over_and_not_before() -> None:
    times = Times()
    times.waits.noted(HERE, times.clock + 10)
    times.pass_by(9)
    assert times.now < 1010
    times.pass_by(1)
    assert times.now >= 1010


def test_a_clock_that_is_set_back_keeps_nobody_waiting() -> None:
    times = Times()
    due_at = times.clock + 10
    times.waits.noted(HERE, due_at)
    times.clock -= 3600
    times.waits.noted(HERE, due_at)  # looked at again, which changes nothing
    times.pass_by(10)
    assert times.now >= due_at


def test_what_an_earlier_process_let_wait_is_tried_at_once() -> None:
    times = Times()
    times.waits.forgive(HERE)
    assert times.now > times.clock + 10**6
    times.waits.noted(HERE, times.clock + 10)
    assert times.now == times.clock
