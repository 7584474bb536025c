"""Office hours: the line of those who wait for a person, and the breaks in which nobody comes."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.classroom.board import StaffBoard
from bot.classroom.register import Register
from bot.classroom.steps import reply_to
from bot.core.answers import Answer, Kind
from bot.core.cards import Card, Matter, Stand
from bot.core.courses import Course
from bot.core.ports.clock import Clock
from bot.core.ports.storage import Storage
from bot.core.text import plural
from bot.rules.hours import Attendance, moment, read_hours
from bot.words import day, say, speaking

_BREAK = "The staff have a break until {until}. You keep your place: {place}."
_TO_STAFF = "A break until {until}: {waiting} in line, and all of them are told."


def now_of(course: Course, clock: Clock) -> Attendance | None:
    """How it is with the staff's hours now, where they can be read."""
    now = datetime.fromtimestamp(clock(), UTC).astimezone(ZoneInfo(course.zone))
    return moment(read_hours(course.plan.hours), now)


def told_of(course: Course, clock: Clock) -> str:
    """What a student hears of them as she gets in line; empty where there are none."""
    hours, now = course.plan.hours, now_of(course, clock)
    words = say(" They answer {hours}.", hours=hours) if hours else ""
    if now is None:
        return words
    until = f"{now.until:%H:%M}"
    if now.is_open:
        return words + say(" They are there until {until}.", until=until)
    if now.is_break:
        return words + say(" They have a break until {until}.", until=until)
    return words + say(
        " They are there again on {day} at {until}.", day=day(now.until), until=until
    )


class OfficeHours:
    def __init__(
        self, storage: Storage, register: Register, board: StaffBoard, clock: Clock
    ) -> None:
        self._storage = storage
        self._register = register
        self._board = board
        self._clock = clock
        self._announced: dict[int, datetime] = {}  # by course: the end of the last break

    async def look(self) -> None:
        """A round: as a break begins, all who wait are told once, and so are the staff."""
        for course in await self._register.open():
            now = now_of(course, self._clock)
            is_new = now is not None and self._announced.get(course.id) != now.until
            if now is None or not now.is_break or not is_new:
                continue
            await self._announce(course, now.until)
            self._announced[course.id] = now.until

    async def _announce(self, course: Course, until: datetime) -> None:
        line = await self._board.cards.waiting(course.id, Matter.HUMAN)
        waiting = [card for card in line if card.stand is Stand.OPEN]
        if not waiting:
            return
        for place, card in enumerate(waiting, 1):
            await self._tell(card, place, until)

        def words() -> str:
            count = plural(len(waiting), "question")
            return say(_TO_STAFF, until=f"{until:%H:%M}", waiting=count)

        await self._board.tell(course, f"break/{course.id}/{until.timestamp():.0f}", words)

    async def _tell(self, card: Card, place: int, until: datetime) -> None:
        question = await self._storage.turns.message(card.about)
        if question is None or not self._board.knows(question):
            return
        name = f"break/{card.id}.{until.timestamp():.0f}"
        with speaking(await self._board.language(question)):
            words = say(_BREAK, until=f"{until:%H:%M}", place=place)
        told = reply_to(question, name, replace(question, sent_at=None))
        await self._board.give(told, Answer(words, Kind.NOTICE))
