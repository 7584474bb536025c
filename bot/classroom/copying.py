"""What is settled in one course, for another: how it is taught, and nobody's words or names."""

from dataclasses import replace

from bot.classroom.people import Roll
from bot.classroom.wishes import Wish
from bot.core.courses import Course, Stage
from bot.core.errors import InvalidSetting
from bot.core.standing import Standing
from bot.rules.may import Action, Deed, may
from bot.words import say

_TAUGHT = (
    *("mode", "hearts", "heart_every", "assistant_hearts", "assistant_every", "guest_hearts"),
    *("guest_every", "budget", "places", "hours", "consent", "age", "checked", "digest_days"),
    "keep",
)


async def copied(wish: Wish, roll: Roll) -> Course:
    """Raises InvalidSetting where she is in charge of no course of that name."""
    course = wish.course
    if course.stage is not Stage.DRAFT:
        raise InvalidSetting(notice=say("It is not being set up any more: nothing was copied."))
    for other in await roll.register.all():
        by = await roll.enrolment(other, wish.message) if other.name == wish.words else None
        deed = Deed(action=Action.TEACH, role=by.role if by else None)
        if other.id != course.id and may(Standing(), deed):
            taught = {name: getattr(other.plan, name) for name in _TAUGHT}
            anew = [
                replace(one, scope="", opens_at=0, closes_at=0) for one in other.plan.assignments
            ]
            return replace(course, zone=other.zone).planned(**taught, assignments=tuple(anew))
    raise InvalidSetting(
        notice=say("There is no course “{name}” that you are in charge of.", name=wish.words)
    )
