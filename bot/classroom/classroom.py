"""The classroom, as the straight line knows it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from bot.classroom.alarms import Alarms
from bot.classroom.aliasing import Aliasing
from bot.classroom.board import Outbox, StaffBoard
from bot.classroom.chooser import AssignmentChooser
from bot.classroom.claims import Claims
from bot.classroom.closing import Closing
from bot.classroom.consents import Consents
from bot.classroom.desk import CourseDesk, NoCourse
from bot.classroom.digests import Digests
from bot.classroom.drafts import Drafts
from bot.classroom.endorsing import ENDORSED, Bank, endorse, not_it
from bot.classroom.exams import ExamRules, Exams
from bot.classroom.hearts import HeartBox
from bot.classroom.humans import Humans, ask_human, choices
from bot.classroom.keeping import Keeping
from bot.classroom.ladders import HintLadder, next_hint
from bot.classroom.office_hours import OfficeHours
from bot.classroom.people import Enrolment, Roll
from bot.classroom.reach import MaterialReach
from bot.classroom.register import Register
from bot.classroom.reminders import Reminders
from bot.classroom.safety import Lookout, Safety
from bot.classroom.staff import Means, StaffDesk
from bot.classroom.steps import Steps
from bot.classroom.student_privacy import StudentPrivacy
from bot.classroom.timepiece import Timepiece
from bot.classroom.treasury import Treasury
from bot.classroom.wishes import scope_of
from bot.core.answers import Kind
from bot.core.controls import ASK_PRIVATELY, PUBLISH, Button, question_of, to_publish
from bot.core.errors import NotAllowed, Refusal
from bot.core.forms import read_filled
from bot.core.messages import Message
from bot.core.ports.adapter import Adapter
from bot.core.ports.clock import Clock
from bot.core.ports.storage import Storage
from bot.core.settings import SettingsTable
from bot.core.standing import Standing
from bot.core.turns import Turn
from bot.rules.may import Action, Deed, may
from bot.words import in_any


class NotOfCourse(NotAllowed):
    """I answer the people of this course here. Its teachers can add you."""


def holds_answers(message: Message) -> bool:
    """Whether what a command shows are answers that a model once gave."""
    is_export = message.command == "privacy" and message.text.casefold().strip() == "export"
    return is_export or message.command == PUBLISH


class Classroom:
    def __init__(  # noqa: PLR0913, PLR0917 - what it is put together from
        self,
        storage: Storage,
        adapters: Mapping[str, Adapter],
        table: SettingsTable,
        clock: Clock,
        outbox: Outbox,
        timepiece: Timepiece | None = None,
        lookout: Lookout | None = None,
    ) -> None:
        self.timepiece = timepiece or Timepiece(clock)
        courses = storage.courses
        self.register = Register(courses)
        self.roll = Roll(self.register, courses, adapters, table)
        self.reach = MaterialReach(self.roll)
        self.exams = Exams(self.roll, storage, self.timepiece)
        self.aliasing = Aliasing(storage, self.roll, clock)
        self.consents = Consents(self.roll, courses, clock)
        self.closing = closing = Closing(storage, self.register, adapters, outbox, clock)
        self.hearts = HeartBox(storage.shares, clock)
        self.ladder = HintLadder(storage.ladders, self.roll, clock)
        self.board = StaffBoard(storage, self.register, adapters, outbox, clock)
        self.digests = Digests(storage, self.register, self.board, clock)
        self.desk = CourseDesk(self.roll, storage, clock, self.exams, closing, self.digests)
        steps = Steps(storage, self.board, clock)
        self.claims = Claims(storage, self.roll, self.board, clock)
        self.treasury = Treasury(storage.shares, self.board, clock)
        self.bank = Bank(storage.endorsements, clock)
        alarms = Alarms(storage, self.roll, self.board, steps)
        self.safety = Safety(alarms, lookout or Lookout())
        means = Means(self.hearts, self.board, steps, self.claims, self.bank, self.treasury, alarms)
        self.staff = StaffDesk(self.roll, courses, means)
        self.humans = Humans(storage, self.roll, self.claims, self.board, clock)
        self.privacy = StudentPrivacy(storage, self.roll)
        self.chooser = AssignmentChooser(self.roll, courses, clock)
        self.drafts = Drafts(self.board, clock)
        self.keeping = Keeping(storage, self.register, self.digests, clock)
        hours = OfficeHours(storage, self.register, self.board, clock)
        rounds = (self.keeping.purge_daily, closing.look, self.digests.tell_due, hours.look)
        self.reminders = Reminders(self.board, adapters, rounds, clock)

    async def refusal(self, turn: Turn, enrolment: Enrolment | None) -> Refusal | None:
        """Why a class does not let this be answered; what costs least is looked at first."""
        if not await self.register.open():
            return None
        if turn.message.command:
            return await self.exams.refusal(turn) if holds_answers(turn.message) else None
        return (
            await self._not_of_course(turn.message, enrolment)
            or await self.exams.refusal(turn)
            or (await self.consents.refusal(enrolment) if enrolment else None)
        )

    async def rules(self, turn: Turn) -> ExamRules:
        """What a class adds to what the model is told."""
        is_free = turn.message.command is not None or not await self.register.open()
        return ExamRules() if is_free else await self.exams.rules(turn.message)

    async def shown_for(self, turn: Turn) -> float | None:
        """As `Exams.require_open`."""
        return await self.exams.require_open(turn) if await self.register.open() else None

    async def is_silent(self, message: Message) -> bool:
        """Whether nobody's earlier answers may be told with the answer to this."""
        return bool(await self.register.open()) and bool(await self.exams.on(message))

    async def _not_of_course(
        self, question: Message, enrolment: Enrolment | None
    ) -> Refusal | None:
        if enrolment is None or not enrolment.course.is_held_at(question.key.scopes()):
            return None
        if not may(Standing(), Deed(action=Action.ASK, role=enrolment.role)):
            return NotOfCourse(f"a {enrolment.role}")
        return None

    async def controls(
        self, turn: Turn, enrolled: Callable[[], Awaitable[Enrolment | None]]
    ) -> Sequence[Button]:
        """What stands below what is shown, besides what stands there everywhere."""
        message = turn.message
        match message.command:
            case "card":
                return await self.board.controls(turn)
            case "human":
                return choices(message)
            case "class":
                return await self._at_desk(turn)
            case None | "reason":
                return await self._below_answer(turn, enrolled)
        return ()

    async def _at_desk(self, turn: Turn) -> Sequence[Button]:
        is_told = turn.error is None or turn.error.startswith(NoCourse.__name__)
        return await self.desk.controls(turn.message) if is_told else ()

    async def _below_answer(
        self, turn: Turn, enrolled: Callable[[], Awaitable[Enrolment | None]]
    ) -> Sequence[Button]:
        message = turn.message
        enrolment = await enrolled()
        if enrolment is None:
            return ()
        alone = _between(turn, enrolment)
        if enrolment.is_staff:
            return () if message.command else (*alone, endorse(message.unique_key))
        key = read_filled(message.text)[0] if message.command else message.unique_key
        is_endorsed = turn.answer is not None and turn.answer.text.startswith(in_any(ENDORSED))
        again = (not_it(key),) if is_endorsed else ()
        further = () if message.command else next_hint(turn.answer, question_of(key))
        return (*again, *further, ask_human(question_of(key)), *alone)


def _between(turn: Turn, enrolment: Enrolment) -> Sequence[Button]:
    """From what all read to what she alone does, and back."""
    message, answer = turn.message, turn.answer
    if message.command:
        return ()
    if message.is_shared:
        return (ASK_PRIVATELY,)
    is_answer = answer is not None and answer.kind is not Kind.NOTICE
    is_among_others = scope_of(message) in enrolment.course.scopes
    return to_publish(message.unique_key) if is_answer and is_among_others else ()
