"""Every place that holds a person's words or id says what becomes of it."""

import asyncio
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from fnmatch import fnmatch
from pathlib import Path

from bot.core.erasures import FILES, PLACES, End
from storage.migrate import backup, known_migrations, migrate
from storage.restoring import restore
from storage.store import open_file
from tests.unit.world import World


def columns_of_text(path: Path) -> Mapping[str, set[str]]:
    query = "SELECT name FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    with closing(sqlite3.connect(path)) as database:
        tables = [name for (name,) in database.execute(query)]
        return {
            table: {
                column[1]
                for column in database.execute(f"PRAGMA table_info({table})")
                if column[2] == "TEXT"
            }
            for table in tables
        }


def test_each_column_of_text_says_what_becomes_of_it(tmp_path: Path) -> None:
    path = tmp_path / "homeroom.db"
    asyncio.run(migrate(path))
    assert {table: set(columns) for table, columns in PLACES.items()} == columns_of_text(path)


async def test_each_file_that_is_written_is_named(world: World) -> None:
    for known in (known_migrations()[:1], known_migrations()):
        await migrate(world.path, known)
    async with world.bot() as bot:
        await bot.ask("hello")
    await backup(world.path, world.path.with_name("copy"))
    await restore(world.path.with_name("copy"), world.path)
    async with open_file(world.path) as store:
        await store.database.fetch("UPDATE turns SET text = 'new'", {})
        written = {file.name for file in world.path.parent.iterdir()} - {"copy"}
    assert [name for name in written if not any(fnmatch(name, file) for file in FILES)] == []
    assert len(written) > 4


def test_what_says_something_of_a_person_is_not_of_nobody() -> None:
    for table, column in (("turns", "text"), ("turns", "author_id"), ("votes", "person")):
        assert PLACES[table][column] is not End.NOBODYS
