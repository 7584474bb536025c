"""What there is of a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.erasures import Erasure
from bot.core.messages import Vote
from bot.core.turns import Turn


@dataclass(frozen=True, slots=True)
class Kept:
    """A session that a backend's server keeps, with the runs in it."""

    backend: str | None
    session: str
    runs: tuple[str, ...]


class People(Protocol):
    """What there is of a person: what they think of answers, and all that can be forgotten."""

    async def vote(
        self, message_key: str, person: str, vote: Vote, reason: str, now: float
    ) -> bool:
        """One vote a person and answer, the last one; False when there is no such message."""

    async def erase(self, erasure: Erasure, pseudonym: str, now: float) -> int:
        """Delete what there is of a person, and return how many messages; all of it repeatable.

        Their open turns are cancelled; what servers keep goes to `leftovers`, and those sessions
        end, so that other people's conversations go on with what is left. The erasure is kept
        until `is_erased`.
        """

    async def is_erased(self, erasure: Erasure) -> bool:
        """Whether nothing is left; then the erasure is forgotten, too."""

    async def erasures(self) -> Sequence[Erasure]:
        """Those that are not done."""

    async def leftovers(self) -> Sequence[Kept]:
        """What is to be deleted at servers."""

    async def leave(self, leftover: Kept) -> None:
        """Note that it is to be deleted at its server."""

    async def drop_leftover(self, leftover: Kept) -> None:
        """It is deleted there."""

    async def purge(self, scope: str, besides: Sequence[str], before: float) -> int:
        """Delete what was said within a scope before a time, besides narrower scopes."""

    async def said_by(self, person: str, scope: str, limit: int) -> Sequence[Turn]:
        """Their newest turns within a scope, the oldest of them first."""
