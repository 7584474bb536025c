"""Who is called what towards a model, in a conversation of a course.

An alias is made with the course's own key, so it is the same whenever somebody is met again, and
once the key is gone nobody can tell whose it was. What was said in a conversation before the first
of them was said with names: the model is not reminded of it.
"""

import hmac
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from bot.classroom.people import Enrolment, Roll
from bot.core.aliases import FILE, Alias
from bot.core.courses import Course
from bot.core.messages import Message
from bot.core.ports.clock import Clock
from bot.core.ports.storage import Storage
from bot.core.quoting import Quote, speaker
from bot.core.turns import Turn
from bot.rules.masking import Mask, revealed

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that looks like a digit
_NUMBERS = range(10, 100)
_LONGEST_END = 8  # of a file's name, that says what it is


@dataclass(frozen=True, slots=True)
class _Met:
    """Somebody, or a file of somebody's, in what is asked."""

    subject: str
    owner: str
    name: str


class Aliasing:
    def __init__(self, storage: Storage, roll: Roll, clock: Clock) -> None:
        self._aliases = storage.aliases
        self._sessions = storage.sessions
        self._roll = roll
        self._clock = clock

    async def mask(self, turn: Turn, enrolment: Enrolment, quotes: Sequence[Quote] = ()) -> Mask:
        """For the words of a turn, and what was said before it."""
        course = enrolment.course
        known = await self._of(turn.conversation_id, course)
        names = {one.subject: one.name for one in known}
        new = [one for one in _met(turn.message, quotes) if _is_news(one, names)]
        if new:
            if not known and not turn.is_submitted and turn.run is None:
                await self._sessions.begin_anew(turn.conversation_id, turn.id - 1, self._clock())
            for one in new:
                alias = self._alias(turn, enrolment, one, known)
                await self._aliases.add(alias)
                known = [*(other for other in known if other.subject != alias.subject), alias]
        return Mask(known, self.user(course, enrolment.person))

    def user(self, course: Course, person: str) -> str:
        """As which a model's server knows somebody, in no other course."""
        return _digest(course, person).hex()

    async def revealed(self, turn: Turn, text: str) -> str:
        """What a model said there, with the names of those it speaks of."""
        if not text or turn.message.command or not await self._roll.register.all():
            return text
        return revealed(text, await self._aliases.of(turn.conversation_id))

    async def _of(self, conversation_id: int, course: Course) -> list[Alias]:
        known = await self._aliases.of(conversation_id)
        return [one for one in known if one.course == course.id]

    def _alias(self, turn: Turn, enrolment: Enrolment, met: _Met, known: Sequence[Alias]) -> Alias:
        before = next((one for one in known if one.subject == met.subject), None)
        taken = {one.alias for one in known}
        free = (
            _file_names(met.name)
            if met.subject.startswith(FILE)
            else self._labels(turn, enrolment, met)
        )
        return Alias(
            course=enrolment.course.id,
            conversation_id=turn.conversation_id,
            subject=met.subject,
            person=self._roll.person_of(turn.message, met.owner),
            alias=before.alias if before else next(one for one in free if one not in taken),
            name=met.name,
            at=turn.accepted_at,
        )

    def _labels(self, turn: Turn, enrolment: Enrolment, met: _Met) -> Iterator[str]:
        """Of one person, the first that nobody else has is hers."""
        plan, named = enrolment.course.plan, f"{turn.message.key.platform}:user:{met.subject}"
        is_asker = met.subject == turn.message.author.id
        is_staff = enrolment.is_staff if is_asker else named in {*plan.teachers, *plan.assistants}
        place, number = f"{turn.conversation_id}/{met.subject}", 0
        while True:
            drawn = int.from_bytes(_digest(enrolment.course, f"{place}/{number}")[:8])
            letter, digits = divmod(drawn % (len(_LETTERS) * len(_NUMBERS)), len(_NUMBERS))
            yield f"{'Tutor' if is_staff else 'Student'} {_LETTERS[letter]}{_NUMBERS[digits]}"
            number += 1


def _met(message: Message, quotes: Sequence[Quote]) -> Collection[_Met]:
    """Each once, by a name where one is known; who asks comes last, for hers is the newest."""
    named = [*message.named, *(one for quote in quotes for one in quote.names)]
    people = {one.person: str(one.name) for one in named if one.person and not one.name}
    people |= {one.person: one.name for one in named if one.person and one.name}
    people[message.author.id] = message.author.name
    theirs = [(one, quote.author) for quote in quotes for one in quote.attachments]
    files = [*theirs, *((one, message.author.id) for one in message.attachments)]
    return [
        *(_Met(one, one, name and speaker(name)) for one, name in people.items()),
        *(_Met(f"{FILE}{one.id}", owner, one.name) for one, owner in files),
    ]


def _is_news(met: _Met, names: Mapping[str, str]) -> bool:
    return met.subject not in names or (bool(met.name) and met.name != names[met.subject])


def _file_names(name: str) -> Iterator[str]:
    end = PurePath(name).suffix
    is_plain = len(end) <= _LONGEST_END and end[1:].isascii() and end[1:].isalnum()
    number = 1
    while True:
        yield f"file{number}{end if is_plain else ''}"
        number += 1


def _digest(course: Course, what: str) -> bytes:
    key, words = course.pseudonym_key.encode(), what.encode("utf-8", "replace")
    return hmac.digest(key, words, "sha256")
