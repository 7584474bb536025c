"""A database that counts what is asked of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from storage.database import Database, Row


class CountingDatabase:
    def __init__(self) -> None:
        self.statements: list[str] = []
        self._database: Database

    def around(self, database: Database) -> Database:
        self._database = database
        return self

    async def fetch(self, statement: str, values: Mapping[str, Any]) -> Sequence[Row]:
        self.statements.append(" ".join(statement.split()))
        return await self._database.fetch(statement, values)
