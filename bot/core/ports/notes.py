"""What people had the bot remember about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Note:
    text: str
    noted_at: float  # seconds since the epoch


class Notes(Protocol):
    """A person is named with the scope within which that is one person."""

    async def add(self, person: str, note: Note, most: int) -> bool:
        """False where there are as many already. One that is known becomes new."""

    async def of(self, person: str) -> Sequence[Note]:
        """The oldest first."""

    async def drop(self, person: str, text: str) -> None: ...
