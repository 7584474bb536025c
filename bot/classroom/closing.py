"""The end of a course: on a day that is announced, all that belongs to it is deleted.

Its key goes last: from then on nobody can tell whom an alias meant that a copy somewhere still has.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from bot.classroom.board import TOLD, Outbox
from bot.classroom.register import Register
from bot.core.answers import Answer, Kind
from bot.core.courses import Course, Stage
from bot.core.errors import InvalidSetting
from bot.core.messages import Author, ConversationKey, Message
from bot.core.ports.adapter import Adapter
from bot.core.ports.clock import Clock
from bot.core.ports.storage import Storage
from bot.words import Language, day, say, speaking, spoken

log = structlog.get_logger()

_DAY = 86_400.0
_NOTICE = 7  # days, in which everybody can still have what is theirs
_CHANNEL = 3  # parts of the scope of one, at least
_NEVER = "never"
_ANNOUNCED = (
    "**{course} ends on {day}.** On that day I delete what was asked here and in direct messages "
    "to me about it, my answers, and what I know of who is in the course. Until then "
    "`/privacy export`, in a direct message, gives you what is yours."
)
_GOES_ON = "**{course} does not end on {day}**: nothing is deleted then."
_HOW = "Write the day like this: `/class end 2027-02-01`, or `/class end never`."
_TOO_SOON = "Everybody needs time to save what is theirs: {days} days from now at least."


class Closing:
    def __init__(
        self,
        storage: Storage,
        register: Register,
        adapters: Mapping[str, Adapter],
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._storage = storage
        self._register = register
        self._adapters = adapters
        self.give = outbox.give
        self._language = outbox.language
        self._clock = clock
        self._reminded: set[tuple[int, float]] = set()  # by this process; twice is once

    def planned(self, course: Course, words: str) -> Course:
        """The course, with the day of its end. Raises InvalidSetting."""
        if words == _NEVER:
            return course.planned(ends_at=0.0)
        try:
            day = datetime.strptime(words, "%Y-%m-%d").replace(tzinfo=ZoneInfo(course.zone))
        except ValueError:
            raise InvalidSetting(notice=_HOW) from None
        if day.timestamp() < self._clock() + _NOTICE * _DAY:
            raise InvalidSetting(notice=say(_TOO_SOON, days=_NOTICE))
        return course.planned(ends_at=day.timestamp())

    async def announce(self, course: Course, before: Course) -> str:
        """Say it wherever the course is held; returns what was said."""
        ends_at = course.plan.ends_at or before.plan.ends_at
        if not ends_at:
            return _HOW
        sentence = _ANNOUNCED if course.plan.ends_at else _GOES_ON
        await self._say(course, f"{ends_at:.0f}.{course.version}", sentence, ends_at)
        return say(sentence, course=course.name, day=day_of(course, ends_at))

    async def look(self) -> None:
        """Remind of an end that is near; end what has come to it."""
        for course in await self._register.all():
            ends_at, now = course.plan.ends_at, self._clock()
            if ends_at and now >= ends_at:
                await self._end(course)
            elif ends_at and now >= ends_at - _NOTICE * _DAY:
                await self._remind(course, ends_at)

    async def _remind(self, course: Course, ends_at: float) -> None:
        if (course.id, ends_at) not in self._reminded:
            await self._say(course, f"{ends_at:.0f}.soon", _ANNOUNCED, ends_at)
            self._reminded.add((course.id, ends_at))

    async def _end(self, course: Course) -> None:
        """Nobody is asked under its rules any more, and then step by step; all of it repeatable."""
        if course.stage is not Stage.CLOSED:
            await self._storage.courses.save(replace(course, stage=Stage.CLOSED))
            self._register.changed()
            return
        others = [one for one in await self._register.all() if one.id != course.id]
        besides = [scope for one in others for scope in one.scopes]
        if await self._storage.courses.end(course, besides):
            log.info("course_ended", course=course.id)
            self._register.changed()

    async def _say(self, course: Course, name: str, sentence: str, ends_at: float) -> None:
        """In the language of each place."""
        for number, place in enumerate(self._places(course)):
            origin = self._adapters[place.platform].unasked(place, "")
            key = f"ends/{course.id}/{name}/{number}"
            message = Message(place.aside(), key, Author("", ""), "", TOLD, origin=origin)
            with speaking(await self._language(message)):
                words = say(sentence, course=course.name, day=day_of(course, ends_at))
            await self.give(message, Answer(words, Kind.NOTICE))

    def _places(self, course: Course) -> Iterator[ConversationKey]:
        for scope in dict.fromkeys((*course.scopes, course.plan.staff)):
            if scope.count(":") + 1 >= _CHANNEL:
                place = ConversationKey.parse(scope)
                if place.platform in self._adapters:
                    yield place


def day_of(course: Course, at: float) -> str:
    """With the names of weekday and month in English, in numbers elsewhere."""
    moment = datetime.fromtimestamp(at, ZoneInfo(course.zone))
    is_english = spoken() is Language.ENGLISH
    return (
        f"{moment:%A}, {moment.day} {moment:%B %Y}" if is_english else day(moment, with_year=True)
    )
