"""Whose material somebody finds as she asks: in her own conversation that of her courses, too."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

from bot.classroom.people import Enrolment, Roll
from bot.core.courses import Course, Role
from bot.core.materials import for_role
from bot.core.messages import Message

Attending = Callable[[], Awaitable[Enrolment | None]]


class MaterialReach:
    def __init__(self, roll: Roll) -> None:
        self._roll = roll

    async def of(self, message: Message, attending: Attending | None = None) -> Sequence[str]:
        """The scopes of the place, the closest first, and those that are open to her alone.

        What others read shows nothing but what lies there; but for a room of the staff.
        `attending`: who she is where she asks, for whoever knows that already.
        """
        here = message.key.subject().scopes()
        courses = await self._roll.register.open()
        if not courses:
            return here
        if message.is_shared:
            of_staff = [one for one in courses if one.plan.staff in here]
            more = [scope for one in of_staff for scope in _open_to(one, Role.ASSISTANT)]
        else:
            more = [
                scope
                for one in await self._enrolments(message, attending)
                for scope in _open_to(one.course, one.role)
            ]
        return tuple(dict.fromkeys((*here, *more)))

    async def _enrolments(
        self, message: Message, attending: Attending | None
    ) -> Iterable[Enrolment]:
        """In a course's place she is in that course, and elsewhere in all of hers."""
        course = await self._roll.register.at(message.key)
        if course is not None:
            one = await (attending() if attending else self._roll.here(message))
            return [one] if one and one.course.id == course.id else []
        return await self._roll.everywhere(message)


def _open_to(course: Course, role: Role) -> Iterator[str]:
    """All that lies where it is held, and what is for her role or one below it."""
    if role.rank < Role.STUDENT.rank:
        return
    if role.is_staff and course.plan.staff:
        yield course.plan.staff
    for scope in course.scopes:
        yield scope
        for other in Role:
            if Role.STUDENT.rank <= other.rank <= role.rank:
                yield for_role(scope, other)
