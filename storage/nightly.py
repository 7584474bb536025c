"""A backup each night, of a SQLite file, by the process that works on it.

`VACUUM INTO` leaves no free pages in the copy: what was deleted does not live on there.
"""

import asyncio
import os
import random
import re
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import structlog

from bot.core.errors import BotError, StorageDamaged, StorageUnavailable
from bot.core.ports.memory import Memory
from storage.belonging import unbrand
from storage.opening import connect, sqlite_errors
from storage.private import make_private

log = structlog.get_logger()

MADE = "backup made at"  # the memo: seconds since the epoch
_LATE = 26 * 3600.0  # seconds since the last, after which the next is made at once
_HOUR, _SPREAD = 3, 1800.0  # of the night, by the machine's clock; and up to so many seconds later
_SETTLING = 300.0  # seconds after a start, which has enough to do
_AGAIN = 3600.0  # seconds after a failure
_DAYS, _WEEKS, _MONTHS = 7, 4, 6
_NAME = "%Y-%m-%dT%H%MZ"

Made = Callable[[float, int], None]
"""Is told when a backup was made, and its bytes."""


class Nightly:
    def __init__(self, path: Path, memory: Memory, clock: Callable[[], float], made: Made) -> None:
        self._path = path
        self._folder = path.absolute().parent / "backups"
        self._memory = memory
        self._clock = clock
        self._made = made
        self._spread = random.uniform(0, _SPREAD)  # noqa: S311 - so that not all disks work at once

    async def run(self) -> None:
        """Until it is cancelled."""
        if made := await self._memory.recall(MADE):
            sizes = {path.name: path.stat().st_size for path in self._ours()}
            self._made(float(made), sizes[max(sizes)] if sizes else 0)
        await asyncio.sleep(_SETTLING)
        while True:
            await asyncio.sleep(await self._wait())
            try:
                await self.back_up()
            except (BotError, OSError) as error:
                log.error("backup_not_made", error=str(error))  # noqa: TRY400
                await asyncio.sleep(_AGAIN)

    async def _wait(self) -> float:
        """Seconds until the next one is due."""
        now = self._clock()
        made = await self._memory.recall(MADE)
        if made is None or now - float(made) > _LATE:
            return 0.0
        return next_night(now) + self._spread - now

    async def back_up(self) -> Path:
        """Make one, check it, and only then let go of old ones.

        Raises StorageUnavailable, StorageDamaged or OSError: then all that was there still is.
        """
        now = self._clock()
        self._folder.mkdir(mode=0o700, exist_ok=True)
        size = self._path.stat().st_size
        if shutil.disk_usage(self._folder).free < 2 * size:
            raise StorageUnavailable(f"{self._folder}: the disk has too little room for a backup")
        target = self._folder / f"{self._path.stem}-{datetime.fromtimestamp(now, UTC):{_NAME}}.db"
        partial = target.with_suffix(".partial")
        try:
            await checked_copy(self._path, partial)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
        await self._memory.remember(MADE, str(now))
        self._made(now, target.stat().st_size)
        log.info("backup_made", file=target.name, bytes=target.stat().st_size)
        self._let_go()
        return target

    def _let_go(self) -> None:
        """Of what was made here, and is kept no longer; whatever else lies there stays."""
        times = self._ours()
        keep = kept(times.values())
        for path in [path for path, at in times.items() if at not in keep]:
            with suppress(OSError):
                path.unlink()

    def _ours(self) -> Mapping[Path, datetime]:
        """What was made here, by its time; nothing where there is no folder yet."""
        pattern = re.compile(re.escape(self._path.stem) + r"-(\d{4}-\d\d-\d\dT\d{4}Z)\.db")
        there = {path: pattern.fullmatch(path.name) for path in self._folder.glob("*")}
        return {path: _time(found[1]) for path, found in there.items() if found}


async def checked_copy(path: Path, target: Path) -> None:
    """Raises StorageDamaged if it is not sound, StorageUnavailable if it could not be written."""
    target.unlink(missing_ok=True)
    make_private(target)
    with sqlite_errors(path):
        async with connect(path) as source:
            await source.execute_fetchall("VACUUM INTO ?", (str(target),))
        async with connect(target) as copy:
            found = [row[0] for row in await copy.execute_fetchall("PRAGMA integrity_check")]
            found += list(await copy.execute_fetchall("PRAGMA foreign_key_check"))
            if found == ["ok"]:
                await unbrand(copy)
    if found != ["ok"]:
        raise StorageDamaged(f"the copy is not sound: {'; '.join(map(str, found[:3]))}")
    await asyncio.to_thread(_sync, target)


def next_night(now: float) -> float:
    """When it is three o'clock next, where the machine is."""
    local = datetime.fromtimestamp(now).astimezone()
    night = local.replace(hour=_HOUR, minute=0, second=0, microsecond=0)
    if night <= local:
        night += timedelta(days=1)
    return night.timestamp()


def kept(times: Iterable[datetime]) -> set[datetime]:
    """The newest of each of seven days, of four weeks and of six months."""
    newest = sorted(times, reverse=True)
    return {
        *_newest_of_each(newest, lambda at: at.date(), _DAYS),
        *_newest_of_each(newest, lambda at: at.isocalendar()[:2], _WEEKS),
        *_newest_of_each(newest, lambda at: (at.year, at.month), _MONTHS),
    }


def _newest_of_each(
    newest: Sequence[datetime], span: Callable[[datetime], object], count: int
) -> Iterable[datetime]:
    firsts: dict[object, datetime] = {}
    for at in newest:
        firsts.setdefault(span(at), at)
    return islice(firsts.values(), count)


def _time(written: str) -> datetime:
    return datetime.strptime(written, _NAME).replace(tzinfo=UTC)


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
