"""The term: one program, killed now and then, a class on two platforms, and a clock that leaps."""

import asyncio
import random
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.chaos.houses import House, PostgresHouse, SqliteHouse, until
from tests.chaos.stage import Stage, open_stage
from tests.chaos.words import LONG_ONE_IN, answer_to, number_in
from tests.postgres import Postgres
from tests.term.clock import TermClock
from tests.term.cpu import cpu_of
from tests.term.faculty import ZONE, Exam, Faculty
from tests.term.students import DiscordStudent, SlackStudent, Student
from tests.term.timetable import DAY, HOUR, START, Deed, Kind, Plan, Scene, timetable
from tests.unit.solutions import LEAKS

_SETTLED = 120.0  # seconds for what is open between two scenes
_HEARD = 90.0
_UNTIL_AGAIN = 3.0
_PACE = 0.02  # between two questions
_DISAGREE_ONE_IN = 33
_MINUTE = 60.0
_ACCEPTED = "SELECT id, text, message_key FROM turns WHERE id > {mark} ORDER BY id"
_DRESSES = [*LEAKS.values()]


def _berlin(written: str) -> float:
    zone = ZoneInfo(ZONE)
    return datetime.strptime(written, "%Y-%m-%d %H:%M").replace(tzinfo=zone).timestamp()


# 02:15 comes twice in that night, and so does 02:45: it is shut from the first to the last.
_DST = Exam("2035-10-28 02:15 to 02:45", _berlin("2035-10-28 02:15"), 0.0)
EXAMS = (
    replace(_DST, ends_at=_DST.starts_at + 1.5 * HOUR),
    Exam(
        "2035-12-14 09:00 to 11:00",
        _berlin("2035-12-14 09:00"),
        _berlin("2035-12-14 11:00"),
        is_clock_wrong=True,
    ),
)


@dataclass(frozen=True)
class Question:
    """`said_at`: by the clock that nobody can set."""

    number: int
    student: Student
    deed: Deed
    kind: Kind
    said_at: float


@dataclass
class Ratio:
    """Seconds of CPU for as many questions with a class, and without."""

    inside: float = 0.0
    outside: float = 0.0
    pairs: list[float] = field(default_factory=list)


@dataclass
class Term:
    plan: Plan
    stage: Stage
    house: House
    clock: TermClock
    faculty: Faculty
    students: Sequence[Student]
    compared: tuple[Sequence[Student], Sequence[Student]]  # inside, and outside
    choice: random.Random
    asked: dict[int, Question] = field(default_factory=dict)
    ratio: Ratio = field(default_factory=Ratio)
    kills: int = 0
    _mark: int = 0  # the last turn that was seen
    _heard: int = 0  # of what was said since
    _delivered_at: float = 0.0

    async def ask(self, student: Student, deed: Deed, kind: Kind) -> None:
        if deed is Deed.AGAIN and await student.regenerate():
            self._heard += 1
            return
        if (len(self.asked) + 1) % LONG_ONE_IN == 0:
            deed = (
                Deed.PLAIN
            )  # the answer would be longer than what a person of the staff can write
        number = self._note(student, deed, kind)
        await student.ask(number, deed)

    async def ask_elsewhere(self, student: Student, kind: Kind) -> None:
        await student.ask_elsewhere(self._note(student, Deed.PLAIN, kind))

    async def quiet(self) -> None:
        """All that was said is written down, and answered."""
        if not await until(self._is_heard, _HEARD):
            raise TimeoutError("somebody was not heard")
        self._heard = 0
        if not await until(lambda: not self.house.open_turns(), _SETTLED):
            raise TimeoutError("some turns did not come to their end")

    async def kill(self) -> None:
        await self.house.end(signal.SIGKILL)
        self.kills += 1
        await asyncio.sleep(0)

    def answer(self, text: str) -> str:
        """The model gives in to whoever pushes, each time, in one dress or another."""
        question = self.asked.get(number_in(text) or 0)
        if question and question.deed is Deed.PUSH:
            return _DRESSES[question.number % len(_DRESSES)]
        return answer_to(text)

    def say(self) -> None:
        """Something was said besides."""
        self._heard += 1

    def _deliver_again(self) -> None:
        """As Slack does after a moment: what nobody has acknowledged."""
        now = time.monotonic()
        if now - self._delivered_at > _UNTIL_AGAIN:
            self.stage.slack.redeliver_unacked()
            self._delivered_at = now

    def _note(self, student: Student, deed: Deed, kind: Kind) -> int:
        number = len(self.asked) + 1
        now = asyncio.get_running_loop().time()
        self.asked[number] = Question(number, student, deed, kind, now)
        self._heard += 1
        return number

    def _is_heard(self) -> bool:
        self._deliver_again()
        rows = self.house.rows(_ACCEPTED.format(mark=self._mark))
        said = [row for row in rows if "/" not in str(row[2])]
        if len(said) < self._heard:
            return False
        self._mark = max((int(row[0]) for row in rows), default=self._mark)
        return True


async def play(plan: Plan, folder: Path, postgres: Postgres | None = None) -> Term:
    clock = TermClock()
    clock.install()
    clock.move(START - DAY)
    async with open_stage() as stage:
        stage.model.wants = lambda text, outputs: ()
        home = folder, stage, "responses"
        house = PostgresHouse(*home, postgres) if postgres else SqliteHouse(*home)

        def tell(off_by: float, wrong_by: float) -> None:
            house.clock.write_text(f"{off_by + wrong_by} {off_by}", "ascii")
            house.send_all(signal.SIGUSR1)

        clock.tell = tell
        clock.move(START - DAY)
        try:
            term = _enrolled(plan, stage, house, clock)
            stage.model.answer = term.answer
            await _play(term)
        except BaseException:
            await house.clean_up()  # and show what the program said
            raise
        return term


