"""What the staff do with a card: each is a step that one of them takes.

What follows for the student is given before the step is saved, under a name that card and epoch
or the claim of it make: so a press that is carried out twice gives it once, and nobody gives what
another has taken.
"""

from dataclasses import dataclass, replace

from bot.classroom.board import StaffBoard
from bot.classroom.people import Enrolment
from bot.core.answers import Answer, Kind
from bot.core.cards import Card, Matter, Stand
from bot.core.errors import InvalidSetting, NotAllowed, Refusal
from bot.core.messages import Message
from bot.core.ports.clock import Clock
from bot.core.ports.storage import Storage
from bot.rules.shortening import shortened
from bot.words import say, speaking

HANDED_BACK_AFTER = 3600.0  # seconds without a step
RAISED_AFTER = 900.0
FREED = "Your question waits for somebody else of the staff."
_DIGITS = 15  # of a card's number
_FEWEST = 2  # characters of an answer


class SomebodyWasFaster(Refusal):
    """Somebody else was faster with this card."""


class NoSuchCard(Refusal):
    """There is no such card in this course."""


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody of the staff, and the card in question."""

    by: Enrolment
    press: Message
    card: Card

    @property
    def name(self) -> str:
        return self.press.author.name

    @property
    def is_hers(self) -> bool:
        return self.card.holder == self.by.person or self.by.role.is_in_charge


class Steps:
    def __init__(self, storage: Storage, board: StaffBoard, clock: Clock) -> None:
        self._storage = storage
        self._board = board
        self._clock = clock

    async def hand(self, by: Enrolment, press: Message, number: str) -> Hand:
        """`number`: of a card and, from a button, of the epoch that it showed."""
        written, _, epoch = number.partition(".")
        is_number = written.isascii() and written.isdecimal()
        card = await self._board.cards.card(int(written[:_DIGITS])) if is_number else None
        if card is None or card.course != by.course.id:
            raise NoSuchCard
        if epoch and epoch != str(card.epoch):
            raise _faster(card)
        return Hand(by, press, card)

    async def claim(self, hand: Hand, _text: str) -> str:
        _require(hand.card, Matter.HUMAN, Stand.OPEN)
        due_at = self._clock() + HANDED_BACK_AFTER
        mine = replace(hand.card, holder=hand.by.person, holder_name=hand.name, due_at=due_at)
        await self._step(hand, replace(mine, stand=Stand.CLAIMED))
        await self._tell(hand, "{name} has taken your question to the staff.")
        return say("#{id} is yours.", id=hand.card.id)

    async def back(self, hand: Hand, _text: str) -> str:
        _require(hand.card, Matter.HUMAN, Stand.CLAIMED)
        _require_hers(hand)
        await self._step(hand, freed(hand.card, self._clock()))
        await self._tell(hand, FREED)
        return say("#{id} is handed back.", id=hand.card.id)

    async def answer(self, hand: Hand, text: str) -> str:
        _require(hand.card, Matter.HUMAN, Stand.CLAIMED)
        _require_hers(hand)
        await self._give(hand, "{words}\n\n— {name}, of the staff", _worded(text))
        await self._step(hand, replace(hand.card, stand=Stand.ANSWERED, due_at=None))
        return say("#{id} is answered.", id=hand.card.id)

    async def resolve(self, hand: Hand, _text: str) -> str:
        _require(hand.card, Matter.HUMAN, Stand.CLAIMED)
        _require_hers(hand)
        await self._tell(hand, "{name} considers your question done. Else say `/human` once more.")
        await self._step(hand, replace(hand.card, stand=Stand.DONE, due_at=None))
        return say("#{id} is done.", id=hand.card.id)

    async def approve(self, hand: Hand, _text: str) -> str:
        return await self._approve(hand, hand.card.words)

    async def edit(self, hand: Hand, text: str) -> str:
        return await self._approve(hand, _worded(text))

    async def shorter(self, hand: Hand, _text: str) -> str:
        """Staff who change drafts mostly delete."""
        _require_draft(hand.card)
        short = shortened(hand.card.words)
        await self._step(hand, replace(hand.card, words=short))
        return (
            say("#{id} is shorter.", id=hand.card.id)
            if short != hand.card.words
            else say("It is short already.")
        )

    async def reject(self, hand: Hand, _text: str) -> str:
        _require_draft(hand.card)
        await self._tell(
            hand, "The staff do not give you that answer. `/human` asks them about it."
        )
        await self._step(hand, _decided(hand, Stand.DROPPED))
        return say("#{id} is dropped.", id=hand.card.id)

    async def _approve(self, hand: Hand, words: str) -> str:
        _require_draft(hand.card)
        await self._give(hand, "{words}", words)
        await self._step(hand, replace(_decided(hand, Stand.DONE), words=""))
        return say("#{id} is given.", id=hand.card.id)

    async def _step(self, hand: Hand, card: Card) -> None:
        taken = await self._board.cards.step(card)
        while taken is None:
            now = await self._board.cards.card(card.id) or card
            if not _is_same_claim(now, hand.card):
                raise _faster(now)
            # She wrote more meanwhile, and nobody else has taken it.
            taken = await self._board.cards.step(replace(card, words=now.words, epoch=now.epoch))
        await self._board.show(taken)

    async def _give(self, hand: Hand, sentence: str, words: str) -> None:
        await self._say(hand, "given", Kind.ANSWER, sentence, words)

    async def _tell(self, hand: Hand, sentence: str) -> None:
        await self._say(hand, "told", Kind.NOTICE, sentence)

    async def _say(self, hand: Hand, what: str, kind: Kind, sentence: str, words: str = "") -> None:
        """In the student's own place and language, in reply to her question; once for an epoch."""
        card = hand.card
        question = await self._storage.turns.message(card.about)
        if question is not None:
            name = f"{what}/{card.id}.{_moment_of(card)}"
            with speaking(await self._board.language(question)):
                text = say(sentence, name=hand.name, words=words)
            await self._board.give(reply_to(question, name, hand.press), Answer(text, kind))


