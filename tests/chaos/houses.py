"""Where the program lives: one process on one SQLite file, or three over one PostgreSQL."""

import asyncio
import signal
import sqlite3
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, closing, suppress
from pathlib import Path
from typing import Any

import psycopg

from storage.store import Store, open_file, open_server
from tests.chaos.effects import furnish
from tests.chaos.stage import Stage
from tests.chaos.words import number_in
from tests.e2e.program import Program, Running
from tests.postgres import Postgres

_READY = 600.0  # seconds for a start while everything goes wrong, on a machine that is busy
_LOCKED = 6.0  # seconds: longer than SQLite waits
_WITHOUT_POWER = 2.0
_FORGET = "DELETE FROM memos WHERE name = 'discord:identifies'"


class House(ABC):
    """Processes of the program. What befalls, befalls one of them: each in its turn."""

    name: str
    size = 1
    freezes_for = 3.0  # seconds
    hurt_by: str

    def __init__(self, folder: Path, stage: Stage, backend: str) -> None:
        self.folder = folder
        self.clock = folder / "clock"
        folder.mkdir(parents=True, exist_ok=True)
        # Three people ask without end.
        settings = "[settings]\nslack.limit = 0\ndiscord.limit = 0\n"
        (folder / "homeroom.toml").write_text(settings + furnish(folder))
        self.clock.write_text("0", "ascii")
        self._stage = stage
        self._program = Program(folder, stage.settings(backend))
        self._rooms: list[Running | None] = [None] * self.size
        self._turn = 0

    @property
    def victim(self) -> Running | None:
        """The process that is struck next, if it is up."""
        running = self._rooms[self._turn % len(self._rooms)]
        return running if running and running.code is None else None

    async def start(self) -> None:
        """Returns at once: they take their time to connect, and may be killed before."""
        for number, running in enumerate(self._rooms):
            if running is None or running.code is not None:
                launcher = (sys.executable, "-m", "tests.chaos.launcher", self.clock)
                self._rooms[number] = await self._program.start_other(*launcher, "run")

    async def started(self) -> bool:
        """Start, and wait until all are up and connected; False when that took too long."""
        living = self._living()
        if len(living) == len(self._rooms):
            return True
        # Where others are connected, whoever is new stands by.
        before = -1 if living else self._stage.connections
        self.forget_identifies()
        await self.start()
        return await until(lambda: self._is_ready(before), _READY)

    async def end(self, number: signal.Signals) -> bool:
        """Kill the victim, or tell it to stop; False when there is none."""
        running = self.victim
        self._turn += 1
        if running is None:
            return False
        running.send(signal.SIGCONT)
        running.send(number)
        await running.ended()
        return True

    async def lose(self) -> bool:
        """One is killed and never comes back."""
        if len(self._rooms) == 1 or not self.victim:
            return False
        lost = self._turn % len(self._rooms)
        await self.end(signal.SIGKILL)
        del self._rooms[lost]
        return True

    async def close(self) -> None:
        """All are told to stop."""
        for _ in self._rooms:
            await self.end(signal.SIGTERM)

    def send(self, number: signal.Signals) -> bool:
        running = self.victim
        if running is not None:
            running.send(number)
        return running is not None

    def send_all(self, number: signal.Signals) -> None:
        for running in self._living():
            running.send(number)

    @property
    def pids(self) -> Sequence[int]:
        """Of the processes that live."""
        return [running.process.pid for running in self._living()]

    def open_turns(self) -> int:
        return int(self.rows("SELECT count(*) FROM turns WHERE state <> 'done'")[0][0])

    def turns(self, condition: str = "command IS NULL") -> dict[int, int]:
        """The id of each question's turn."""
        rows = self.rows(f"SELECT id, text FROM turns WHERE {condition}")  # noqa: S608
        return {number: turn for turn, text in rows if (number := number_in(text)) is not None}

    def answered(self) -> set[int]:
        """The questions of which nothing is left to do."""
        return set(self.turns("state = 'done'"))

    @abstractmethod
    def forget_identifies(self) -> None:
        """As if a day had passed: Discord takes a thousand starts a day, and few in a burst."""

    @abstractmethod
    def rows(self, query: str) -> list[Any]: ...

    @abstractmethod
    def store(self) -> AbstractAsyncContextManager[Store]:
        """The database as the program sees it, beside the program."""

    @abstractmethod
    async def hurt(self) -> bool:
        """What befalls the database."""

    async def clean_up(self) -> None:
        await self._program.clean_up()

    def _is_ready(self, before: int) -> bool:
        """Whoever died of its own is not waited for."""
        is_up = all('"event": "started"' in running.err for running in self._living())
        return is_up and self._stage.connections > before

    def _living(self) -> list[Running]:
        return [running for running in self._rooms if running and running.code is None]


class SqliteHouse(House):
    name = "SQLite"
    hurt_by = "database locked by another program"

    @property
    def database(self) -> Path:
        return self.folder / "homeroom.db"

    def forget_identifies(self) -> None:
        if self.database.exists():
            with self._connected() as database, database:
                database.execute(_FORGET)

    def rows(self, query: str) -> list[Any]:
        with self._connected() as database:
            return database.execute(query).fetchall()

    def store(self) -> AbstractAsyncContextManager[Store]:
        return open_file(self.database)

    async def hurt(self) -> bool:
        with closing(sqlite3.connect(self.database, isolation_level=None)) as other:
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
            await asyncio.sleep(_LOCKED)
        return True

    def _connected(self) -> closing[sqlite3.Connection]:
        return closing(sqlite3.connect(self.database, timeout=30))


class PostgresHouse(House):
    name = "PostgreSQL"
    size = 3
    freezes_for = 14.0  # beyond the lease: the others take over
    hurt_by = "power cut of the database"

    def __init__(self, folder: Path, stage: Stage, backend: str, postgres: Postgres) -> None:
        super().__init__(folder, stage, backend)
        self._postgres = postgres
        stage.is_shared = True
        self._url = self._program.settings["DATABASE_URL"] = postgres.create()

    def forget_identifies(self) -> None:
        with suppress(psycopg.errors.UndefinedTable), psycopg.connect(self._url) as database:
            database.execute(_FORGET)

    def rows(self, query: str) -> list[Any]:
        with psycopg.connect(self._url) as database:
            return database.execute(query.encode()).fetchall()

    def store(self) -> AbstractAsyncContextManager[Store]:
        return open_server(self._url)

    async def hurt(self) -> bool:
        self._postgres.stop("immediate")
        await asyncio.sleep(_WITHOUT_POWER)
        self._postgres.start()
        return True


async def until(condition: Callable[[], object], seconds: float) -> bool:
    """Whether a condition came true in time."""
    try:
        async with asyncio.timeout(seconds):
            while not condition():  # noqa: ASYNC110 - what is waited for is another process's doing
                await asyncio.sleep(0.02)
    except TimeoutError:
        return False
    return True
