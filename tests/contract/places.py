"""A database of either kind, by a place that another process can be told."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

from storage.database import OpenDatabase


async def open_place(place: str) -> OpenDatabase:
    if "://" in place:
        from storage.postgres import PostgresDatabase  # noqa: PLC0415 - its libraries are an extra

        return await PostgresDatabase.open(place)
    from storage.sqlite import SqliteDatabase  # noqa: PLC0415 - one of two

    return await SqliteDatabase.open(Path(place))


def rows_at(place: str, query: str) -> Sequence[Any]:
    if "://" in place:
        with psycopg.connect(place) as database:
            return database.execute(query.encode()).fetchall()
    with closing(sqlite3.connect(place)) as file:
        return file.execute(query).fetchall()