def _is_same_claim(now: Card, seen: Card) -> bool:
    is_claimed = seen.stand is Stand.CLAIMED and now.stand is Stand.CLAIMED
    return is_claimed and (now.holder, now.due_at) == (seen.holder, seen.due_at)


def _moment_of(card: Card) -> str:
    """The same for as long as one person has it, whatever she who asked writes there meanwhile."""
    return str(card.epoch) if card.due_at is None or not card.holder else f"c{card.due_at:.3f}"


def reply_to(question: Message, name: str, press: Message) -> Message:
    """What a turn that is born answered stands in reply to. The id ends as the question's.

    It is an act of the press, and no longer of when it was asked.
    """
    text = question.text if question.command is None else question.own_words
    born = replace(question, id=f"{name}/{question.id}", client_id=None, command=None, text=text)
    return replace(born, sent_at=press.sent_at)


def freed(card: Card, now: float) -> Card:
    """Nobody has it any more."""
    return replace(card, stand=Stand.OPEN, holder="", holder_name="", due_at=now + RAISED_AFTER)


def _decided(hand: Hand, stand: Stand) -> Card:
    return replace(hand.card, stand=stand, holder=hand.by.person, holder_name=hand.name)


def _require(card: Card, matter: Matter, stand: Stand) -> None:
    if card.matter is not matter:
        raise InvalidSetting(notice=say("#{id} is of another kind.", id=card.id))
    if card.stand is not stand:
        raise _faster(card)


def _require_draft(card: Card) -> None:
    """What an exam kept back is given with all the rest, once that is over."""
    _require(card, Matter.DRAFT, Stand.OPEN)


def _require_hers(hand: Hand) -> None:
    if not hand.is_hers:
        raise NotAllowed(
            "not the holder", notice=say("{holder_name} has it.", holder_name=hand.card.holder_name)
        )


def _worded(text: str) -> str:
    if len(text.strip()) < _FEWEST:
        raise InvalidSetting(notice=say("Please write the answer behind the number."))
    return text.strip()


def _faster(card: Card) -> SomebodyWasFaster:
    who = (
        say("{holder_name} has #{id}", holder_name=card.holder_name, id=card.id)
        if card.holder_name
        else say("#{id} has changed", id=card.id)
    )
    return SomebodyWasFaster(
        notice=say("{who}: nothing was done ({stand}).", who=who, stand=say(card.stand))
    )
