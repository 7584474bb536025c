"""One process at a time works on a database file."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Self

from bot.core.errors import ConfigError


class FileLock:
    """An advisory lock on `<file>.lock`, which holds the owner's process id.

    The kernel drops it when the process ends, however it ends.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(f"{path.name}.lock")
        self._file: int | None = None

    def acquire(self) -> Self:
        """Raises ConfigError naming the process that holds the lock."""
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ConfigError(f"{self._path} cannot be written: {error.strerror}") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.read(file, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(file)
            if not isinstance(error, BlockingIOError):
                raise ConfigError(f"{self._path} cannot be locked: {error.strerror}") from error
            raise ConfigError(
                f"{self._path.with_suffix('')} is in use by another Homeroom (process {owner}): "
                "stop that one, or give this one a DATABASE_URL of its own"
            ) from error
        with suppress(OSError):  # on a full disk the lock holds without its owner's name
            os.ftruncate(file, 0)
            os.write(file, f"{os.getpid()}\n".encode())
        self._file = file
        return self

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
