"""A course: where it is held, who is in it, what its staff has settled, and when its exams are.

A person is `scope:id`, the scope being how wide an id of a platform is theirs alone; a trait is
`platform:kind:id`, such as `discord:role:4` or `slack:group:S1`. Times are seconds since the epoch.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Self

from bot.core.assignments import Assignment
from bot.core.shares import Pace

MODES = ("answer", "hint", "socratic", "logistics")  # how the bot answers in a course
EVERYONE = "everyone"  # in a list of students: whoever is let in where the course is held


class Role(StrEnum):
    """What somebody is in a course, the least first; who is several acts in the highest."""

    GUEST = "guest"  # looks on; may not ask
    STUDENT = "student"
    ASSISTANT = "assistant"
    TEACHER = "teacher"
    OWNER = "owner"

    @property
    def rank(self) -> int:
        return list(type(self)).index(self)

    @property
    def is_staff(self) -> bool:
        return self.rank >= Role.ASSISTANT.rank

    @property
    def is_in_charge(self) -> bool:
        return self.rank >= Role.TEACHER.rank


class Stage(StrEnum):
    DRAFT = "draft"  # being set up: nothing of it holds yet
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the staff of a course has settled; all of it can be changed later."""

    teachers: tuple[str, ...] = ()  # traits, as the next three
    assistants: tuple[str, ...] = ()
    students: tuple[str, ...] = (EVERYONE,)
    guests: tuple[str, ...] = ()
    staff: str = ""  # the scope of the channel where staff are told
    alerts: tuple[str, ...] = ()  # traits of the people whom an alert reaches
    checked: bool = False  # nothing is answered that nobody could look at for danger
    drafts: tuple[str, ...] = ()  # the scopes in which staff see answers first
    mode: str = "answer"
    modes: tuple[str, ...] = ()  # of single places: `hint discord:1:2`
    assignments: tuple[Assignment, ...] = ()
    hearts: int = 10  # of a student
    heart_every: float = 180.0  # seconds
    assistant_hearts: int = 0  # 0: nobody counts what they ask
    assistant_every: float = 60.0
    guest_hearts: int = 5
    guest_every: float = 360.0
    budget: str = ""  # as the setting `budget`
    places: str = ""  # to turn to, besides the staff
    hours: str = ""  # in which staff answer
    consent: bool = True  # students are asked before their words go to a model
    age: bool = False  # and whether they are old enough
    digest_days: int = 7  # of which staff are told at once; 0: of none
    keep: int = 0  # days for which what belongs to the course is kept; 0: not settled yet
    join: str = ""  # the digest of a code that lets it be held elsewhere, and until when
    ends_at: float = 0.0  # when all of it is deleted; 0: nobody has said

    def traits(self, role: Role) -> tuple[str, ...]:
        """Who is listed for a role."""
        lists = {
            Role.TEACHER: self.teachers,
            Role.ASSISTANT: self.assistants,
            Role.STUDENT: self.students,
            Role.GUEST: self.guests,
        }
        return lists.get(role, ())

    def pace(self, role: Role) -> Pace | None:
        """The hearts of a role; None: nobody counts what they ask."""
        paces = {
            Role.GUEST: Pace(self.guest_hearts, self.guest_every),
            Role.STUDENT: Pace(self.hearts, self.heart_every),
            Role.ASSISTANT: Pace(self.assistant_hearts, self.assistant_every),
        }
        pace = paces.get(role)
        return pace if pace and pace.most else None

    def named(self) -> frozenset[str]:
        """All that its lists name."""
        return frozenset(trait for role in Role for trait in self.traits(role))

    def kept(self) -> tuple[str, ...]:
        """The solutions that no answer may show."""
        return tuple(text for one in self.assignments for text in one.kept)

    def written(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def parse(cls, written: str) -> Self:
        """What a newer version wrote besides is passed over."""
        values: Mapping[str, Any] = json.loads(written)
        kept = _kept(cls, values)
        kept["assignments"] = tuple(
            Assignment(**_kept(Assignment, one)) for one in kept.get("assignments", ())
        )
        return cls(**kept)


def _kept(kind: type[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """What there is a field for."""
    known = {one.name for one in fields(kind)}
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in values.items()
        if name in known
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """`pseudonym_key`: without it nobody can tell whose they were."""

    id: int = 0
    name: str
    zone: str = "UTC"
    stage: Stage = Stage.DRAFT
    plan: Plan = field(default_factory=Plan)
    scopes: tuple[str, ...] = ()  # where it is held
    pseudonym_key: str = field(repr=False, default="")
    version: int = 0  # each save raises it, and one of an older version fails

    @property
    def is_open(self) -> bool:
        return self.stage is Stage.OPEN

    def is_held_at(self, scopes: Collection[str]) -> bool:
        return any(scope in self.scopes for scope in scopes)

    def spaces(self, platform: str) -> frozenset[str]:
        """The servers or workspaces of a platform in which it is held."""
        parts = [scope.split(":") for scope in self.scopes]
        return frozenset(":".join(part[:2]) for part in parts if part[0] == platform)

    def channels_in(self, space: str) -> frozenset[str]:
        """The scopes of its channels in a server or workspace."""
        return frozenset(one for one in self.scopes if one.startswith(f"{space}:"))

    def planned(self, **changes: Any) -> Self:
        return replace(self, plan=replace(self.plan, **changes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What is known of a person in a course; who is listed by a trait alone has no role here."""

    course: int
    person: str
    role: Role | None = None  # given by hand
    told_at: float | None = None  # that this is a program, and who reads what
    told: str = ""  # a digest of the words
    agrees: bool | None = None  # that her words go to a model; None: not asked, or not answered
    agreed_at: float | None = None
    is_of_age: bool | None = None
    assignment: str = ""  # that she has chosen to ask about


class Then(StrEnum):
    """What the bot does in an exam window."""

    OFF = "off"
    HINTS = "hints"
    LOGISTICS = "logistics"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """An exam: from `starts_at` to before `ends_at`. What its local times may mean is all in it."""

    id: int = 0
    course: int
    label: str = ""  # of the assignment, where it is not the whole course's
    local_start: str
    local_end: str
    zone: str
    starts_at: float
    ends_at: float
    then: Then = Then.OFF
    announced_by: str = ""
    on_at: float | None = None  # confirmed; before that it holds nobody back
    off_at: float | None = None  # taken back by staff
    released_at: float | None = None  # what was withheld is given
    version: int = 0

    @property
    def is_on(self) -> bool:
        return self.on_at is not None and self.off_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """Something was done in a course. It holds ids and settings, never what people wrote."""

    course: int
    at: float
    who: str
    verb: str
    subject: str = ""
    was: str = ""
    became: str = ""
