"""What all fakes of servers have in common when they misbehave."""

from dataclasses import dataclass, field
from typing import Literal, Self


@dataclass(frozen=True, kw_only=True)
class Misbehaviour:
    """One way to misbehave. With `after`, the work is done before the bad answer is given."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    after: bool = False
    drop: Literal["before", "after"] | None = None
    delay: float = 0  # seconds

    @classmethod
    def dropped_before(cls) -> Self:
        return cls(drop="before")

    @classmethod
    def dropped_after(cls) -> Self:
        return cls(drop="after")

    @property
    def answers_first(self) -> bool:
        return self.status is not None and not self.after
