"""Whatever lies where, for whom, and whoever asks: she finds what is hers, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.courses import Course, Plan, Role, Stage
from bot.core.materials import Draft, Passage, for_role
from bot.core.messages import Author, ConversationKey, Message
from bot.work.embedding import Embedding
from tests.contract.finders import FINDERS, Meanings
from tests.fakes.platform import PLATFORM
from tests.unit.exam_house import OPEN, open_course
from tests.unit.test_class_desk import TOM
from tests.unit.world import Bot, World, message

ROOMS = ("one", "two", "staff-one", "staff-two", "dm", "yard")
PEOPLE = ("ann", "ben", "tom")
LISTED = (Role.TEACHER, Role.ASSISTANT, Role.STUDENT, Role.GUEST)


def place(room: str) -> str:
    return f"{PLATFORM}:school:{room}"


@dataclass(frozen=True)
class Case:
    """Who is what in the two courses, what lies where, and who asks in which room."""

    roles: Sequence[Sequence[Role | None]]  # by course, by person
    shelves: Sequence[str]
    asker: str
    room: str
    is_shared: bool

    @property
    def allowed(self) -> set[str]:
        """Said anew, and in the plainest way."""
        found = {place(self.room), PLATFORM, f"{PLATFORM}:school"}
        for number, room in enumerate(("one", "two")):
            is_staff_room = self.room == f"staff-{room}"
            role = self.roles[number][PEOPLE.index(self.asker)]
            other = {"one": "two", "two": "one"}.get(self.room)
            if self.is_shared:
                role = Role.ASSISTANT if is_staff_room else None
            if role is None or role is Role.GUEST or (not self.is_shared and other == room):
                continue
            found |= {place(room)} | ({place(f"staff-{room}")} if role.is_staff else set())
            found |= {for_role(place(room), one) for one in LISTED[:3] if one.rank <= role.rank}
        return found


SHELVES = [place(room) for room in ROOMS] + [PLATFORM, f"{PLATFORM}:school", f"{PLATFORM}:other"]
SHELVES += [for_role(place(room), role) for room in ("one", "two") for role in LISTED[:3]]
_ROLES = st.tuples(*[st.sampled_from([*LISTED, None])] * len(PEOPLE))
CASES = st.builds(
    Case,
    roles=st.tuples(_ROLES, _ROLES),
    shelves=st.lists(st.sampled_from(SHELVES), min_size=4, max_size=len(SHELVES), unique=True),
    asker=st.sampled_from(PEOPLE),
    room=st.sampled_from(ROOMS),
    is_shared=st.booleans(),
)


async def open_courses(bot: Bot, case: Case) -> None:
    for course in await bot.storage.courses.all():
        for scope in course.scopes:
            await bot.storage.courses.leave(course.id, scope)
    for number, room in enumerate(("one", "two")):
        listed = {
            role: tuple(
                f"{PLATFORM}:user:{person}"
                for person, theirs in zip(PEOPLE, case.roles[number], strict=True)
                if theirs is role
            )
            for role in LISTED
        }
        plan = Plan(
            teachers=listed[Role.TEACHER],
            assistants=listed[Role.ASSISTANT],
            students=listed[Role.STUDENT],
            guests=listed[Role.GUEST],
            staff=place(f"staff-{room}"),
        )
        course = Course(name=room, stage=Stage.OPEN, plan=plan)
        await bot.storage.courses.hold(await bot.storage.courses.add(course, 1.0), place(room))
    bot.ports.classroom.register.changed()


def asks(case: Case) -> Message:
    key = ConversationKey(PLATFORM, "school", case.room)
    author = Author(case.asker, case.asker)
    return replace(message("essays"), key=key, author=author, is_shared=case.is_shared)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(case=CASES)
async def test_material_reaches_whom_it_is_for_and_nobody_else(world: World, case: Case) -> None:
    world.path.unlink(missing_ok=True)
    async with world.bot() as bot:
        await open_courses(bot, case)
        for shelf in case.shelves:
            draft = Draft(scope=shelf, name=shelf, digest="d")
            await bot.storage.materials.add(draft, [Passage(text=f"essays {shelf}")], 1.0)
        reach = await bot.ports.classroom.reach.of(asks(case))
        named = {one.scope for one in await bot.storage.materials.documents(reach)}
        assert named == case.allowed & set(case.shelves)
        embedder = Meanings()
        await Embedding(bot.storage.vectors, embedder, lambda: 1.0).finish()
        for finder in FINDERS.values():
            found = await finder(bot.storage, embedder).find("essays", reach)
            assert {one.name for one in found} <= named
            assert bool(found) == bool(named)


ESSAYS = Passage(text="Late essays lose ten points a day.", heading="Late work")
ASKED = "What about late essays?"


async def lay(bot: Bot, scope: str) -> None:
    draft = Draft(scope=scope, name=scope.rpartition(":")[2], digest="d")
    await bot.storage.materials.add(draft, [ESSAYS], 1.0)


def alone(person: str, words: str = ASKED) -> Message:
    """In a server of which the course knows nothing."""
    key = ConversationKey(PLATFORM, "@me", f"with-{person}")
    return replace(message(words), key=key, author=Author(person, person))


async def said(bot: Bot, question: Message) -> str:
    await bot.intake.accept(question)
    await bot.idle()
    return "\n".join(bot.adapter.service.reply(question))


async def test_in_a_direct_message_one_is_answered_from_ones_courses(world: World) -> None:
    world.server.answer = lambda text: "Ten [1]." if "ten points" in text else "Nothing."
    async with world.bot() as bot:
        await open_course(bot)
        await lay(bot, f"{PLATFORM}:school")
        assert "[1] school · Late work" in await said(bot, alone("ann"))
        shown = replace(alone("ann", ""), command="sources", id="press")
        assert "ten points" in await said(bot, shown)
        world.platform.absent.add("eve")
        assert await said(bot, alone("eve")) == "Nothing."
        listed = replace(alone("eve", ""), command="materials", id="list")
        assert "There is no course material here" in await said(bot, listed)


async def test_what_is_for_staff_is_told_to_staff_alone_and_in_their_room(world: World) -> None:
    world.server.answer = lambda text: "Ten [1]." if "ten points" in text else "Nothing."
    async with world.bot() as bot:
        await open_course(bot)
        await lay(bot, for_role(f"{PLATFORM}:school", Role.ASSISTANT))
        assert "Ten [1]." in await said(bot, alone(TOM.id))
        assert "Ten" not in await said(bot, alone("ann"))
        aloud = replace(alone(TOM.id), is_shared=True, id="aloud")
        everywhere = replace(aloud, key=ConversationKey(PLATFORM, "school", "general"))
        assert "Ten" not in await said(bot, everywhere)
        in_room = replace(aloud, key=ConversationKey.parse(f"{OPEN.staff}:"), id="room")
        assert "Ten [1]." in await said(bot, in_room)
