"""What a person may ask in a course: a question takes a heart, and hearts come back with time."""

from bot.classroom.people import Enrolment
from bot.core.errors import NotAllowed
from bot.core.ports.clock import Clock
from bot.core.ports.shares import Shares
from bot.core.shares import Hearts, Pace, Purse, minutes
from bot.words import say


class NoHearts(NotAllowed):
    """You have no hearts left. They come back with time."""


class HeartBox:
    """Students and guests pay with hearts; teachers do not, and assistants where it is settled."""

    def __init__(self, shares: Shares, clock: Clock) -> None:
        self._shares = shares
        self._clock = clock

    async def charge(self, enrolment: Enrolment, turn_id: int) -> Hearts | None:
        """Take a heart for a turn, once; returns what is left, None where nobody counts.

        Raises NoHearts. What earlier questions failed to bring is given back before that.
        """
        pace, now = _pace(enrolment), self._clock()
        if pace is None:
            return None
        purse = _purse(pace, enrolment)
        used = await self._shares.spend(purse, turn_id, pace.every, now)
        if used is None and await self._shares.restore(purse, now):
            used = await self._shares.spend(purse, turn_id, pace.every, now)
        if used is None:
            raise _none_left(pace.hearts(await self._shares.used(purse, now)))
        return pace.hearts(used)

    async def left(self, enrolment: Enrolment) -> Hearts | None:
        pace, now = _pace(enrolment), self._clock()
        if pace is None:
            return None
        purse = _purse(pace, enrolment)
        await self._shares.restore(purse, now)
        return pace.hearts(await self._shares.used(purse, now))

    async def give(self, enrolment: Enrolment, count: int) -> Hearts | None:
        pace = _pace(enrolment)
        if pace is None:
            return None
        purse = _purse(pace, enrolment)
        return pace.hearts(await self._shares.grant(purse, count * pace.every, self._clock()))


def _pace(enrolment: Enrolment) -> Pace | None:
    return enrolment.course.plan.pace(enrolment.role)


def _purse(pace: Pace, enrolment: Enrolment) -> Purse:
    return pace.purse(enrolment.course.id, enrolment.person)


def _none_left(hearts: Hearts) -> NoHearts:
    return NoHearts(
        f"{hearts}",
        notice=say(
            "You have no hearts left of your {most}. The next one is back in {next_in}: "
            "please ask again then. What I could not answer costs none.",
            most=hearts.most,
            next_in=minutes(hearts.next_in),
        ),
    )
