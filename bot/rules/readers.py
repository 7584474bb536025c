"""Whose words somebody may read on the page."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.core.courses import Course, Role
from bot.core.messages import ConversationKey
from bot.core.standing import Standing
from bot.rules.courses import held_at
from bot.rules.may import Action, Deed, may


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """`person`: as in a course; `courses`: all there are; `roles`: hers, by a course's id."""

    person: str
    standing: Standing
    courses: Sequence[Course] = ()
    roles: Mapping[int, Role] = field(default_factory=dict)

    @property
    def reads_all(self) -> bool:
        return may(self.standing, Deed(action=Action.READ))

    def may_read(self, key: ConversationKey, author_id: str, *, is_heard: bool) -> bool:
        """`is_heard`: it was said before others."""
        course = held_at(self.courses, key)
        deed = Deed(
            action=Action.READ,
            is_hers=any(f"{scope}:{author_id}" == self.person for scope in key.scopes()),
            is_shared=is_heard,
            role=self.roles.get(course.id) if course else None,
        )
        return may(self.standing, deed)

    def may_assist(self, course: Course) -> bool:
        """Whether she may look at what its staff have settled, and at what waits for them."""
        deed = Deed(action=Action.ASSIST, role=self.roles.get(course.id))
        runs_it = may(self.standing, Deed(action=Action.OPERATE))
        return runs_it or may(self.standing, deed)

    def scopes(self) -> Collection[str]:
        """Where courses are held of which she may read what was said."""
        heard = Deed(action=Action.READ, is_shared=True)
        return [
            scope
            for course in self.courses
            if may(self.standing, replace(heard, role=self.roles.get(course.id)))
            for scope in course.scopes
        ]
