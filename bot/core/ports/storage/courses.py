"""Courses, and who is in them."""

from collections.abc import Sequence
from typing import Protocol

from bot.core.courses import AuditLine, Course, Member, Role, Window


class Courses(Protocol):
    """Courses, who is in them, their exam windows, and what was done in them."""

    async def all(self) -> Sequence[Course]: ...

    async def version(self) -> tuple[int, int]:
        """Another one as soon as a course, or where it is held, is another."""

    async def add(self, course: Course, now: float) -> int:
        """Its id. Where it is held is for `hold` to say."""

    async def save(self, course: Course) -> bool:
        """False where somebody else was quicker."""

    async def hold(self, course: int, scope: str) -> bool:
        """It is held there, too; False where another one is."""

    async def leave(self, course: int, scope: str) -> None:
        """It is held there no longer."""

    async def end(self, course: Course, besides: Sequence[str]) -> bool:
        """Delete what was said until its end, and all that belongs to it, its key last.

        `besides`: where other courses are held. False while something is still open; repeatable.
        """

    async def member(self, course: int, person: str) -> Member | None: ...

    async def of_person(self, person: str) -> Sequence[Member]:
        """What is known of her in all courses."""

    async def by_hand(self, course: int) -> Sequence[Member]:
        """Who has a role that was given by hand."""

    async def enrol(self, member: Member) -> None:
        """All that is known of her, in place of what was."""

    async def tell(self, course: int, person: str, told: str, now: float) -> None:
        """She was told what this is; `told`: a digest of the words."""

    async def decide(self, course: int, person: str, now: float, *, agrees: bool) -> None:
        """She agrees or not, and if so is old enough to."""

    async def appoint(self, course: int, person: str, role: Role | None) -> None:
        """Give a role by hand, or take it back."""

    async def choose(self, course: int, person: str, assignment: str) -> None:
        """She asks about this one from now on; empty: about none."""

    async def begin_anew(self, scope: str, now: float, person: str | None = None) -> None:
        """What was said there before is no history any more, nor in sessions at servers.

        With `person`: in the conversations in which she asked.
        """

    async def drop(self, course: int, person: str) -> None: ...

    async def windows(self, course: int) -> Sequence[Window]:
        """All there ever were, the earliest first."""

    async def announce(self, window: Window) -> int:
        """Its id."""

    async def save_window(self, window: Window) -> bool:
        """False where somebody else was quicker."""

    async def newest_stamp(self) -> float | None:
        """The newest stamp of a platform among the last messages."""

    async def note(self, line: AuditLine) -> None: ...

    async def audit(self, course: int, limit: int) -> Sequence[AuditLine]:
        """The newest first."""

    async def audit_of(self, subject: str, verb: str) -> Sequence[AuditLine]:
        """What was done about a person, in all courses; the oldest first."""
