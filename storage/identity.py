"""Whether a database file is still the one that was opened.

SQLite never looks at a path again: what is written after `mv`, `rm` or a restore goes to a file
that nobody will find, and no error says so.
"""

import asyncio
from pathlib import Path

from bot.core.errors import StorageGone

_LOOK = 1.0  # seconds between looks while nothing is written


class Identity:
    def __init__(self, path: Path) -> None:
        # The log beside it comes with the first write, and holds what is newest.
        real = path.resolve()
        self.path = path
        self._files = (path, real.with_name(f"{real.name}-wal"))
        self._known: dict[Path, tuple[int, int]] = {}
        self.lost()

    def lost(self) -> str:
        """What is wrong, naming the file; nothing while it is where it was."""
        for file in self._files:
            found = _identity(file)
            known = self._known.setdefault(file, found) if found else self._known.get(file)
            if found != known:
                what = "removed or moved" if found is None else "replaced by another"
                return f"{file} was {what} while it was in use: nothing more is taken"
        return ""

    async def watch(self) -> None:
        """Raises StorageGone once it is not the same any more; that ends the process."""
        while not (lost := self.lost()):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(_LOOK)
        raise StorageGone(f"{lost}. Put it back, or `homeroom restore` a backup")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino
