"""The staff's board: what waits for them stands on cards in their channel.

A card is a turn that is born answered there. With each step it is shown anew, so that what stands
on the platform follows what is on the disk through any crash; whoever presses a button of an older
step is told that somebody was faster.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.classroom.register import Register
from bot.core.answers import Answer, Kind
from bot.core.cards import Card, Matter, Shown, Stand
from bot.core.controls import Button
from bot.core.courses import Course
from bot.core.messages import Author, ConversationKey, Message, Receipt
from bot.core.ports.adapter import Adapter
from bot.core.ports.cards import Cards
from bot.core.ports.clock import Clock
from bot.core.ports.storage import Storage
from bot.core.shares import minutes
from bot.core.text import as_quote
from bot.core.turns import Turn
from bot.words import Language, day, say, speaking

CARD, TOLD = "card", "told"  # the commands of turns that nobody has asked for


@dataclass(frozen=True, slots=True)
class Outbox:
    """What goes out though nobody asks a model for it.

    `give` hands over an answer, once. `show_anew` makes what was delivered under a key say
    something else; False where there is nothing. `language`: of whom a message is for.
    """

    give: Callable[[Message, Answer], Awaitable[Receipt]]
    show_anew: Callable[[str, str], Awaitable[bool]]
    language: Callable[[Message], Awaitable[Language]]


_CHARS_OF_ANSWER = 700  # on a card
_CHARS_OF_WORDS = 1200
_SAID = {Shown.QUESTION: 1, Shown.FIVE: 5, Shown.OWN: 0}
_BUTTONS: Mapping[tuple[Matter, Stand], Sequence[tuple[str, str]]] = {
    (Matter.HUMAN, Stand.OPEN): [("Claim", "claim")],
    (Matter.HUMAN, Stand.CLAIMED): [
        ("Answer", "answer"),
        ("Hand back", "back"),
        ("Resolve", "resolve"),
    ],
    (Matter.DRAFT, Stand.OPEN): [
        ("Approve", "approve"),
        ("Edit", "edit"),
        ("Shorter", "shorter"),
        ("Reject", "reject"),
    ],
    (Matter.ALERT, Stand.OPEN): [("Open", "open")],
    (Matter.ALERT, Stand.DONE): [("Not an alarm", "noalarm")],
}
_WITH_FORM = {"answer", "edit"}


class StaffBoard:
    def __init__(
        self,
        storage: Storage,
        register: Register,
        adapters: Mapping[str, Adapter],
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self.cards: Cards = storage.cards
        self._storage = storage
        self._register = register
        self._adapters = adapters
        self.give = outbox.give
        self._show_anew = outbox.show_anew
        self.language = outbox.language
        self.clock = clock

    async def post(self, card: Card) -> None:
        """Put a card up, once for each time that it is raised."""
        course = await self.course(card)
        if course is not None:
            for message in self._messages(card, course):
                with speaking(await self.language(message)):
                    await self.give(message, await self._face(card, course))

    async def show(self, card: Card) -> None:
        """Make it show how things stand now."""
        course = await self.course(card)
        if course is not None:
            for message in self._messages(card, course):
                with speaking(await self.language(message)):
                    face = await self._face(card, course)
                await self._show_anew(message.unique_key, face.text)

    async def take_down(self, card: Card) -> None:
        """It is posted anew, further down."""
        course = await self.course(card)
        if course is not None:
            for message in self._messages(card, course):
                with speaking(await self.language(message)):
                    words = say("**#{id}** · moved below: it still waits.", id=card.id)
                await self._show_anew(message.unique_key, words)

    async def tell(self, course: Course, name: str, words: Callable[[], str]) -> None:
        """Tell all of the staff something, once under this name; said in their language."""
        place = ConversationKey.parse(course.plan.staff)
        origin = self._adapters[place.platform].unasked(place, "")
        message = Message(place.aside(), name, Author("", ""), "", TOLD, origin=origin)
        with speaking(await self.language(message)):
            await self.give(message, Answer(words(), Kind.NOTICE))

    def knows(self, message: Message) -> bool:
        """Whether anything can be said on its platform."""
        return message.key.platform in self._adapters

    async def controls(self, turn: Turn) -> Sequence[Button]:
        """What stands below a card, as it stands."""
        card = await self.cards.card(int(turn.message.text))
        if card is None or not turn.message.id.startswith(_prefix(card)):
            return ()
        return buttons_of(card)

    async def course(self, card: Card) -> Course | None:
        """None: it was deleted, or has no channel for its staff."""
        found = (one for one in await self._register.all() if one.id == card.course)
        return next((one for one in found if one.plan.staff), None)

    def _message(self, card: Card, course: Course) -> Message:
        """What the card stands in reply to: nobody wrote it."""
        place = ConversationKey.parse(course.plan.staff)
        name = f"{_prefix(card)}{card.nonce.partition(':')[2]}"
        origin = self._adapters[place.platform].unasked(place, "")
        nobody = Author("", "")
        return Message(place.aside(), name, nobody, str(card.id), CARD, origin=origin)

    def _messages(self, card: Card, course: Course) -> Iterator[Message]:
        """An alert goes to each person that it has to reach as well."""
        yield self._message(card, course)
        for trait in course.plan.alerts if card.matter is Matter.ALERT else ():
            platform, kind, person = trait.split(":", 2)
            scopes = [*course.scopes, course.plan.staff]
            places = [scope for scope in scopes if scope.startswith(f"{platform}:")]
            if kind == "user" and places and platform in self._adapters:
                yield self._to(card, ConversationKey.parse(places[-1]), person)

    def _to(self, card: Card, place: ConversationKey, person: str) -> Message:
        """The card for one person alone, wherever the platform lets her be told."""
        name = f"{_prefix(card)}{card.nonce.partition(':')[2]}/{person}"
        origin = self._adapters[place.platform].unasked(place, person)
        key = place.own(person).aside()
        return Message(key, name, Author(person, ""), str(card.id), CARD, origin=origin)

    async def _face(self, card: Card, course: Course) -> Answer:
        blocks = [self._headline(card), *await self._said(card)]
        if card.matter.is_alarm:
            blocks.append(_when(card, course))
        if card.words and card.stand is not Stand.DROPPED:
            blocks.append(as_quote(card.words[:_CHARS_OF_WORDS]))
        if ways := _ways(card):
            blocks.append(ways)
        return Answer("\n\n".join(blocks), Kind.NOTICE)

    def _headline(self, card: Card) -> str:
        titles = {
            Matter.HUMAN: say("somebody asks for a person"),
            Matter.DRAFT: say("a draft, which nobody has seen yet"),
            Matter.EXAM: say("an answer that the exam kept back"),
            Matter.ALERT: say("urgent: somebody may be in danger, or threaten others"),
            Matter.NOTE: say("flagged, and not urgent"),
        }
        waited = minutes(max(self.clock() - card.created_at, 0.0))
        stands = {
            Stand.OPEN: say("waiting for {waited}", waited=waited),
            Stand.CLAIMED: say("{holder_name} has it", holder_name=card.holder_name),
            Stand.ANSWERED: say("answered by {holder_name}", holder_name=card.holder_name),
            Stand.DONE: say("done, by {holder_name}", holder_name=card.holder_name)
            if card.holder_name
            else say("done"),
            Stand.DROPPED: say("dropped"),
        }
        if card.matter.is_alarm:
            stands[Stand.DONE] = say("opened by {holder_name}", holder_name=card.holder_name)
            stands[Stand.DROPPED] = say("not an alarm")
        return (
            f"**#{card.id}** · {titles[card.matter]} · {card.name or say('a student')} · "
            f"{stands[card.stand]}"
        )

    async def _said(self, card: Card) -> list[str]:
        """What she lets staff see, as it is kept now: what she has deleted is gone."""
        count = _SAID[card.shown]
        if not count or not card.place or card.stand is Stand.DROPPED:
            return []
        turns = await self._storage.looks.turns_in(card.place, 4 * count)
        asker = card.person.rpartition(":")[2]
        hers = [turn for turn in turns if turn.message.author.id == asker and _is_said(turn)]
        if card.shown is Shown.QUESTION:
            hers = [turn for turn in hers if turn.message.unique_key == card.about]
        return [_exchange(turn) for turn in hers[-count:]]


def buttons_of(card: Card) -> Sequence[Button]:
    return [
        Button(
            label=label,
            command="reply" if verb in _WITH_FORM else "staff",
            words=f"{verb} {card.id}.{card.epoch}",
        )
        for label, verb in _BUTTONS.get((card.matter, card.stand), ())
    ]


def _when(card: Card, course: Course) -> str:
    at = datetime.fromtimestamp(card.created_at, UTC).astimezone(ZoneInfo(course.zone))
    return f"{course.name}, {day(at)} {at:%H:%M} ({course.zone})"


def _prefix(card: Card) -> str:
    return f"card/{card.id}/{card.raised}/"


def _ways(card: Card) -> str:
    """For where there are no buttons."""
    verbs = [verb for _, verb in _BUTTONS.get((card.matter, card.stand), ())]
    return " · ".join(f"`/staff {verb} {card.id}`" for verb in verbs)


def _is_said(turn: Turn) -> bool:
    return turn.message.command is None and "/given/" not in turn.message.id


def _exchange(turn: Turn) -> str:
    question = as_quote(turn.message.own_words[:_CHARS_OF_WORDS])
    if turn.answer is None or turn.answer.kind is Kind.NOTICE:
        return question
    return f"{question}\n\n{turn.answer.words[:_CHARS_OF_ANSWER]}"
