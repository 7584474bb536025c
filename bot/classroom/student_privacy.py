"""What a student is told of what her courses keep of her, and who has seen words of hers."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from bot.classroom.closing import day_of
from bot.classroom.people import Roll
from bot.core.cards import Card, Matter
from bot.core.courses import Course, Member
from bot.core.messages import Message
from bot.core.ports.storage import Storage
from bot.words import say

_MOST_LINES = 20
_KEPT = "In {course} what you ask is kept for {days} days."
_ENDS = "All that {course} keeps of you is deleted on {day}."
_TAKEN = "You shared something with the staff of {course} on {at}; {name} has taken it."
_SHARED = "You shared something with the staff of {course} on {at}."
_DRAFTED = "Staff of {course} could read an answer to you before you did, on {at}."
_NOBODY = "You have shared nothing with the staff of a course."


class StudentPrivacy:
    def __init__(self, storage: Storage, roll: Roll) -> None:
        self._courses = storage.courses
        self._cards = storage.cards
        self._ladders = storage.ladders
        self._roll = roll

    async def kept(self, message: Message) -> Sequence[str]:
        """How long, wherever she asks that."""
        courses = [one.course for one in await self._roll.everywhere(message)]
        return [line for course in courses for line in _kept(course)]

    async def seen(self, message: Message) -> Sequence[str]:
        """Which words of hers staff could see: for her eyes alone."""
        cards = await self._cards.of(self._roll.person(message))
        courses = await self._named()
        shown = (_seen(card, courses) for card in cards[-_MOST_LINES:])
        return [*filter(None, shown)] or [say(_NOBODY)]

    async def record(self, message: Message) -> str:
        """For her export: all that courses keep of her besides what she asked."""
        person, courses = self._roll.person(message), await self._named()
        members = await self._courses.of_person(person)
        steps = await self._ladders.of_person(person)
        cards = await self._cards.of(person)
        lines = [
            *(f"- {courses.get(one.course, '')}: {_told(one)}" for one in members),
            *(f"- {_moment(one.at)} {one.subject}: {one.level}, {one.why}" for one in steps),
            *(
                f"- {_moment(one.created_at)} #{one.id} {one.matter}, {one.stand}: {one.words}"
                for one in cards
            ),
        ]
        return "\n".join([say("Kept about you in courses:"), *lines]) if lines else ""

    async def _named(self) -> Mapping[int, str]:
        return {one.id: one.name for one in await self._roll.register.all()}


def _kept(course: Course) -> Iterator[str]:
    yield say(_KEPT, course=course.name, days=course.plan.keep)
    if course.plan.ends_at:
        yield say(_ENDS, course=course.name, day=day_of(course, course.plan.ends_at))


def _seen(card: Card, courses: Mapping[int, str]) -> str:
    """Of an alert `Safety` tells."""
    where = {"course": courses.get(card.course, ""), "at": _moment(card.created_at)}
    match card.matter:
        case Matter.HUMAN if card.holder_name:
            return say(_TAKEN, name=card.holder_name, **where)
        case Matter.HUMAN:
            return say(_SHARED, **where)
        case Matter.DRAFT:
            return say(_DRAFTED, **where)
    return ""


def _told(member: Member) -> str:
    """As a record: names of fields, and values."""
    said = {
        "role": member.role,
        "told": member.told_at and _moment(member.told_at),
        "agrees": member.agrees,
        "decided": member.agreed_at and _moment(member.agreed_at),
        "of age": member.is_of_age,
        "assignment": member.assignment or None,
    }
    return ", ".join(f"{name} {value}" for name, value in said.items() if value is not None)


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"
