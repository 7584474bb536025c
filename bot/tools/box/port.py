"""What code runs in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxLimits:
    """What one program may take."""

    seconds: float = 30.0
    starting: float = 10.0  # seconds more, for the box itself where there is a lot of other work
    memory: int = 1 << 30  # bytes, of all its processes; with less, numpy does not start
    processes: int = 16
    chars: int = 20_000  # of what it prints: about 5,000 tokens
    files: int = 100  # in its folder
    bytes: int = 32 * 1024 * 1024  # of them all

    @property
    def too_long(self) -> str:
        return f"The program was ended: it took longer than {self.seconds:.0f} seconds."

    @property
    def too_large(self) -> str:
        return f"The program was ended: it took more than {self.memory >> 20} MB of memory."


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a program. None of it is to be trusted."""

    said: str  # what it printed, errors and all, as far as there was room
    wrong: str = ""  # in words, where it did not end well
    files: Mapping[str, bytes] = field(default_factory=dict)  # then in its folder, path by path


class CodeBox(Protocol):
    """Runs programs that nobody trusts."""

    @property
    def name(self) -> str: ...

    @property
    def can(self) -> str:
        """For the model, and the operator: what there is inside."""

    async def run(self, code: str, files: Mapping[str, bytes]) -> Ran:
        """`files` lie in its folder. Cancelled, it is ended within a second.

        Raises BackendUnavailable where it could not be begun.
        """
