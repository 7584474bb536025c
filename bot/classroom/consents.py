"""Who was told what this is, and who agrees that her words go to a model: two things."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from bot.classroom.people import Enrolment, Roll
from bot.core.controls import Button
from bot.core.courses import Course, Role
from bot.core.errors import Refusal
from bot.core.messages import Message
from bot.core.ports.clock import Clock
from bot.core.ports.storage import Courses
from bot.core.quoting import Quote
from bot.words import say

_DISCLOSURE = (
    "You are talking to a program. A language model writes the answers, and they may be wrong. "
    "Staff of {course} see how much is asked and about what; they read your words only if you "
    "share them, where they look at answers first, or after an alert. What you write is kept for "
    "{keep} days; `/privacy` says more, and deletes it."
)
_CONSENT = "May I send your questions to the model? Without it I can bring you to a person."
_AGE = "Agree only if you are old enough to decide that yourself where you live."
_WAYS = "Say `/agree`, or `/disagree`."
_AGREED = "Thank you. I answer what you asked."
_REFUSED = "Nothing you write goes to a model. {person} If you change your mind, say `/agree`."
_A_PERSON = "To reach a person of the staff, say `/human`."


class NotAgreed(Refusal):
    """I am waiting for you to say whether your questions may go to the model."""


class NothingToAgree(Refusal):
    """There is no course here that asks you anything."""


class Consents:
    def __init__(self, roll: Roll, courses: Courses, clock: Clock) -> None:
        self._roll = roll
        self._courses = courses
        self._clock = clock

    async def refusal(self, enrolment: Enrolment) -> Refusal | None:
        """Before anything of hers goes to a model. The whole of it is told once."""
        if has_agreed(enrolment):
            return None
        first = await self.first_words(enrolment)
        age = _AGE if enrolment.course.plan.age else ""
        words = "\n\n".join(filter(None, (first, say(_CONSENT), say(age), say(_WAYS))))
        return NotAgreed(f"course {enrolment.course.id}", notice=words)

    async def first_words(self, enrolment: Enrolment) -> str:
        """What she is told at first contact, and again where it is other words by now."""
        course = enrolment.course
        told = _DISCLOSURE.format(course=course.name, keep=course.plan.keep)
        digest = sha256(told.encode()).hexdigest()[:16]
        if enrolment.is_staff or (enrolment.member and enrolment.member.told == digest):
            return ""
        place = (enrolment.course.id, enrolment.person)
        await self._courses.tell(*place, digest, self._clock())
        return _disclosure(course)

    async def decide(self, message: Message, *, agrees: bool) -> str:
        """Whoever presses decides for herself, whosever question it was."""
        enrolment = await self._roll.attending(message)
        if enrolment is None:
            raise NothingToAgree
        place = (enrolment.course.id, enrolment.person)
        await self._courses.decide(*place, self._clock(), agrees=agrees)
        if agrees:
            return _AGREED
        places = enrolment.course.plan.places
        person = " ".join(
            filter(
                None, (say(_A_PERSON), say("Besides: {places}.", places=places) if places else "")
            )
        )
        return say(_REFUSED, person=person)

    async def heard(self, message: Message, quotes: Sequence[Quote]) -> Sequence[Quote]:
        """What others said, of those alone who agree that a model reads it."""
        agreed = await self._agreed(message, {quote.author for quote in quotes})
        return quotes if agreed is None else [one for one in quotes if one.author in agreed]

    async def of_asker(self, message: Message) -> Message:
        """Without what it quotes, where one of those who said it has not agreed."""
        agreed = await self._agreed(message, set(message.quoted_of)) if message.quoted else None
        if agreed is None or (message.quoted_of and set(message.quoted_of) <= agreed):
            return message
        return replace(message, text=message.own_words, quoted="", attachments=())

    async def _agreed(self, message: Message, authors: set[str]) -> set[str] | None:
        """None: nobody has to agree here. Who cannot be told has not."""
        enrolment = await self._roll.attending(message) if authors or message.quoted else None
        if enrolment is None or not enrolment.course.plan.consent:
            return None
        return {one for one in authors if one and await self._agrees(enrolment, message, one)}

    async def _agrees(self, enrolment: Enrolment, message: Message, author: str) -> bool:
        course, other = enrolment.course, replace(message.author, id=author)
        named = f"{message.key.platform}:user:{author}"
        is_staff = named in {*course.plan.teachers, *course.plan.assistants}
        if is_staff or author == message.author.id:
            return True
        person = self._roll.person(replace(message, author=other))
        member = await self._courses.member(course.id, person)
        return member is not None and (member.agrees is True or _is_staff(member.role))


def as_student(course: Course) -> str:
    """What a student of this course reads first."""
    asked = [_CONSENT, _AGE if course.plan.age else "", _WAYS] if course.plan.consent else []
    asked = [say(one) for one in asked]
    return "\n\n".join(filter(None, [_disclosure(course), *asked]))


def below_question(message_key: str) -> tuple[Button, ...]:
    """How somebody decides who is asked whether she agrees."""
    return (
        Button(label="Yes, I agree", command="agree", words=message_key),
        Button(label=say("No, a person please"), command="disagree", words=message_key),
    )


def has_agreed(enrolment: Enrolment) -> bool:
    """Whether her words may go to a server: staff's, and those of who is not asked, do."""
    plan, member = enrolment.course.plan, enrolment.member
    if enrolment.is_staff or not (plan.consent or plan.age):
        return True
    is_of_age = not plan.age or (member is not None and member.is_of_age is True)
    return member is not None and member.agrees is True and is_of_age


def _is_staff(role: Role | None) -> bool:
    return role is not None and role.is_staff


def _disclosure(course: Course) -> str:
    return say(_DISCLOSURE, course=course.name, keep=course.plan.keep)
