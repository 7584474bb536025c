"""What the forms of a course open with: what is in force, as their fields are filled in."""

from collections.abc import Iterable, Mapping

from bot.core.courses import EVERYONE, Course, Role
from bot.core.messages import ConversationKey

LISTS = ("teachers", "assistants", "students", "guests", "alerts")


def in_force(course: Course, here: ConversationKey) -> Mapping[str, str]:
    """By the field's name; of people and places those of the platform, or server, of `here`."""
    plan, space = course.plan, here.scopes()[-2]
    pace = plan.pace(Role.STUDENT)
    settled = {
        "name": course.name,
        "zone": course.zone,
        "staff": _channels([plan.staff], space),
        "channels": _channels(sorted(course.channels_in(space)), space),
        "mode": plan.mode,
        "hearts": f"{pace.most} every {pace.every / 60:g} min" if pace else "",
        "budget": plan.budget,
        "places": plan.places,
        "hours": plan.hours,
        "keep": str(plan.keep or ""),
        "consent": "on" if plan.consent else "off",
    }
    return settled | {name: _who(getattr(plan, name), here.platform) for name in LISTS}


def _who(traits: Iterable[str], platform: str) -> str:
    """Everyone is nobody in particular."""
    theirs = (one for one in traits if one != EVERYONE and one.startswith(f"{platform}:"))
    return " ".join(one.removeprefix(f"{platform}:") for one in theirs)


def _channels(scopes: Iterable[str], space: str) -> str:
    inside = (one.removeprefix(f"{space}:") for one in scopes if one.startswith(f"{space}:"))
    return " ".join(f"<#{one}>" for one in inside)
