"""Whether a student's question shows that somebody is in danger, before it is answered.

A moderator is asked, where there is one. Where it fails the question is answered all the same, and
counted, unless the course wants nothing answered that was not looked at.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from bot.classroom.alarms import Alarms, InDanger
from bot.classroom.people import Enrolment
from bot.core.cards import Matter
from bot.core.errors import BotError, Refusal
from bot.core.messages import Message
from bot.core.ports.moderator import Moderator
from bot.rules.danger import matter_of
from bot.words import day, say

log = structlog.get_logger()

_MOMENT = 3.0  # seconds
_CARE = "I am a program and cannot help with this as a person can. Here is who can: {places}"
_STAFF = "the staff of {course}, with `/human`"
_LOOKED_AT = (
    "In a course, a program looks for danger in what you ask. Where it sees some, one of the "
    "people whom the course has named may read that question."
)

Told = Callable[[], Awaitable[str]]


class NotLookedAt(Refusal):
    """I cannot look at questions as this course wants it: please try later, or ask `/human`."""


@dataclass(frozen=True, slots=True)
class Lookout:
    """Who looks for danger, where somebody does."""

    moderator: Moderator | None = None
    unchecked: Callable[[], None] = lambda: None  # counts what the moderator could not look at


class Safety:
    def __init__(self, alarms: Alarms, lookout: Lookout) -> None:
        self._alarms = alarms
        self._moderator = lookout.moderator
        self._unchecked = lookout.unchecked

    async def refusal(self, question: Message, asker: Enrolment, told: Told) -> Refusal | None:
        """`told`: what she says as a moderator may be told it; asked for where there is one.

        What is said in place of an answer. What is flagged and not urgent is answered.
        """
        plan = asker.course.plan
        if self._moderator is None:
            return NotLookedAt("no MODERATION_URL") if plan.checked else None
        try:
            matter = await self._matter(self._moderator, await told())
        except (BotError, TimeoutError) as error:
            self._unchecked()
            log.warning("question_unchecked", error=type(error).__name__, course=asker.course.id)
            return NotLookedAt(type(error).__name__) if plan.checked else None
        if matter is not None:
            await self._alarms.raise_about(matter, question, asker)
        return InDanger(matter, notice=_care(asker)) if matter is Matter.ALERT else None

    async def told(self, person: str) -> list[str]:
        """For `/privacy`: that it is looked at, and who has read what."""
        looked = [say(_LOOKED_AT)] if self._moderator else []
        for name, at in await self._alarms.openings(person):
            moment = datetime.fromtimestamp(at, UTC)
            looked.append(
                say(
                    "{name} read a question of yours after an alert, {day}.",
                    name=name or say("Somebody"),
                    day=f"{day(moment, with_year=True)} {moment:%H:%M} UTC",
                )
            )
        return looked

    async def _matter(self, moderator: Moderator, words: str) -> Matter | None:
        if not words.strip():
            return None
        async with asyncio.timeout(_MOMENT):
            return matter_of(await moderator.flags(words))


def _care(asker: Enrolment) -> str:
    staff = say(_STAFF, course=asker.course.name)
    return say(_CARE, places="; ".join(filter(None, (asker.course.plan.places, staff))))
