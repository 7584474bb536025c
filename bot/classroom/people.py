"""Who somebody is in a course, wherever she speaks: the platform is asked each time."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.classroom.register import Register
from bot.core.courses import EVERYONE, Course, Member, Role
from bot.core.messages import ConversationKey, Message
from bot.core.ports.adapter import Adapter
from bot.core.ports.storage import Courses
from bot.core.settings import SettingsTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """Somebody in a course. Whoever is there only because all are is not `is_listed`."""

    course: Course
    person: str
    role: Role
    member: Member | None = None
    is_listed: bool = True

    @property
    def is_staff(self) -> bool:
        return self.role.is_staff


class Roll:
    def __init__(
        self,
        register: Register,
        courses: Courses,
        adapters: Mapping[str, Adapter],
        table: SettingsTable,
    ) -> None:
        self.register = register
        self._courses = courses
        self._adapters = adapters
        self._table = table

    def person(self, message: Message) -> str:
        """The same wherever on her platform she speaks."""
        return self.person_of(message, message.author.id)

    def person_of(self, asked: Message, user: str) -> str:
        """Somebody else, whom a message names."""
        return f"{self._table.scope_of_person(asked.key)}:{user}"

    def knows(self, platform: str) -> bool:
        """Whether anything can be asked there about a person."""
        return platform in self._adapters

    async def reaches(self, asked: Message, scope: str) -> bool:
        """Whether the bot can post in the channel of this scope."""
        place = ConversationKey.parse(scope)
        adapter = self._adapters.get(place.platform)
        return adapter is not None and await adapter.reaches(asked, place)

    async def here(self, message: Message) -> Enrolment | None:
        """Who she is in the course of this place; None: there is none, or it is not open yet."""
        course = await self.register.at(message.key)
        if course is None or not course.is_open:
            return None
        return await self.enrolment(course, message)

    async def attending(self, message: Message) -> Enrolment | None:
        """In which course she is as she asks: that of the place, else the first of hers.

        So no direct message, and no other server, is a way around a course.
        """
        if not await self.register.open():
            return None
        return await self.here(message) or next(iter(await self.everywhere(message)), None)

    async def everywhere(self, message: Message) -> Sequence[Enrolment]:
        """In which open courses she is, wherever she asks."""
        found = []
        for course in await self.register.open():
            enrolment = await self.enrolment(course, message)
            if enrolment is not None:
                found.append(enrolment)
        return found

    async def enrolment(self, course: Course, message: Message) -> Enrolment | None:
        """None: she is certainly nobody there."""
        person = self.person(message)
        member = await self._courses.member(course.id, person)
        traits = await self._traits(course, message)
        roles = _listed(course, traits or (), member)
        is_listed = bool(roles) or member is not None
        if traits is None and not is_listed:
            return None
        if EVERYONE in course.plan.students and traits is not None:
            roles.add(Role.STUDENT)
        role = max(roles, key=lambda role: role.rank, default=Role.GUEST)
        return Enrolment(
            course=course, person=person, role=role, member=member, is_listed=is_listed
        )

    async def enrolment_of(self, course: Course, asked: Message, user: str) -> Enrolment | None:
        """Who somebody is there whom a message names: nothing that came with it is hers."""
        origin = self._adapters[asked.key.platform].unasked(asked.key, user)
        theirs = replace(asked, id="", author=replace(asked.author, id=user), origin=origin)
        return await self.enrolment(course, theirs)

    async def _traits(self, course: Course, message: Message) -> Collection[str] | None:
        """What the course's lists name of her; None: she is in none of its servers."""
        platform, adapter = message.key.platform, self._adapters[message.key.platform]
        prefix = f"{platform}:"
        named = {trait.removeprefix(prefix) for trait in course.plan.named()}
        found: set[str] | None = None
        for space in sorted(course.spaces(platform)):
            traits = await adapter.traits_in(message, space.partition(":")[2], named)
            if traits is not None:
                found = (found or set()) | {f"{prefix}{trait}" for trait in traits}
        return found


def _listed(course: Course, traits: Collection[str], member: Member | None) -> set[Role]:
    roles = {role for role in Role if not set(course.plan.traits(role)).isdisjoint(traits)}
    return roles | ({member.role} if member and member.role else set())
