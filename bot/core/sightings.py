"""Who has looked at whose words on the page."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """`viewer`: a person, as in a course; `at`: seconds since the epoch, to the minute."""

    viewer: str
    name: str  # the viewer's, as she was called then
    author_id: str  # whose words
    author_name: str
    at: float


class Sightings(Protocol):
    """Written down before anything is shown."""

    async def note(self, viewer: str, name: str, turns: Collection[int], now: float) -> None:
        """She looks at these turns: one sighting for each conversation and author in them."""

    async def of(self, author_id: str, scope: str, most: int) -> Sequence[Sighting]:
        """Of words of somebody's within a scope, the newest first."""

    async def at(self, key: str, most: int) -> Sequence[Sighting]:
        """Of words in a conversation, the newest first."""
