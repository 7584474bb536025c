"""What every role of the storage stands on: one statement with named values, and its rows."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

READS_MUCH = "-- reads much"  # begins a statement that looks at more than a few rows
LONGEST_LOOK = 30.0  # seconds for one of those
GLANCES = f"{READS_MUCH}, for somebody who waits"
LONGEST_GLANCE = 2.0  # seconds

Row = Mapping[str, Any]
Fetch = Callable[[str, Mapping[str, Any]], Awaitable[Sequence[Row]]]


def patience(statement: str) -> float:
    """Seconds for a statement that reads much."""
    return LONGEST_GLANCE if statement.startswith(GLANCES) else LONGEST_LOOK


class Database(Protocol):
    """Runs one statement with named values, in a transaction of its own."""

    async def fetch(self, statement: str, values: Mapping[str, Any]) -> Sequence[Row]: ...


class OpenDatabase(Database, Protocol):
    async def scrub(self) -> None:
        """Leave no copy of what was deleted, as far as that is in our hands."""

    async def watch(self) -> None:
        """Raises StorageGone once it is not there any more; a server comes back."""


def writable(database: Database) -> Fetch:
    """Its `fetch`, for any text there is."""

    async def fetch(statement: str, values: Mapping[str, Any]) -> Sequence[Row]:
        given = {name: _writable(value) for name, value in values.items()}
        return await database.fetch(statement, given)

    return fetch


def _writable(value: Any) -> Any:
    """A lone surrogate, which a server's JSON may well hold, is text to us but to no database."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
