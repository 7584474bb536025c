"""A database that counts what is asked of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from storage.database import Database, Row, Statement


class CountingDatabase:
    def __init__(self) -> None:
        self.statements: list[str] = []
        self.commits = 0  # steps that write; alone, each waits for the disk
        self._database: Database

    def clear(self) -> None:
        self.statements.clear()
        self.commits = 0

    def around(self, database: Database) -> Database:
        self._database = database
        return self

    async def fetch(self, statement: str, values: Mapping[str, Any]) -> Sequence[Row]:
        self._count([(statement, values)])
        return await self._database.fetch(statement, values)

    async def together(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        self._count(statements)
        return await self._database.together(statements)

    def _count(self, statements: Sequence[Statement]) -> None:
        told = [" ".join(statement.split()) for statement, _ in statements]
        self.statements += told
        self.commits += any(not one.startswith(("SELECT", "--")) for one in told)
