"""What is told of a course at the teacher's desk: what is settled, and what is missing."""

from bot.core.courses import Course, Plan, Role
from bot.core.text import plural
from bot.rules.course_forms import LISTS
from bot.rules.courses import SETTLED
from bot.words import say

_LEAST_ALERTED = 2
_NAMES = {
    "name": "Name",
    "teachers": "Teachers",
    "assistants": "Assistants",
    "students": "Students",
    "guests": "Guests",
    "alerts": "Alerts",
    "staff": "Channel of the staff",
    "channels": "Channels",
    "zone": "Time zone",
    "mode": "Mode",
    "hearts": "Hearts",
    "budget": "Budget",
    "keep": "Kept for",
    "digest": "Reports",
    "places": "Places to turn to",
    "hours": "Office hours",
    "consent": "Students are asked first",
    "age": "Age is asked",
    "checked": "Nothing unchecked is answered",
    "role": "Role",
}


def sheet(course: Course) -> str:
    """What is settled, what is missing, and what can be said."""
    plan = course.plan
    lists = [echo(name, listed(getattr(plan, name))) for name in LISTS]
    lines = [
        say(
            "{stage}, in {len}, times of {zone}",
            stage=say(course.stage),
            len=plural(len(course.scopes), "place"),
            zone=course.zone,
        ),
        *lists,
        say("mode: {mode}; hearts: {hearts}", mode=plan.mode, hearts=_hearts(plan, Role.STUDENT)),
        say(
            "hearts of assistants: {assistants}; of guests: {guests}",
            assistants=_hearts(plan, Role.ASSISTANT),
            guests=_hearts(plan, Role.GUEST),
        ),
    ]
    return f"**{course.name}**\n\n{as_list(lines)}\n\n{todo(course)}\n\n{ways()}"


def _hearts(plan: Plan, role: Role) -> str:
    pace = plan.pace(role)
    if pace is None:
        return say("not counted")
    return say("{hearts} every {minutes} min", hearts=pace.most, minutes=round(pace.every / 60))


def missing(course: Course) -> list[str]:
    """Why it may not be opened yet."""
    plan = course.plan
    wanted = {
        say("a teacher: `/class teachers @somebody`"): plan.teachers,
        say("two people whom an alert reaches: `/class alerts @one @another`"): (
            len(plan.alerts) >= _LEAST_ALERTED
        ),
        say("a channel where staff are told: `/class staff #channel`"): plan.staff,
        say("how long it is kept: `/class keep 180d`"): plan.keep,
    }
    return [words for words, is_there in wanted.items() if not is_there]


def todo(course: Course) -> str:
    if lacking := missing(course):
        return say("Still missing:\n\n{as_list}", as_list=as_list(lacking))
    return say("It can be opened: `/class open`.") if not course.is_open else say("It is open.")


def listed(traits: tuple[str, ...]) -> str:
    return ", ".join(trait.partition(":")[2] or trait for trait in traits) or say("nobody")


def echo(name: str, became: str) -> str:
    """What was settled."""
    return say("{setting}: {became}.", setting=say(_NAMES[name]), became=became)


def refused(name: str, why: str) -> str:
    return say("{setting}: {why}", setting=say(_NAMES[name]), why=why)


def as_list(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def ways() -> str:
    words = ["new", "copy", "join", "name", *LISTS, "staff", "channels", "leave", "zone", *SETTLED]
    known = ", ".join(
        f"`{word}`"
        for word in (*words, "role", "student", "exam", "report", "open", "close", "end", "log")
    )
    return say("`/class` is followed by one of {known}.", known=known)
