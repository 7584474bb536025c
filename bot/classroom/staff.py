"""What the staff of a course do for its students: `/staff` and what stands behind it."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from bot.classroom.alarms import Alarms
from bot.classroom.assigning import with_assignment, with_mode
from bot.classroom.board import StaffBoard
from bot.classroom.claims import Claims
from bot.classroom.endorsing import Bank
from bot.classroom.hearts import HeartBox
from bot.classroom.people import Enrolment, Roll
from bot.classroom.settling import CourseChanged
from bot.classroom.steps import Hand, Steps
from bot.classroom.treasury import Treasury
from bot.core.cards import Matter
from bot.core.courses import AuditLine, Course
from bot.core.errors import InvalidSetting, NotAllowed
from bot.core.forms import read_filled
from bot.core.messages import Message
from bot.core.ports.storage import Courses
from bot.core.standing import Standing
from bot.rules.courses import read_who
from bot.rules.may import Action, Deed, may
from bot.words import say

_GIFT = re.compile(r"(?P<who>.+?)\s+(?P<count>\d{1,3})")
_STEPS = ("claim", "answer", "back", "resolve", "approve", "edit", "shorter", "reject")
_MOST_LINES = 20
_FOR_STAFF = "Only the staff of a course can do that."


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody of the staff wants done."""

    message: Message
    words: str  # after the verb
    filled: Mapping[str, str]  # in a form
    by: Enrolment

    @property
    def scope(self) -> str:
        """The channel, whatever the thread."""
        return self.message.key.scopes()[-3]


@dataclass(frozen=True, slots=True)
class Means:
    """What staff work with."""

    hearts: HeartBox
    board: StaffBoard
    steps: Steps
    claims: Claims
    bank: Bank
    treasury: Treasury
    alarms: Alarms


