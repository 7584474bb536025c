"""When a class asks: weeks with deadlines, evenings, and the hour before hand-in."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import groupby

START = datetime(2035, 9, 3, tzinfo=UTC).timestamp()  # a Monday, long after today
DAY, HOUR = 86_400.0, 3600.0
WEEKS = 16
_WEEK = 7 * DAY
_DEADLINES = frozenset({2, 4, 7, 9, 12, 14})
_BUSY = 3.0  # times as much is asked in the week of a deadline
_LAST_HOUR = 0.1  # of such a week's questions are asked in the hour before it
_DEADLINE_AT = 6 * DAY + 22 * HOUR  # of its week: Sunday, the hour from ten
_HOURS = (4, 3, 2, 1, 1, 1, 2, 3, 5, 7, 8, 8, 7, 8, 9, 9, 10, 11, 12, 15, 16, 16, 14, 9)
_SPREAD = 0.94  # of a log-normal whose 95th percentile is five times the median


class Deed(StrEnum):
    """How somebody asks."""

    PLAIN = "plain"
    PUSH = "push"  # for the code
    FOLLOW = "follow-up"
    AGAIN = "regenerate"
    HUMAN = "ask a human"


_SHARES = {Deed.PLAIN: 62, Deed.PUSH: 15, Deed.FOLLOW: 10, Deed.AGAIN: 8, Deed.HUMAN: 5}


class Kind(StrEnum):
    """What a scene is."""

    DAY = "day"
    PEAK = "peak"  # the hour before a deadline
    EXAM = "exam"
    COMPARE = "compare"  # as many asks in the course as outside of it
    END = "end"


@dataclass(frozen=True)
class Saying:
    student: int
    deed: Deed


@dataclass(frozen=True)
class Scene:
    """Up to a few hours; `at` by the term's clock."""

    at: float
    kind: Kind
    sayings: Sequence[Saying] = ()
    is_killed: bool = False


@dataclass(frozen=True)
class Plan:
    seed: int
    questions: int = 8000
    students: int = 200
    compared: int = 10  # pairs of scenes
    block: float = 12 * HOUR  # of a scene
    kill_every: int = 250  # questions


def quick(seed: int) -> Plan:
    """One for every day."""
    return Plan(seed, questions=120, students=18, compared=1, block=_WEEK, kill_every=80)


def timetable(plan: Plan) -> list[Scene]:
    """All but exams and comparisons, in order; the same for a seed."""
    choice = random.Random(plan.seed)  # noqa: S311
    activity = [choice.lognormvariate(0.0, _SPREAD) for _ in range(plan.students)]
    who = choice.choices(range(plan.students), activity, k=plan.questions)
    deeds = choice.choices([*_SHARES], [*_SHARES.values()], k=plan.questions)
    times = sorted(_moment(choice) for _ in range(plan.questions))
    said = [(at, Saying(*one)) for at, one in zip(times, zip(who, deeds, strict=True), strict=True)]
    return [*_scenes(plan, said)]


def _moment(choice: random.Random) -> float:
    weights = [_BUSY if week in _DEADLINES else 1.0 for week in range(WEEKS)]
    [week] = choice.choices(range(WEEKS), weights)
    begins = START + week * _WEEK
    if week in _DEADLINES and choice.random() < _LAST_HOUR:
        return begins + _DEADLINE_AT + choice.random() * HOUR
    [hour] = choice.choices(range(24), _HOURS)
    return begins + choice.randrange(7) * DAY + (hour + choice.random()) * HOUR


def _scenes(plan: Plan, said: Sequence[tuple[float, Saying]]) -> Iterator[Scene]:
    count = 0
    for (_, is_peak), group in groupby(said, key=lambda one: _part(plan, one[0])):
        ones = [*group]
        kind = Kind.PEAK if is_peak else Kind.DAY
        before, count = count, count + len(ones)
        is_killed = before // plan.kill_every != count // plan.kill_every
        yield Scene(ones[0][0], kind, [saying for _, saying in ones], is_killed)


def _part(plan: Plan, at: float) -> tuple[int, bool]:
    week, into = divmod(at - START, _WEEK)
    is_peak = week in _DEADLINES and _DEADLINE_AT <= into < _DEADLINE_AT + HOUR
    return int((at - START) // plan.block), is_peak
