"""What every role of the storage stands on: one statement with named values, and its rows."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

READS_MUCH = "-- reads much"  # begins a statement that looks at more than a few rows
LONGEST_LOOK = 30.0  # seconds for one of those
GLANCES = f"{READS_MUCH}, for somebody who waits"
LONGEST_GLANCE = 2.0  # seconds

Row = Mapping[str, Any]
Statement = tuple[str, Mapping[str, Any]]  # with its named values
Fetch = Callable[[str, Mapping[str, Any]], Awaitable[Sequence[Row]]]


def patience(statement: str) -> float:
    """Seconds for a statement that reads much."""
    return LONGEST_GLANCE if statement.startswith(GLANCES) else LONGEST_LOOK


class Database(Protocol):
    """Runs one statement with named values, in a transaction of its own."""

    async def fetch(self, statement: str, values: Mapping[str, Any]) -> Sequence[Row]: ...

    async def together(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        """Run statements as one step, in one transaction; returns the rows of each.

        Where the first gives no row the others are not run, and there is nothing of theirs.
        """


class OpenDatabase(Database, Protocol):
    async def scrub(self) -> None:
        """Leave no copy of what was deleted, as far as that is in our hands."""

    async def watch(self) -> None:
        """Raises StorageGone once it is not there any more; a server comes back."""


class Writable:
    """A database's statement as a `Fetch`, and its step, for any text there is."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, statement: str, values: Mapping[str, Any]) -> Sequence[Row]:
        return await self._database.fetch(statement, _writable(values))

    async def together(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        return await self._database.together(
            [(statement, _writable(values)) for statement, values in statements]
        )


def _writable(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """A lone surrogate, which a server's JSON may well hold, is text to us but to no database."""
    return {
        name: value.encode("utf-8", "backslashreplace").decode()
        if isinstance(value, str)
        else value
        for name, value in values.items()
    }
