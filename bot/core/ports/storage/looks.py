"""What is looked at, and counted, while people talk."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.digests import Asking
from bot.core.messages import ConversationKey
from bot.core.turns import Turn


@dataclass(frozen=True, slots=True)
class Used:
    """Tokens of a number of runs. Runs whose server did not say are counted apart."""

    runs: int = 0
    uncounted: int = 0
    input_tokens: int = 0
    history_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    instructions_tokens: int = 0
    tools_tokens: int = 0
    material_tokens: int = 0
    cost: int = 0  # billionths of a US dollar, of those whose price is known
    unpriced: int = 0  # of the runs: nobody knows what they cost

    @property
    def new_tokens(self) -> int:
        known = (self.history_tokens, self.instructions_tokens, self.tools_tokens)
        return max(self.input_tokens - sum(known) - self.material_tokens, 0)


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens that a model of a backend has taken."""

    backend: str | None
    model: str | None
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost: int = 0  # of those whose price is known, in billionths of a US dollar


class Looks(Protocol):
    """What is looked at, and counted, while people talk."""

    async def usage_of(self, conversation_id: int) -> Used: ...

    async def last_asked(self, scope: str, person: str) -> ConversationKey | None:
        """The conversation, within a scope, of a person's newest question."""

    async def began(self, key: ConversationKey, person: str) -> bool:
        """Whether a conversation began with a question of this person."""

    async def usage_of_person(self, scope: str, person: str, since: float = 0.0) -> Used:
        """Of the questions of one person, in all conversations within a scope."""

    async def usage_by_person(self, scope: str, limit: int) -> Sequence[tuple[str, Used]]:
        """Names, and the same of each; whoever had most answers first."""

    async def open_turns(self, key: ConversationKey, limit: int) -> Sequence[Turn]:
        """The open turns of a conversation, the first to be answered first."""

    async def turns_in(self, scope: str, limit: int) -> Sequence[Turn]:
        """The newest turns of all conversations within a scope, the oldest of them first."""

    async def spent(self, scope: str, since: float, person: str | None) -> Sequence[Spent]:
        """By model, on what was asked within a scope since then: of all, or of one person.

        The one that answered last first.
        """

    async def asked(
        self, turn: Turn, alias: str, scope: str, since: float, limit: int
    ) -> Sequence[float]:
        """When the author of `turn`, or this alias, asked in a scope since then, and before it.

        The newest first. It counts what was asked of a backend, or will be.
        """

    async def asked_in(self, course: int, since: float, until: float) -> Sequence[Asking]:
        """What students asked in a course at a time; staff, and previews, are not among them."""

    async def names(self) -> Sequence[str]:
        """All that people here go by."""
