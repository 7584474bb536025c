"""What lies in the folder of a conversation's programs, until it has not been used for a while.

Between two programs it is one file that has no name: nobody finds it, nothing in it is ever opened
by its name, and it is gone with the process.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import IO

from bot.core.messages import Attachment, Message
from bot.tools.box.inside import packed, unpacked

LASTS = 600.0  # seconds after the last use
_MOST = 50  # conversations; of more, the one longest unused is forgotten


@dataclass
class Scratch:
    """Of one conversation."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)  # one program at a time
    # What people attached and no program has seen; fetched when one is run.
    attached: dict[str, tuple[Message, Attachment]] = field(default_factory=dict)
    _kept: IO[bytes] | None = None

    def seen(self, names: Iterable[str]) -> None:
        for name in names:
            self.attached.pop(name, None)

    def files(self) -> dict[str, bytes]:
        if self._kept is None:
            return {}
        self._kept.seek(0)
        return dict(unpacked(self._kept.read()))

    def keep(self, files: Mapping[str, bytes]) -> None:
        """Raises OSError where there is no room; then nothing is kept."""
        self.drop()
        kept = TemporaryFile()  # noqa: SIM115 - it stays open, for as long as it is kept
        try:
            kept.writelines(packed(files.items()))
            kept.flush()
        except OSError:
            kept.close()
            raise
        self._kept = kept

    def drop(self) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None


class Scratches:
    """Those of all conversations."""

    def __init__(self, lasts: float = LASTS) -> None:
        self._lasts = lasts
        self._all: dict[str, Scratch] = {}
        self._ends: dict[str, asyncio.TimerHandle] = {}

    def of(self, conversation: str) -> Scratch:
        """It lasts anew from now on."""
        scratch = self._all.pop(conversation, None) or Scratch()
        self._all[conversation] = scratch  # the last in order is the last used
        if end := self._ends.pop(conversation, None):
            end.cancel()
        loop = asyncio.get_running_loop()
        self._ends[conversation] = loop.call_later(self._lasts, self.forget, conversation)
        while len(self._all) > _MOST:
            self.forget(next(iter(self._all)))
        return scratch

    def forget(self, conversation: str) -> None:
        self._ends.pop(conversation).cancel()
        self._all.pop(conversation).drop()

    def close(self) -> None:
        for conversation in list(self._all):
            self.forget(conversation)
