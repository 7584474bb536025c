"""What moderation has flagged, and the people whom that reaches: without words, until one looks.

Whoever opens it sees the words alone, and the student finds under `/privacy` who that was.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.classroom.board import StaffBoard
from bot.classroom.people import Enrolment, Roll
from bot.classroom.steps import Hand, NoSuchCard, SomebodyWasFaster, Steps
from bot.core.cards import Card, Matter, Shown, Stand
from bot.core.courses import AuditLine
from bot.core.errors import NotAllowed, Refusal
from bot.core.messages import Message
from bot.core.ports.storage import Courses, Storage
from bot.core.text import as_quote
from bot.words import say

ALERTED_AFTER = 600.0  # seconds until an alert that nobody has opened is told again
OPENED = "opened"  # the verb of the audit
_MOST_LINES = 20
_FOR_NAMED = "Only the people whom the alerts of this course reach can do that."
_NOTED = "Something in {course} was flagged, nothing urgent: `/staff alerts` tells more."
_GONE = "It is not there any more: it was deleted."


class InDanger(Refusal):
    """I am a program and cannot help with this as a person can."""


class OthersRead(Refusal):
    """Others read here. Open it with its button, or send me that in a direct message."""


class Alarms:
    def __init__(self, storage: Storage, roll: Roll, board: StaffBoard, steps: Steps) -> None:
        self._turns = storage.turns
        self._looks = storage.looks
        self._courses: Courses = storage.courses
        self._roll = roll
        self._board = board
        self._steps = steps
        self.acts: Mapping[str, Callable[[Hand], Awaitable[str]]] = {
            "open": self._open,
            "noalarm": self._no_alarm,
        }

    async def raise_about(self, matter: Matter, question: Message, asker: Enrolment) -> None:
        """Once for each question, and for all that an alert which nobody has opened tells of.

        All of it is repeatable.
        """
        now, course = self._board.clock(), asker.course
        if await self._is_told(matter, question, asker):
            return
        card = await self._board.cards.add(
            Card(
                course=course.id,
                matter=matter,
                nonce=question.unique_key,
                about=question.unique_key,
                place=str(question.key),
                person=asker.person,
                shown=Shown.OWN,
                due_at=now + ALERTED_AFTER if matter is Matter.ALERT else None,
                created_at=now,
            )
        )
        if matter is Matter.ALERT:
            await self._board.post(card)
            return
        day = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(course.zone))
        name = f"noted/{course.id}/{day:%Y-%m-%d}"  # so that staff are told once a day
        await self._board.tell(course, name, lambda: say(_NOTED, course=course.name))

    async def _is_told(self, matter: Matter, question: Message, asker: Enrolment) -> bool:
        waiting = await self._board.cards.waiting(asker.course.id, Matter.ALERT)
        here = [one for one in waiting if (one.person, one.place) == _whose(question, asker)]
        is_other = any(one.about != question.unique_key for one in here)
        return matter is Matter.ALERT and is_other

    async def said(self, message: Message, verb: str, number: str) -> str:
        """The answer to `/staff open 41`: also for whoever is of no staff. Raises a Refusal."""
        trait = f"{message.key.platform}:user:{message.author.id}"
        for by in await self._roll.everywhere(message):
            try:
                hand = await self._steps.hand(by, message, number)
            except NoSuchCard:
                continue
            if not hand.card.matter.is_alarm:
                break
            if trait not in by.course.plan.alerts:
                raise NotAllowed("reached by no alert", notice=_FOR_NAMED)
            return await self.acts[verb](hand)
        raise NoSuchCard

    async def listed(self, by: Enrolment) -> str:
        """What waits to be opened, and how often it was no alarm."""
        cards = await self._board.cards.alarms(by.course.id)
        urgent = sum(card.matter is Matter.ALERT for card in cards)
        dropped = sum(card.stand is Stand.DROPPED and card.holder != "" for card in cards)
        head = say(
            "{urgent} urgent, {len} noted; {dropped} were not an alarm.",
            urgent=urgent,
            len=len(cards) - urgent,
            dropped=dropped,
        )
        waiting = [card for card in cards if card.is_open][:_MOST_LINES]
        lines = [
            say("- #{id} ({matter}): `/staff open {id}`", id=one.id, matter=say(one.matter))
            for one in waiting
        ]
        return "\n".join([head, "", *lines] if lines else [head])

    async def openings(self, person: str) -> Sequence[tuple[str, float]]:
        """Who has seen words of a person after an alert, and when."""
        found = []
        for line in await self._courses.audit_of(person, OPENED):
            card = await self._board.cards.card(int(line.became))
            found.append((card.holder_name if card else "", line.at))
        return found

    async def _open(self, hand: Hand) -> str:
        """Written down before the words are shown."""
        if hand.press.is_shared:
            raise OthersRead
        card = hand.card
        if card.is_open:
            opened = replace(card, stand=Stand.DONE, due_at=None)
            card = await self._step(replace(opened, holder=hand.by.person, holder_name=hand.name))
        elif card.holder != hand.by.person:
            raise SomebodyWasFaster(
                notice=say(
                    "{holder_name} has opened #{id}.", holder_name=card.holder_name, id=card.id
                )
            )
        await self._note(hand, OPENED)
        words = as_quote("\n\n".join(await self._words(card)))
        return say(
            "{words}\n\nIf it is none: `/staff noalarm {id}`", words=words or say(_GONE), id=card.id
        )

    async def _words(self, card: Card) -> Sequence[str]:
        """The question, and what she wrote there afterwards that was as urgent."""
        question = await self._turns.message(card.about)
        if question is None or not (question.own_words or question.attachments):
            return ()
        turns = await self._looks.turns_in(card.place, _MOST_LINES)
        hers = [turn for turn in turns if turn.message.author.id == question.author.id]
        keys = [turn.message.unique_key for turn in hers]
        later = hers[keys.index(card.about) + 1 :] if card.about in keys else []
        urgent = [turn for turn in later if (turn.error or "").startswith(InDanger.__name__)]
        return [_said(one) for one in (question, *(turn.message for turn in urgent))]

    async def _no_alarm(self, hand: Hand) -> str:
        if hand.card.stand is not Stand.DONE or hand.card.holder != hand.by.person:
            raise SomebodyWasFaster(
                notice=say("Whoever has opened it says whether it is an alarm.")
            )
        await self._step(replace(hand.card, stand=Stand.DROPPED))
        await self._note(hand, "noalarm")
        return say("#{id} was not an alarm.", id=hand.card.id)

    async def _step(self, card: Card) -> Card:
        taken = await self._board.cards.step(card)
        if taken is None:
            raise SomebodyWasFaster
        await self._board.show(taken)
        return taken

    async def _note(self, hand: Hand, verb: str) -> None:
        line = AuditLine(
            course=hand.card.course,
            at=self._board.clock(),
            who=hand.by.person,
            verb=verb,
            subject=hand.card.person,
            became=str(hand.card.id),
        )
        await self._courses.note(line)


def _said(message: Message) -> str:
    """Her words, and the names of what she sent along: that is kept by its platform alone."""
    files = "".join(f"\n(file: {one.name})" for one in message.attachments)
    return f"{message.own_words}{files}".strip()


def _whose(question: Message, asker: Enrolment) -> tuple[str, str]:
    return asker.person, str(question.key)
