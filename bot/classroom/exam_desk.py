"""Exams, as staff announce and end them; and what is done with the answers that were kept back."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.classroom.exams import Exams
from bot.classroom.wishes import Note, Wish
from bot.core.answers import Answer
from bot.core.cards import Card, Matter, Stand
from bot.core.courses import Then, Window
from bot.core.errors import InvalidSetting
from bot.core.messages import Message, Receipt
from bot.core.ports.clock import Clock
from bot.core.ports.storage import Storage
from bot.core.text import plural
from bot.rules.exams import examined, read_span, span
from bot.words import day, say

_NONE = "There are no exams."
_BESIDES = "Channels where you hold another assignment than {name} stay open."
Give = Callable[[Message, Answer], Awaitable[Receipt]]


class ExamDesk:
    def __init__(
        self, storage: Storage, exams: Exams, give: Give, clock: Clock, note: Note
    ) -> None:
        self._storage = storage
        self._courses = storage.courses
        self._exams = exams
        self._give = give
        self._clock = clock
        self._note = note

    async def exam(self, wish: Wish) -> str:
        verb, _, number = wish.words.partition(" ")
        if not verb:
            windows = await self._courses.windows(wish.course.id)
            return "\n".join([f"- {_said(one)}" for one in windows]) or _NONE
        if verb in {"on", "off"}:
            return await self._switch(wish, verb, await self._window(wish, number))
        return await self._announce(wish)

    async def give(self, wish: Wish) -> str:
        """As turns of their own, which the press's own stamp says are of after the exam."""
        window = await self._over(wish)
        given = 0
        for card in await self._withheld(window):
            question = await self._storage.turns.message(card.about)
            if question is not None:
                await self._give(_given(question, card, wish.message), Answer(card.words))
                given += 1
            await self._end(wish, card, Stand.DONE)
        await self._close(wish, window, "give")
        return f"Given: {plural(given, 'answer')}."

    async def drop(self, wish: Wish) -> str:
        window = await self._over(wish)
        cards = await self._withheld(window)
        for card in cards:
            await self._end(wish, card, Stand.DROPPED)
        await self._close(wish, window, "drop")
        return say("Dropped: {answers}.", answers=plural(len(cards), "answer"))

    async def _announce(self, wish: Wish) -> str:
        start, end, words = read_span(wish.words)
        first, _, label = words.partition(" ")
        then, label = (Then(first), label) if first in set(Then) else (Then.OFF, words)
        starts_at, ends_at = span(start, end, wish.course.zone)
        window = Window(
            course=wish.course.id,
            label=label,
            local_start=start,
            local_end=end,
            zone=wish.course.zone,
            starts_at=starts_at,
            ends_at=ends_at,
            then=then,
            announced_by=wish.person,
        )
        number = await self._exams.windows.announce(window)
        await self._note(wish, "exam", subject=str(number), became=f"{start} to {end} {then}")
        announced = say(
            "{said}\n\nFor all students of “{name}”, wherever they ask me, in direct "
            "messages as well. Answers under way are kept back then. It holds once you say "
            "`/class exam on {number}`.",
            said=_said(replace(window, id=number)),
            name=wish.course.name,
            number=number,
        )
        is_one = examined(wish.course, window) is not None
        return f"{announced} {say(_BESIDES, name=label)}" if is_one else announced

    async def _switch(self, wish: Wish, verb: str, window: Window) -> str:
        now = self._clock()
        changed = replace(window, off_at=now) if verb == "off" else replace(window, on_at=now)
        if verb == "on" and window.off_at is not None:
            raise InvalidSetting(notice=say("That one was taken back. Please announce it anew."))
        if not await self._exams.windows.save(changed):
            raise InvalidSetting(
                notice=say("Somebody else has just changed it. Please look again.")
            )
        await self._note(wish, f"exam {verb}", subject=str(window.id))
        return f"{say('On') if verb == 'on' else say('Taken back')}: {_said(changed)}"

    async def _window(self, wish: Wish, number: str) -> Window:
        for window in await self._courses.windows(wish.course.id):
            if str(window.id) == number.strip():
                return window
        raise InvalidSetting(notice=say("There is no such exam: `/class exam` shows them all."))

    async def _over(self, wish: Wish) -> Window:
        window = await self._window(wish, wish.words)
        if not await self._exams.is_over(window, wish.message):
            raise InvalidSetting(notice=say("That exam is still on."))
        return window

    async def _withheld(self, window: Window) -> Sequence[Card]:
        cards = await self._storage.cards.waiting(window.course, Matter.EXAM)
        return [card for card in cards if card.nonce.startswith(f"exam:{window.id}:")]

    async def _end(self, wish: Wish, card: Card, stand: Stand) -> None:
        """Given first and ended then: what is given twice is given once."""
        await self._storage.cards.step(replace(card, stand=stand, holder=wish.person))

    async def _close(self, wish: Wish, window: Window, verb: str) -> None:
        await self._exams.windows.save(replace(window, released_at=self._clock()))
        await self._note(wish, verb, subject=str(window.id))


def _given(question: Message, card: Card, press: Message) -> Message:
    return replace(
        question,
        id=f"given/{card.id}/{question.id}",  # it ends as the question's
        client_id=None,
        command=None,
        sent_at=press.sent_at,
    )


def _said(window: Window) -> str:
    """In the course's zone, and as it holds in UTC."""
    start, end = (
        f"{day(at)} {at:%H:%M}"
        for at in (datetime.fromtimestamp(one, UTC) for one in (window.starts_at, window.ends_at))
    )
    stand = say("taken back") if window.off_at else "" if window.on_at else say("not on yet")
    label = f" “{window.label}”" if window.label else ""
    return say(
        "Exam {id}{label}: {begin} to {finish} {zone} ({start} to {end} UTC), then {then}{stand}",
        id=window.id,
        label=label,
        begin=window.local_start,
        finish=window.local_end,
        zone=window.zone,
        start=start,
        end=end,
        then=window.then,
        stand=f"; {stand}" if stand else "",
    )
