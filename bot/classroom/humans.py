"""Asking a person of the course instead of the model: the student's side.

She says what staff may see and whether by name; her question is a card on the board, and what she
writes there meanwhile goes to whoever has it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.classroom.board import StaffBoard
from bot.classroom.claims import Claims
from bot.classroom.office_hours import told_of
from bot.classroom.people import Enrolment, Roll
from bot.core.cards import Card, Matter, Shown, Stand
from bot.core.controls import Button
from bot.core.errors import Refusal
from bot.core.forms import read_filled
from bot.core.messages import Message
from bot.core.ports.clock import Clock
from bot.core.ports.storage import Storage
from bot.core.text import plural
from bot.words import say

FIRST_RAISED_AFTER = 600.0  # seconds
_HIDDEN, _DONE = "hidden", "done"
_LOOKED_AT = 20  # turns, for her last question
_CHARS = 2000
_MOST_WAITING = 3  # of one student: staff read each by itself
_CHOOSE = """\
What may the staff see? They answer you here.

- `/human question`: your last question here, and my answer
- `/human five`: your last five
- `/human own` and your words: nothing but those

With `hidden` behind the first word your name is not told. `/human done` ends it."""


class PassedOn(Refusal):
    """Somebody of the staff has your question, and sees what you write here."""


class NoCourseHere(Refusal):
    """There is no course here, so I know of nobody to ask."""


class NothingToShow(Refusal):
    """You have asked nothing here yet. Write `/human own` and what it is about."""


class EnoughWaits(Refusal):
    """Several questions of yours wait for a person already. `/human done` takes them back."""


@dataclass(frozen=True, slots=True)
class _Wish:
    shown: Shown
    is_hidden: bool
    rest: str  # the key of a question, or her own words


class Humans:
    def __init__(
        self, storage: Storage, roll: Roll, claims: Claims, board: StaffBoard, clock: Clock
    ) -> None:
        self._storage = storage
        self._roll = roll
        self._claims = claims
        self._board = board
        self._clock = clock

    async def said(self, message: Message) -> str:
        """The answer to `/human …`. Raises a Refusal."""
        enrolment = await self._roll.attending(message)
        if enrolment is None:
            raise NoCourseHere
        line, filled = read_filled(message.text)
        first = line.split(maxsplit=1)[0] if line.split() else ""
        if first == _DONE:
            return await self._end(message, enrolment)
        if first not in set(Shown):
            return _CHOOSE
        wish = _read(line)
        return await self._ask(
            message, enrolment, replace(wish, rest=filled.get("text", wish.rest))
        )

    async def passed_on(self, message: Message, enrolment: Enrolment) -> PassedOn | None:
        """What is said where somebody of the staff has taken over goes to them, once."""
        card = await self._board.cards.held_of(str(message.key), enrolment.person)
        card = card and await self._claims.held(card, message)
        if card is None or card.stand is not Stand.CLAIMED:
            return None
        if not card.words.endswith(message.own_words):
            words = f"{card.words}\n\n{message.own_words}".strip()[-_CHARS:]
            card = await self._board.cards.step(replace(card, words=words)) or card
        await self._board.show(card)
        return PassedOn(
            notice=say(
                "{holder_name} has your question and sees what you write here. `/human done` "
                "ends that, and then I answer again.",
                holder_name=card.holder_name,
            )
        )

    async def _ask(self, message: Message, enrolment: Enrolment, wish: _Wish) -> str:
        question = await self._question(message, wish)
        await self._require_room(enrolment, message)
        now = self._clock()
        card = await self._board.cards.add(
            Card(
                course=enrolment.course.id,
                matter=Matter.HUMAN,
                nonce=message.unique_key,
                about=question.unique_key,
                place=str(question.key),
                person=enrolment.person,
                name="" if wish.is_hidden else message.author.name,
                words=wish.rest[:_CHARS] if wish.shown is Shown.OWN else "",
                shown=wish.shown,
                due_at=now + FIRST_RAISED_AFTER,
                created_at=now,
            )
        )
        await self._board.post(card)
        return await self._sent(card, enrolment)

    async def _require_room(self, enrolment: Enrolment, message: Message) -> None:
        waiting = await self._board.cards.waiting(enrolment.course.id, Matter.HUMAN)
        hers = [one for one in waiting if one.person == enrolment.person]
        is_known = any(one.nonce == message.unique_key for one in hers)  # it was cut off
        if len(hers) >= _MOST_WAITING and not is_known:
            raise EnoughWaits

    async def _sent(self, card: Card, enrolment: Enrolment) -> str:
        waiting = await self._board.cards.waiting(card.course, Matter.HUMAN)
        before = sum(one.id < card.id for one in waiting)
        place = (
            say("{before} before yours", before=plural(before, "question"))
            if before
            else say("yours is the next")
        )
        hours = told_of(enrolment.course, self._clock)
        return say(
            "Sent to the staff of {name}; {place}.{hours} I tell you here.",
            name=enrolment.course.name,
            place=place,
            hours=hours,
        )

    async def _question(self, message: Message, wish: _Wish) -> Message:
        """What it is about: the one she names, else her last one here; with own words, these."""
        named = await self._storage.turns.message(wish.rest) if ":" in wish.rest else None
        if named is not None and self._roll.person(named) == self._roll.person(message):
            return named
        if wish.shown is Shown.OWN:
            return message
        turns = await self._storage.looks.turns_in(str(message.key.subject()), _LOOKED_AT)
        for turn in reversed(turns):
            is_hers = turn.message.author.id == message.author.id
            if is_hers and turn.message.command is None:
                return turn.message
        raise NothingToShow

    async def _end(self, message: Message, enrolment: Enrolment) -> str:
        ended = 0
        for card in await self._board.cards.waiting(enrolment.course.id, Matter.HUMAN):
            if card.person == enrolment.person:
                done = await self._board.cards.step(replace(card, stand=Stand.DONE, due_at=None))
                ended += done is not None
                await self._board.show(done or card)
        return (
            say("It is ended; I answer you again.")
            if ended
            else say("Nothing of yours waits for a person.")
        )


def choices(message: Message) -> Sequence[Button]:
    """Below the question what staff may see, where `/human` was said without an answer to it."""
    key = read_filled(message.text)[0].strip()
    is_hidden = key.startswith(f"{_HIDDEN} ")
    key = key.removeprefix(f"{_HIDDEN} ")
    if key.partition(" ")[0] in {*Shown, _DONE}:
        return ()
    name = f"{_HIDDEN} " if is_hidden else ""
    hide = (
        ()
        if is_hidden
        else (Button(label=say("Hide my name"), command="human", words=f"hidden {key}"),)
    )
    return (
        Button(label=say("Show my question"), command="human", words=f"question {name}{key}"),
        Button(label=say("Show my last five"), command="human", words=f"five {name}{key}"),
        Button(label=say("Only what I write"), command="write", words=f"own {name}{key}"),
        *hide,
    )


def ask_human(message_key: str) -> Button:
    return Button(label="Ask a human", command="human", words=message_key)


def _read(line: str) -> _Wish:
    first, _, rest = line.partition(" ")
    second, _, more = rest.partition(" ")
    is_hidden = second == _HIDDEN
    return _Wish(Shown(first), is_hidden, (more if is_hidden else rest).strip())
