"""What a model is told in place of a name, in one conversation of a course."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """`Student K47` for a person, `file2.py` for a file; `at`: seconds since the epoch."""

    course: int
    conversation_id: int
    subject: str  # a person, or `file:` and an attachment's id
    person: str  # whose it is, as in a course
    alias: str  # unique in the conversation
    name: str
    at: float

    @property
    def is_file(self) -> bool:
        return self.subject.startswith(FILE)


FILE = "file:"


class Aliases(Protocol):
    async def of(self, conversation_id: int) -> Sequence[Alias]: ...

    async def around(self, turn_id: int) -> Sequence[Alias]:
        """Of the conversation that a turn is of."""

    async def add(self, alias: Alias) -> None:
        """Of one that is there only the name is renewed."""

    async def purge(self, course: int, before: float) -> None: ...
