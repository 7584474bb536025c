"""What the staff of a course settle: who is who in it, where it is held, and how it is taught.

Every change is written down with who made it.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace

from bot.classroom.people import Roll
from bot.classroom.sheet import echo, listed
from bot.classroom.wishes import Wish, is_of
from bot.core.courses import EVERYONE, AuditLine, Course, Member, Role
from bot.core.errors import InvalidSetting, Refusal
from bot.core.ports.clock import Clock
from bot.core.ports.storage import Courses
from bot.rules.course_forms import LISTS
from bot.rules.courses import SETTLED, read_people, read_who, read_zone
from bot.words import say

CHARS_OF_NAME = 80
ONLY = "only"  # before the channels of which nothing else is to be held in any
FOR_STAFF = "Only teachers of the course, and those who run this place, can do that."
_ROLE = "Write /class role PERSON, then one of {role}."


class CourseChanged(Refusal):
    """Somebody else changed the course at the same moment. Please look, and try again."""


class Settling:
    def __init__(self, roll: Roll, courses: Courses, clock: Clock) -> None:
        self._roll = roll
        self._register = roll.register
        self._courses = courses
        self._clock = clock

    def act(self, verb: str) -> Callable[[Wish], Awaitable[str]] | None:
        """What is done about `/class verb …`; None where it settles nothing."""
        if verb in LISTS:
            return lambda wish: self._list(wish, verb)
        if verb in SETTLED:
            return lambda wish: self._settle(wish, verb)
        acts: Mapping[str, Callable[[Wish], Awaitable[str]]] = {
            "name": self._name,
            "zone": self._zone,
            "staff": self._staff,
            "channels": self._channels,
            "leave": self._leave,
            "role": self._role,
        }
        return acts.get(verb)

    async def save(self, wish: Wish, course: Course, verb: str) -> None:
        if not await self._courses.save(course):
            self._register.changed()
            raise CourseChanged
        self._register.changed()
        became = wish.words or course.stage
        await self.note(wish, verb, became=became)

    async def note(
        self, wish: Wish, verb: str, *, subject: str = "", was: str = "", became: str = ""
    ) -> None:
        now, course = self._clock(), wish.course.id
        line = AuditLine(course=course, at=now, who=wish.person, verb=verb, subject=subject)
        await self._courses.note(replace(line, was=was, became=became))

    async def _list(self, wish: Wish, name: str) -> str:
        """Whoever is here are the students where none are named."""
        others = [one for one in getattr(wish.course.plan, name) if not is_of(one, wish.platform)]
        read = read_people if name == "alerts" else read_who
        traits = (*read(wish.words, wish.platform), *others)
        if name == "students" and not traits:
            traits = (EVERYONE,)
        await self.save(wish, wish.course.planned(**{name: traits}), name)
        return echo(name, listed(traits))

    async def _settle(self, wish: Wish, name: str) -> str:
        await self.save(wish, wish.course.planned(**SETTLED[name](wish.words)), name)
        return echo(name, wish.words)

    async def _name(self, wish: Wish) -> str:
        name = wish.words[:CHARS_OF_NAME] or wish.course.name
        await self.save(wish, replace(wish.course, name=name), "name")
        return say("It is called “{name}”.", name=name)

    async def _zone(self, wish: Wish) -> str:
        await self.save(wish, replace(wish.course, zone=read_zone(wish.words)), "zone")
        return say("Its times are those of {words}.", words=wish.words)

    async def _staff(self, wish: Wish) -> str:
        [scope, *_] = wish.places()
        await self.save(wish, wish.course.planned(staff=scope), "staff")
        if scope in wish.course.scopes:
            return say(
                "Staff are told there. The course is held there, too: students read their names, "
                "drafts and what they ask of staff. Take a channel that only staff read."
            )
        return say("Staff are told there.")

    async def _channels(self, wish: Wish) -> str:
        """`channels only #one #two`: and in no other of this server."""
        first, _, rest = wish.words.partition(" ")
        if first != ONLY:
            return await self._hold(wish)
        only = replace(wish, words=rest)
        gone = wish.course.channels_in(wish.space) - {*only.places()}
        said = await self._hold(only)
        await self._leave_all(wish, gone)
        return said

    async def _hold(self, wish: Wish) -> str:
        taken = []
        for scope in wish.places():
            if scope in wish.course.scopes:
                continue
            if await self._courses.hold(wish.course.id, scope):
                await self.note(wish, "channels", became=scope)
            else:
                taken.append(scope)
        self._register.changed()
        return say("It is held there, too.") if not taken else say("Another course is held there.")

    async def _leave(self, wish: Wish) -> str:
        await self._leave_all(wish, wish.places())
        return say("It is held there no longer.")

    async def _leave_all(self, wish: Wish, scopes: Iterable[str]) -> None:
        for scope in sorted(scopes):
            await self._courses.leave(wish.course.id, scope)
            await self.note(wish, "leave", was=scope)
        self._register.changed()

    async def _role(self, wish: Wish) -> str:
        who, _, name = wish.words.rpartition(" ")
        traits = [one.partition(":user:") for one in read_who(who, wish.platform)]
        if name not in {*Role, "none"} or len(traits) != 1 or not traits[0][2]:
            raise InvalidSetting(notice=say(_ROLE, role=", ".join(Role)))
        other = replace(wish.message, author=replace(wish.message.author, id=traits[0][2]))
        person, course = self._roll.person(other), wish.course.id
        member = await self._courses.member(course, person) or Member(course=course, person=person)
        role = None if name == "none" else Role(name)
        await self._courses.appoint(course, person, role)
        was, became = member.role or "", role or ""
        await self.note(wish, "role", subject=person, was=was, became=became)
        return echo("role", say(name))
