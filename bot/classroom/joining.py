"""A course on two platforms: a teacher's code on one, entered on the other by who runs that place.

The code is good for an hour and for one place; only its digest is kept. It is given up before the
place is taken, so of two who enter it at once one is too late.
"""

from dataclasses import replace
from hashlib import sha256
from hmac import compare_digest
from secrets import choice

from bot.classroom.people import Roll
from bot.classroom.settling import FOR_STAFF, CourseChanged, Settling
from bot.classroom.wishes import Wish, scope_of
from bot.core.courses import Course, Role
from bot.core.errors import InvalidSetting, NotAllowed, Refusal
from bot.core.messages import Message
from bot.core.ports.clock import Clock
from bot.core.ports.storage import Courses
from bot.core.standing import Standing
from bot.words import say

_HOLDS = 3600.0  # seconds
_SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that is taken for another
_GROUPS, _A_GROUP = 4, 4
_CODE = """\
In the other place, whoever runs it says this within an hour, once:

`/class join {code}`

“{name}” is held there as well then, and whoever says it is a teacher of it."""
_JOINED = "“{name}” is held here, too, and you are a teacher of it."


class OthersSeeIt(Refusal):
    """Others read here, and the code is for one person. Send me that in a direct message."""


class NoSuchCode(Refusal):
    """No course has that code: it was used, is older than an hour, or never was one."""


class Joining:
    def __init__(self, roll: Roll, courses: Courses, settling: Settling, clock: Clock) -> None:
        self._roll = roll
        self._courses = courses
        self._settling = settling
        self._clock = clock

    async def offer(self, wish: Wish) -> str:
        """A new code; the last one is good for nothing any more."""
        if wish.message.is_shared:
            raise OthersSeeIt
        signs = "".join(choice(_SIGNS) for _ in range(_GROUPS * _A_GROUP))
        code = "-".join(signs[at : at + _A_GROUP] for at in range(0, len(signs), _A_GROUP))
        kept = f"{_digest(code)} {self._clock() + _HOLDS:.0f}"
        offered = replace(wish, words="offered")
        await self._settling.save(offered, wish.course.planned(join=kept), "join")
        return say(_CODE, code=code, name=wish.course.name)

    async def enter(self, message: Message, code: str, standing: Standing) -> str:
        """Hold a course here as well. Raises a Refusal."""
        if not standing.is_manager:
            raise NotAllowed("may not hold a course here", notice=FOR_STAFF)
        if (held := await self._roll.register.at(message.key)) is not None:
            raise InvalidSetting(notice=say("“{name}” is held here already.", name=held.name))
        course = await self._course(code)
        if not await self._courses.save(course.planned(join="")):
            self._roll.register.changed()
            raise CourseChanged
        scope, person = scope_of(message), self._roll.person(message)
        is_held = await self._courses.hold(course.id, scope)
        self._roll.register.changed()
        if not is_held:
            raise CourseChanged
        await self._courses.appoint(course.id, person, Role.TEACHER)
        if course.is_open:
            await self._courses.begin_anew(scope, self._clock())
        wish = Wish(
            message=message, words="", standing=standing, person=person, course=course, role=None
        )
        await self._settling.note(wish, "join", subject=person, became=scope)
        return say(_JOINED, name=course.name)

    async def _course(self, code: str) -> Course:
        digest, now = _digest(code), self._clock()
        for course in await self._roll.register.all():
            kept, _, ends_at = course.plan.join.partition(" ")
            if kept and compare_digest(kept, digest) and now < float(ends_at):
                return course
        raise NoSuchCode


def _digest(code: str) -> str:
    return sha256(code.strip().upper().encode()).hexdigest()
