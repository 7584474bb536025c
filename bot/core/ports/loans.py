"""Course material that lies at the model's server as well, to be searched there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.core.materials import Source


class Lent(StrEnum):
    """How far a document has come."""

    INTENDED = "intended"  # it may be there, and nobody knows under which id
    UPLOADED = "uploaded"  # it is being read there
    READY = "ready"
    FAILED = "failed"  # the server cannot read it


@dataclass(frozen=True, slots=True, kw_only=True)
class Loan:
    document_id: int
    scope: str
    file: str | None  # the server's id
    state: Lent


class Loans(Protocol):
    """What lies where: kept before it is sent, and until it is gone there."""

    async def stores(self) -> Mapping[str, str]:
        """By scope the server's id of its store."""

    async def keep_store(self, scope: str, store: str) -> bool:
        """False where another process has made one for this scope."""

    async def drop_store(self, scope: str) -> None:
        """The server has it no more, nor what lay in it."""

    async def doubt(self) -> None:
        """The server says that it has a store no more: none is used until it was asked."""

    async def doubted(self) -> Sequence[str]:
        """Scopes."""

    async def trust(self, scope: str) -> None:
        """The server has the store of this scope."""

    async def all(self) -> Sequence[Loan]: ...

    async def intend(self, document_id: int, scope: str, now: float) -> bool:
        """Whoever asks uploads it; False while somebody else does, for ten minutes."""

    async def release(self, document_id: int) -> None:
        """It was not uploaded: whoever comes next may try."""

    async def settle(self, document_id: int, state: Lent, file: str | None = None) -> None: ...

    async def drop(self, document_id: int) -> None: ...

    async def reachable(self, scopes: Sequence[str]) -> Sequence[str]:
        """Stores that hold what lies in these very scopes, all of it and nothing else; or none."""

    async def passages(self, file: str, scopes: Sequence[str]) -> Sequence[Source]:
        """Those of the document that a file is, if it lies in these scopes."""


class Library(Protocol):
    """Where a model's server keeps documents that it searches itself. What is gone is no error."""

    async def open(self, name: str) -> str:
        """The id of a store: of the one of this name, else of a new one."""

    async def has(self, store: str) -> bool: ...

    async def close_store(self, store: str) -> None: ...

    async def find(self, name: str) -> str | None:
        """The id of a file that may have been uploaded under this name."""

    async def add(self, name: str, text: str) -> str:
        """The id of a file."""

    async def put(self, store: str, file: str) -> None:
        """Have it read, to be searched; twice is once."""

    async def state(self, store: str, file: str) -> Lent | None:
        """How far that has come; None: it is not in that store."""

    async def remove(self, store: str | None, file: str) -> None: ...

    async def close(self) -> None: ...
