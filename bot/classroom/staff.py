"""What the staff of a course do for its students: `/staff` and what stands behind it."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from bot.classroom.hearts import HeartBox
from bot.classroom.people import Enrolment, Roll
from bot.core.controls import read_filled
from bot.core.courses import AuditLine
from bot.core.errors import InvalidSetting, NotAllowed
from bot.core.messages import Message
from bot.core.ports.clock import Clock
from bot.core.ports.storage import Courses
from bot.core.standing import Standing
from bot.rules.courses import read_who
from bot.rules.may import Action, Deed, may

_GIFT = re.compile(r"(?P<who>.+?)\s+(?P<count>\d{1,3})")
_FOR_STAFF = "Only the staff of a course can do that."


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody of the staff wants done."""

    message: Message
    words: str  # after the verb
    filled: Mapping[str, str]  # in a form
    by: Enrolment


class StaffDesk:
    def __init__(self, roll: Roll, courses: Courses, hearts: HeartBox, clock: Clock) -> None:
        self._roll = roll
        self._courses = courses
        self._hearts = hearts
        self._clock = clock
        self._acts: dict[str, Callable[[Request], Awaitable[str]]] = {"hearts": self._give_hearts}

    async def said(self, message: Message) -> str:
        """The answer to `/staff …`. Raises a Refusal."""
        by = await self._roll.attending(message)
        if by is None or not may(Standing(), Deed(action=Action.ASSIST, role=by.role)):
            raise NotAllowed(f"{message.author.id} is not of the staff", notice=_FOR_STAFF)
        line, filled = read_filled(message.text)
        verb, _, words = line.strip().partition(" ")
        act = self._acts.get(verb)
        if act is None:
            raise InvalidSetting(notice=self._ways())
        return await act(Request(message=message, words=words.strip(), filled=filled, by=by))

    async def _give_hearts(self, request: Request) -> str:
        """`hearts @somebody 3`."""
        found = _GIFT.fullmatch(request.words)
        named = read_who(found["who"], request.message.key.platform) if found else ()
        if found is None or len(named) != 1 or ":user:" not in named[0]:
            raise InvalidSetting(notice="Write it like this: /staff hearts @somebody 3")
        author = replace(request.message.author, id=named[0].rpartition(":user:")[2])
        theirs = await self._roll.enrolment(
            request.by.course, replace(request.message, author=author)
        )
        if theirs is None:
            raise InvalidSetting(notice="I do not know them in this course.")
        left = await self._hearts.give(theirs, int(found["count"]))
        await self._note(request, "hearts", theirs.person, found["count"])
        return f"Given. They have {left} now."

    async def _note(self, request: Request, verb: str, subject: str, became: str = "") -> None:
        line = AuditLine(
            course=request.by.course.id,
            at=self._clock(),
            who=request.by.person,
            verb=verb,
            subject=subject,
            became=became,
        )
        await self._courses.note(line)

    def _ways(self) -> str:
        known = ", ".join(f"`{verb}`" for verb in self._acts)
        return f"`/staff` is followed by one of {known}."