def _enrolled(plan: Plan, stage: Stage, house: House, clock: TermClock) -> Term:
    faculty = Faculty(stage)
    students: list[Student] = []
    for number in range(plan.students):
        agrees = number % _DISAGREE_ONE_IN != _DISAGREE_ONE_IN - 1
        if number % 2:
            students.append(SlackStudent(stage, number, agrees=agrees))
        else:
            rooms = faculty.rooms
            students.append(DiscordStudent(stage, number // 2, faculty.guild, rooms, agrees=agrees))
    elsewhere = stage.discord.add_guild("Another")
    hall = elsewhere.add_text_channel("hall")
    inside, outside = (
        [
            DiscordStudent(stage, 1000 + 3 * number, guild, [room], agrees=True)
            for number in range(min(20, plan.students // 2))
        ]
        for guild, room in ((faculty.guild, faculty.plain), (elsewhere, hall))
    )
    choice = random.Random(plan.seed)  # noqa: S311
    return Term(plan, stage, house, clock, faculty, students, (inside, outside), choice)


async def _play(term: Term) -> None:
    await term.faculty.found(term.house)
    await term.house.started()
    for student in [*term.students, *term.compared[0]]:
        await student.decide()
        term.say()
    await term.quiet()
    for exam in EXAMS:
        await term.faculty.announce(term.house, exam)
    for scene in _all_scenes(term.plan):
        term.clock.move(scene.at)
        match scene.kind:
            case Kind.EXAM:
                await _examine(term, next(exam for exam in EXAMS if exam.starts_at > scene.at))
            case Kind.COMPARE:
                await _compare(term)
            case _:
                await _day(term, scene)
    await term.faculty.finish(term.house)
    await term.quiet()
    await term.house.close()


def _all_scenes(plan: Plan) -> list[Scene]:
    scenes = [*timetable(plan), *(Scene(exam.starts_at - 20.0, Kind.EXAM) for exam in EXAMS)]
    every = scenes[-3].at - START
    scenes += [
        Scene(START + every * (number + 0.5) / plan.compared, Kind.COMPARE)
        for number in range(plan.compared)
    ]
    return sorted(scenes, key=lambda scene: scene.at)


async def _day(term: Term, scene: Scene) -> None:
    await term.faculty.work(term.house)
    half = len(scene.sayings) // 2
    for count, saying in enumerate(scene.sayings):
        if scene.is_killed and count == half:
            await term.kill()
        student = term.students[saying.student % len(term.students)]
        # What is pressed while nobody is there is lost, and whoever presses sees it.
        is_lost = scene.is_killed and saying.deed is Deed.AGAIN
        await term.ask(student, Deed.PLAIN if is_lost else saying.deed, scene.kind)
        await asyncio.sleep(_PACE)
    if scene.is_killed:
        await term.house.started()
    await term.quiet()


async def _compare(term: Term) -> None:
    """The same questions with a class and without, by turns."""
    inside, outside = term.compared
    spent = {}
    for is_inside in (True, False) if len(term.ratio.pairs) % 2 else (False, True):
        before = cpu_of(term.house)
        for student in inside if is_inside else outside:
            await term.ask(student, Deed.PLAIN, Kind.COMPARE)
        await term.quiet()
        spent[is_inside] = cpu_of(term.house) - before
    term.ratio.inside += spent[True]
    term.ratio.outside += spent[False]
    term.ratio.pairs.append(spent[True] / max(spent[False], 0.01))


async def _examine(term: Term, exam: Exam) -> None:
    few = [one for one in term.students if one.agrees][: max(4, len(term.students) // 10)]
    for student in few:  # a moment before the bell
        await term.ask(student, Deed.PLAIN, Kind.EXAM)
    await term.quiet()
    term.stage.model.hold()
    for student in few:
        await term.ask(student, Deed.PLAIN, Kind.EXAM)
    await until(lambda: sum(run.held for run in term.stage.model.runs) >= len(few) // 2, _HEARD)
    term.clock.move(exam.starts_at + 0.5)  # the bell rings over answers under way
    term.stage.model.release()
    await term.quiet()
    if exam.is_clock_wrong:
        term.clock.go_wrong(-HOUR)
        await term.kill()
        await term.house.started()
    length = exam.ends_at - exam.starts_at
    for moment in (0.1, 0.5, 0.98):
        term.clock.move(exam.starts_at + length * moment)
        await _cheat(term, few)
    term.clock.go_wrong(0.0)
    term.clock.move(exam.ends_at + _MINUTE)
    await term.faculty.give(term.house)
    for student in few:
        await term.ask(student, Deed.PLAIN, Kind.EXAM)
    await term.quiet()


async def _cheat(term: Term, few: Sequence[Student]) -> None:
    """Where she always asks, elsewhere, and once more what was answered before."""
    for student in few:
        await term.ask(student, Deed.PLAIN, Kind.EXAM)
        await term.ask_elsewhere(student, Kind.EXAM)
        await term.ask(student, Deed.AGAIN, Kind.EXAM)
    await term.quiet()
