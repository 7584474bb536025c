"""The digest of a course, daily or weekly, and the reports and tables made of it.

A digest is made once, of a time that is over, and kept as it was told: what is deleted later
changes no number in it, and no two of them tell of the same question.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from bot.classroom.board import StaffBoard
from bot.classroom.register import Register
from bot.core.courses import Course
from bot.core.digests import Digest, Theme, memo_of, written
from bot.core.ports.clock import Clock
from bot.core.ports.storage import Storage
from bot.rules.sayable import in_small_letters, sayable
from bot.rules.themes import candidates, digest_of
from bot.words import say

_MOST = 200  # that are kept
_NONE = "There is no report yet: the first is made when the first {period} is over."
_OFF = "Reports are off: `/class digest weekly` has them made."
_COLUMNS = ("from", "to", "what", "people", "without an answer", "thumbs down")


class Digests:
    def __init__(
        self, storage: Storage, register: Register, board: StaffBoard, clock: Clock
    ) -> None:
        self._storage = storage
        self._register = register
        self._board = board
        self._clock = clock
        self._told: dict[int, float] = {}  # by course: until when

    async def tell_due(self) -> None:
        """To the staff of each course, once: also where a process died before it had told it."""
        for course in await self._register.open():
            until = _begin_of(course, self._clock())
            if not course.plan.digest_days or self._told.get(course.id) == until:
                continue
            digest = await self._made(course, until)
            if digest.people != "none":
                name = f"digest/{course.id}/{digest.until:.0f}"
                await self._board.tell(course, name, partial(_shown, digest, course))
            self._told[course.id] = until

    async def report(self, course: Course, words: str) -> str:
        """The last one that is over, or a table of all of them."""
        if not course.plan.digest_days:
            return _OFF
        await self._made(course, _begin_of(course, self._clock()))
        digests = [one for one in await self._kept(course) if one.people != "none"]
        if not digests:
            return say(_NONE, period=say("day" if course.plan.digest_days == 1 else "week"))
        if words == "csv":
            return f"```csv\n{_table(digests, course)}```"
        return say(
            "{shown}\n\n`/class report csv` has all of them as a table.",
            shown=_shown(digests[-1], course),
        )

    async def purge(self, course: Course, before: float) -> None:
        """What is older than it is to be kept."""
        known = await self._storage.memos.recall(memo_of(course.id)) or ""
        left = [one for one in Digest.read(known) if one.until >= before]
        await self._storage.memos.replace(memo_of(course.id), known, written(left))

    async def _made(self, course: Course, until: float) -> Digest:
        """The one that ends then, or the last if that is later; made by whoever is first."""
        while True:
            known = await self._storage.memos.recall(memo_of(course.id)) or ""
            digests = [*Digest.read(known)]
            if digests and digests[-1].until >= until:
                return digests[-1]
            since = digests[-1].until if digests else _before(course, until)
            made = await self._make(course, since, until)
            kept = written([*digests, made][-_MOST:])
            await self._storage.memos.replace(memo_of(course.id), known, kept)

    async def _make(self, course: Course, since: float, until: float) -> Digest:
        looks = self._storage.looks
        askings = await looks.asked_in(course.id, since, until)
        titles = [one.name for one in course.plan.assignments]
        names = await looks.names()
        said, unknown = sayable(candidates(askings), titles, names)
        said |= await self._in_material(course, unknown)
        return digest_of(askings, said, since, until)

    async def _in_material(self, course: Course, words: set[str]) -> set[str]:
        found: set[str] = set()
        materials = self._storage.materials
        for document in await materials.documents():
            if words == found:
                break
            if not any(_are_near(document.scope, scope) for scope in course.scopes):
                continue
            for passage in await materials.passages(document.id):
                found |= words & in_small_letters(f"{passage.heading} {passage.text}")
        return found

    async def _kept(self, course: Course) -> Sequence[Digest]:
        return [*Digest.read(await self._storage.memos.recall(memo_of(course.id)) or "")]


def _are_near(scope: str, other: str) -> bool:
    """Whether one is the other, or lies in it."""
    return f"{scope}:".startswith(f"{other}:") or f"{other}:".startswith(f"{scope}:")


def _begin_of(course: Course, now: float) -> float:
    """When the day or week began that it is in the course's zone."""
    local = datetime.fromtimestamp(now, ZoneInfo(course.zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    is_weekly = course.plan.digest_days > 1
    return (midnight - timedelta(days=midnight.weekday() if is_weekly else 0)).timestamp()


def _before(course: Course, until: float) -> float:
    local = datetime.fromtimestamp(until, ZoneInfo(course.zone))
    return (local - timedelta(days=course.plan.digest_days)).timestamp()


def _shown(digest: Digest, course: Course) -> str:
    since, until = _day(digest.since, course), _day(digest.until, course)
    head = say(
        "**{name}**, {since} to {until}: asked by {people} people, {questions} questions. Without "
        "an answer: {unanswered}; 👎: {bad} (people).",
        name=course.name,
        since=since,
        until=until,
        people=say(digest.people),
        questions=say(digest.questions),
        unanswered=say(digest.unanswered),
        bad=say(digest.bad),
    )
    return "\n".join([head, *(_line(theme) for theme in digest.themes)])


def _line(theme: Theme) -> str:
    words = ", ".join(theme.words)
    return say(
        "- {words}: {people} people; without an answer: {unanswered}; 👎: {bad}",
        words=words,
        people=say(theme.people),
        unanswered=say(theme.unanswered),
        bad=say(theme.bad),
    )


def _table(digests: Sequence[Digest], course: Course) -> str:
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for digest in digests:
        writer.writerows(_rows(digest, course))
    return table.getvalue()


def _rows(digest: Digest, course: Course) -> Iterator[Sequence[str]]:
    span = (_day(digest.since, course), _day(digest.until, course))
    yield (*span, "all", digest.people, digest.unanswered, digest.bad)
    for theme in digest.themes:
        yield (*span, " ".join(theme.words), theme.people, theme.unanswered, theme.bad)


def _day(at: float, course: Course) -> str:
    return f"{datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(course.zone)):%Y-%m-%d}"
