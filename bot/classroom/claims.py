"""Who has a card: of who leaves the staff it is handed back, at the next look of anybody."""

from bot.classroom.board import StaffBoard
from bot.classroom.people import Roll
from bot.classroom.steps import FREED, freed, reply_to
from bot.core.answers import Answer, Kind
from bot.core.cards import Card, Stand
from bot.core.errors import TransientError
from bot.core.messages import Message
from bot.core.ports.clock import Clock
from bot.core.ports.storage import Storage
from bot.words import say, speaking


class Claims:
    def __init__(self, storage: Storage, roll: Roll, board: StaffBoard, clock: Clock) -> None:
        self._storage = storage
        self._roll = roll
        self._board = board
        self._clock = clock

    async def held(self, card: Card, asked: Message) -> Card:
        """The card as it stands once it was looked at, with `asked`."""
        if card.stand is not Stand.CLAIMED or await self._is_staff(card, asked):
            return card
        anew = await self._board.cards.step(freed(card, self._clock()))
        if anew is None:
            return await self._board.cards.card(card.id) or card
        await self._board.show(anew)
        question = await self._storage.turns.message(card.about)
        if question is not None:
            born = reply_to(question, f"told/{card.id}.{card.epoch}", asked)
            with speaking(await self._board.language(question)):
                answer = Answer(say(FREED), Kind.NOTICE)
            await self._board.give(born, answer)
        return anew

    async def _is_staff(self, card: Card, asked: Message) -> bool:
        """Where that cannot be told, from here or now, it stays as it is."""
        course, user = await self._board.course(card), card.holder.rpartition(":")[2]
        if course is None or self._roll.person_of(asked, user) != card.holder:
            return True
        try:
            holder = await self._roll.enrolment_of(course, asked, user)
        except TransientError:
            return True
        return holder is not None and holder.is_staff