class StaffDesk:
    def __init__(self, roll: Roll, courses: Courses, means: Means) -> None:
        self._roll = roll
        self._courses = courses
        self._hearts = means.hearts
        self._board = means.board
        self._steps: Mapping[str, Callable[[Hand, str], Awaitable[str]]] = {
            verb: getattr(means.steps, verb) for verb in _STEPS
        }
        self._hand = means.steps.hand
        self._claims = means.claims
        self._bank = means.bank
        self._treasury = means.treasury
        self._alarms = means.alarms
        self._acts: Mapping[str, Callable[[Request], Awaitable[str]]] = {
            "": self._waiting,
            "hearts": self._give_hearts,
            "drafts": self._draft,
            "mode": self._mode,
            "assignment": self._assign,
            "endorse": self._endorse,
            "endorsed": self._endorsed,
            "revoke": self._revoke,
            "budget": self._budget,
            "alerts": self._listed_alerts,
        }

    async def said(self, message: Message) -> str:
        """The answer to `/staff …`. Raises a Refusal."""
        line, filled = read_filled(message.text)
        verb, _, words = line.strip().partition(" ")
        if verb in self._alarms.acts:
            return await self._alarms.said(message, verb, words.strip())
        by = await self._roll.attending(message)
        if by is None or not may(Standing(), Deed(action=Action.ASSIST, role=by.role)):
            raise NotAllowed(f"{message.author.id} is not of the staff", notice=_FOR_STAFF)
        request = Request(message=message, words=words.strip(), filled=filled, by=by)
        if verb in self._steps:
            return await self._take(request, verb)
        act = self._acts.get(verb)
        if act is None:
            raise InvalidSetting(notice=self._ways())
        return await act(request)

    async def _take(self, request: Request, verb: str) -> str:
        """A step with a card: `claim 41`, `answer 41 …`."""
        number, _, text = request.words.partition(" ")
        hand = await self._hand(request.by, request.message, number)
        hand = replace(hand, card=await self._claims.held(hand.card, request.message))
        done = await self._steps[verb](hand, request.filled.get("text", text))
        await self._note(request, verb, f"#{hand.card.id}")
        return done

    async def _waiting(self, request: Request) -> str:
        """Also the line of office hours: who came first stands first."""
        waiting = await self._board.cards.waiting(request.by.course.id)
        shown = [card for card in waiting if card.matter is not Matter.NOTE][:_MOST_LINES]
        cards = [await self._claims.held(card, request.message) for card in shown]
        lines = [
            f"{place}. #{card.id} ({say(card.matter)}) {card.name or say('a student')}, "
            + say(card.stand)
            + (say(" by {name}", name=card.holder_name) if card.holder_name else "")
            for place, card in enumerate(cards, 1)
        ]
        return "\n".join(lines or [say("Nothing waits.")]) + f"\n\n{self._ways()}"

    async def _draft(self, request: Request) -> str:
        """`drafts on` in a channel: staff see each answer there first."""
        if request.words not in {"on", "off"}:
            raise InvalidSetting(notice=say("Write /staff drafts on, or off."))
        scope, plan = request.scope, request.by.course.plan
        others = tuple(one for one in plan.drafts if one != scope)
        drafts = (*others, scope) if request.words == "on" else others
        course = request.by.course.planned(drafts=drafts)
        await self._save(request, course, "drafts", request.words)
        return say("Staff see answers here first: {words}.", words=request.words)

    async def _mode(self, request: Request) -> str:
        """`mode hint` in a channel."""
        _require_in_charge(request)
        course = with_mode(request.by.course, request.scope, request.words)
        await self._save(request, course, "mode", request.words)
        return say("The mode here: {words}.", words=request.words)

    async def _assign(self, request: Request) -> str:
        """`assignment hw3 mode hint`; its solutions are told to nobody, not even in the audit."""
        _require_in_charge(request)
        course, said = with_assignment(
            request.by.course, request.message.key.scopes(), request.words
        )
        await self._save(request, course, "assignment", said)
        return said

    async def _endorse(self, request: Request) -> str:
        """`endorse QUESTION | ANSWER`, or a form."""
        question, _, answer = request.words.partition("|")
        question = request.filled.get("question", question)
        answer = request.filled.get("text", answer)
        said = await self._bank.endorse(request.by, request.message.author.name, question, answer)
        await self._note(request, "endorse", said.partition(":")[0])
        return said

    async def _endorsed(self, request: Request) -> str:
        return await self._bank.listed(request.by)

    async def _revoke(self, request: Request) -> str:
        said = await self._bank.revoke(request.by, request.words)
        await self._note(request, "revoke", request.words)
        return said

    async def _budget(self, request: Request) -> str:
        return await self._treasury.told(request.by.course)

    async def _listed_alerts(self, request: Request) -> str:
        return await self._alarms.listed(request.by)

    async def _save(self, request: Request, course: Course, verb: str, became: str) -> None:
        saved = await self._courses.save(course)
        self._roll.register.changed()
        if not saved:
            raise CourseChanged
        await self._note(request, verb, request.scope, became)

    async def _give_hearts(self, request: Request) -> str:
        """`hearts @somebody 3`."""
        found = _GIFT.fullmatch(request.words)
        named = read_who(found["who"], request.message.key.platform) if found else ()
        if found is None or len(named) != 1 or ":user:" not in named[0]:
            raise InvalidSetting(notice=say("Write it like this: /staff hearts @somebody 3"))
        user = named[0].rpartition(":user:")[2]
        theirs = await self._roll.enrolment_of(request.by.course, request.message, user)
        if theirs is None:
            raise InvalidSetting(notice=say("I do not know them in this course."))
        left = await self._hearts.give(theirs, int(found["count"]))
        if left is None:
            raise InvalidSetting(notice=say("Nobody counts what they ask here."))
        await self._note(request, "hearts", theirs.person, found["count"])
        return say("Given. They have {left} now.", left=left)

    async def _note(self, request: Request, verb: str, subject: str, became: str = "") -> None:
        line = AuditLine(
            course=request.by.course.id,
            at=self._board.clock(),
            who=request.by.person,
            verb=verb,
            subject=subject,
            became=became,
        )
        await self._courses.note(line)

    def _verbs(self) -> tuple[str, ...]:
        return (*self._steps, *self._alarms.acts, *self._acts)

    def _ways(self) -> str:
        known = ", ".join(f"`{verb}`" for verb in self._verbs() if verb)
        return say("`/staff` is followed by one of {known}.", known=known)


def _require_in_charge(request: Request) -> None:
    if not request.by.role.is_in_charge:
        raise NotAllowed("no teacher", notice=say("Only teachers of the course can do that."))
