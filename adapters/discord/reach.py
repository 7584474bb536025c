"""Whether Discord can be reached: said once when it is lost, and once when it is back.

The library writes a traceback at each attempt to connect again, which may be thousands.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from bot.core.errors import brief
from bot.core.ports.adapter import Health

log = structlog.get_logger()

_LOGGERS = ("discord.client", "discord.shard")
_ATTEMPTS = ("Attempting a reconnect", "Failed to connect for shard_id")


class Reach:
    """Stands before the library's log and takes its reports of failed attempts for itself."""

    def __init__(self) -> None:
        self._is_lost = False
        self._is_found = False
        self._watchers = 0
        self._heard_at: float | None = None

    def lost(self, error: BaseException | None) -> None:
        if not self._is_lost:
            log.warning("discord_lost", error=brief(error) if error else "")
        self._is_lost, self._is_found = True, False

    def found(self) -> None:
        if self._is_lost:
            log.warning("discord_found_again")
        self._is_lost, self._is_found = False, True

    def heard(self) -> None:
        """Something came, of any kind."""
        self._heard_at = time.monotonic()

    def health(self) -> Health | None:
        """None where nobody watches."""
        if not self._watchers:
            return None
        heard_at = self._heard_at
        return Health(self._is_found, heard_at and time.monotonic() - heard_at)

    def takes(self, record: logging.LogRecord) -> bool:
        if not str(record.msg).startswith(_ATTEMPTS):
            return False
        self.lost(record.exc_info[1] if record.exc_info else None)
        return True

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Each who watches has a filter of its own, for a logger takes the same one only once."""
        loggers = [logging.getLogger(name) for name in _LOGGERS]

        def passes(record: logging.LogRecord) -> bool:
            return not self.takes(record)

        for logger in loggers:
            logger.addFilter(passes)
        self._watchers += 1
        try:
            yield
        finally:
            self._watchers -= 1
            for logger in loggers:
                logger.removeFilter(passes)
