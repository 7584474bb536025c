"""The teacher's desk: `/class` and what stands behind it, as a line of text on any platform."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from secrets import token_hex

from bot.classroom.closing import Closing
from bot.classroom.consents import as_student
from bot.classroom.copying import copied
from bot.classroom.digests import Digests
from bot.classroom.exam_desk import ExamDesk
from bot.classroom.exams import Exams
from bot.classroom.joining import Joining
from bot.classroom.people import Roll
from bot.classroom.settling import CHARS_OF_NAME, FOR_STAFF, ONLY, Settling
from bot.classroom.sheet import as_list, missing, refused, sheet, todo, ways
from bot.classroom.wishes import Wish, scope_of
from bot.core.controls import Button
from bot.core.courses import Course, Member, Role, Stage
from bot.core.errors import InvalidSetting, NotAllowed, Refusal
from bot.core.forms import Form, opened, read_filled
from bot.core.messages import Message
from bot.core.ports.clock import Clock
from bot.core.ports.storage import Storage
from bot.core.standing import Standing
from bot.rules.course_forms import in_force
from bot.rules.may import Action, Deed, may
from bot.words import say

_MOST_LINES = 20
_VERBS = {"channels": f"channels {ONLY}"}  # a form shows all there are; a line names one more
_CLOSED_TO_ME = "I cannot write in the staff's channel. Please let me in, and open it then."
_PREVIEW = "*Preview: nobody else sees this, and nothing is counted.*"
_NOT_YET = "It cannot be opened yet:\n\n{list}"


class NoCourse(Refusal):
    """There is no course here. Whoever runs this place begins one with `/class new NAME`."""


class CourseDesk:
    """Every change is written down with who made it; what is begun goes on where it was left."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a desk is made of
        self,
        roll: Roll,
        storage: Storage,
        clock: Clock,
        exams: Exams,
        closing: Closing,
        digests: Digests,
    ) -> None:
        self._roll = roll
        self._register = roll.register
        self._courses = storage.courses
        self._clock = clock
        self._closing = closing
        self._digests = digests
        self._settling = Settling(roll, storage.courses, clock)
        self._joining = Joining(roll, storage.courses, self._settling, clock)
        self._exams = ExamDesk(storage, exams, closing.give, clock, self._settling.note)

    async def said(self, message: Message, standing: Standing) -> str:
        """The answer to `/class …`. Raises a Refusal."""
        line, values = read_filled(message.text)
        if values:
            return await self._filled_in(message, values, standing)
        verb, _, words = line.strip().partition(" ")
        words = " ".join(words.split())
        if verb == "new":
            return await self._new(message, words, standing)
        if verb == "join" and words:
            return await self._joining.enter(message, words, standing)
        wish = await self._wish(message, words, standing)
        act = self._settling.act(verb) or self._acts().get(verb)
        if act is None:
            raise InvalidSetting(notice=ways())
        return await act(wish)

    async def _filled_in(
        self, message: Message, values: Mapping[str, str], standing: Standing
    ) -> str:
        """A form says its lines one by one, the name first; what one refuses stops no other."""
        said = []
        for name, value in sorted(values.items(), key=lambda one: one[0] != "name"):
            is_begun = await self._register.at(message.key) is not None
            verb = "new" if name == "name" and not is_begun else _VERBS.get(name, name)
            try:
                said.append(await self.said(replace(message, text=f"{verb} {value}"), standing))
            except InvalidSetting as refusal:
                said.append(refused(name, refusal.notice))
        course = await self._register.at(message.key)
        return "\n\n".join([*said, todo(course)] if course else said)

    async def controls(self, message: Message) -> Sequence[Button]:
        """The next steps of setting up, for whoever was just told how things stand."""
        course = await self._register.at(message.key)
        if course is None:
            return (Button(label=say("Set up"), command="setup"),)
        if course.stage is Stage.CLOSED:
            return ()
        opening = Button(label=say("Open the course"), command="class", words="open")
        is_ready = course.stage is Stage.DRAFT and not missing(course)
        return (
            Button(label=say("Who is who"), command="setup"),
            Button(label="Teaching", command="teaching"),
            Button(label=say("People and care"), command="care"),
            *((opening,) if is_ready else ()),
        )

    async def opened(self, form: Form, press: Message, standing: Standing) -> Form:
        """With what is in force here, for whoever may change it. Raises a Refusal."""
        wish = await self._wish(press, "", standing)
        return opened(form, in_force(wish.course, press.key))

    def _acts(self) -> Mapping[str, Callable[[Wish], Awaitable[str]]]:
        return {
            "": self._show,
            "copy": self._copy,
            "join": self._joining.offer,
            "open": self._open,
            "close": self._close,
            "end": self._end,
            "log": self._log,
            "report": lambda wish: self._digests.report(wish.course, wish.words),
            "student": self._student,
            "exam": self._exams.exam,
            "give": self._exams.give,
            "drop": self._exams.drop,
        }

    async def _wish(self, message: Message, words: str, standing: Standing) -> Wish:
        course = await self._register.at(message.key) or await self._only_one(message)
        enrolment = await self._roll.enrolment(course, message)
        role = enrolment.role if enrolment else None
        if not may(standing, Deed(action=Action.TEACH, role=role)):
            raise NotAllowed(f"{message.author.id} may not teach", notice=FOR_STAFF)
        person = self._roll.person(message)
        return Wish(
            message=message, words=words, standing=standing, person=person, course=course, role=role
        )

    async def _only_one(self, message: Message) -> Course:
        """Away from its places: the only course that she is in charge of."""
        found = []
        for course in await self._register.all():
            enrolment = await self._roll.enrolment(course, message)
            found += [course] if enrolment and enrolment.role.is_in_charge else []
        if len(found) != 1:
            raise NoCourse
        return found[0]

    async def _new(self, message: Message, name: str, standing: Standing) -> str:
        if not standing.is_manager:
            raise NotAllowed("may not begin a course", notice=FOR_STAFF)
        if not name:
            raise InvalidSetting(notice=say("Say what it is called: /class new CS 101"))
        scope = scope_of(message)
        if (held := await self._register.at(message.key)) is not None:
            raise InvalidSetting(notice=say("“{name}” is held here already.", name=held.name))
        course = Course(name=name[:CHARS_OF_NAME], pseudonym_key=token_hex(32))
        number = await self._courses.add(course, self._clock())
        await self._courses.hold(number, scope)
        person = self._roll.person(message)
        await self._courses.enrol(Member(course=number, person=person, role=Role.OWNER))
        self._register.changed()
        begun = await self._wish(message, name, standing)
        await self._settling.note(begun, "new", became=course.name)
        words = say("“{name}” is begun; nothing of it holds yet.", name=course.name)
        return f"{words}\n\n{todo(begun.course)}"

    async def _copy(self, wish: Wish) -> str:
        await self._settling.save(wish, await copied(wish, self._roll), "copy")
        return sheet((await self._register.at(wish.message.key)) or wish.course)

    async def _open(self, wish: Wish) -> str:
        if lacking := missing(wish.course):
            raise InvalidSetting(notice=say(_NOT_YET, list=as_list(lacking)))
        if not await self._roll.reaches(wish.message, wish.course.plan.staff):
            raise InvalidSetting(notice=_CLOSED_TO_ME)
        await self._settling.save(wish, replace(wish.course, stage=Stage.OPEN), "open")
        for scope in wish.course.scopes:  # what was said before was said without its rules
            await self._courses.begin_anew(scope, self._clock())
        return say("“{name}” is open.", name=wish.course.name)

    async def _close(self, wish: Wish) -> str:
        await self._settling.save(wish, replace(wish.course, stage=Stage.CLOSED), "close")
        return say("“{name}” is closed: nothing of it holds any more.", name=wish.course.name)

    async def _end(self, wish: Wish) -> str:
        course = self._closing.planned(wish.course, wish.words)
        await self._settling.save(wish, course, "end")
        return await self._closing.announce(course, wish.course)

    async def _log(self, wish: Wish) -> str:
        lines = await self._courses.audit(wish.course.id, _MOST_LINES)
        return "\n".join(f"- {one.verb} {one.became or one.was} ({one.who})" for one in lines)

    async def _student(self, wish: Wish) -> str:
        return f"{say(_PREVIEW)}\n\n{as_student(wish.course)}"

    async def _show(self, wish: Wish) -> str:
        return sheet(wish.course)
