"""Who watches what becomes of messages: the page, and what is counted."""

from typing import Protocol

from bot.core.messages import Message, Receipt
from bot.core.turns import Turn


class Onlooker(Protocol):
    """Told of each step after it was saved. It never raises, and keeps nobody waiting."""

    def accepted(self, message: Message, receipt: Receipt, seconds: float) -> None:
        """A message was told and is written down, now or once before; how long that took."""

    def saved(self, before: Turn, turn: Turn) -> None:
        """What was saved of a turn before this, and what is now."""


class Nobody:
    def accepted(self, message: Message, receipt: Receipt, seconds: float) -> None:
        """Nobody looks."""

    def saved(self, before: Turn, turn: Turn) -> None:
        """Nobody looks."""


class Onlookers:
    """Several that watch, told one after the other."""

    def __init__(self, *watching: Onlooker) -> None:
        self._watching = watching

    def accepted(self, message: Message, receipt: Receipt, seconds: float) -> None:
        for one in self._watching:
            one.accepted(message, receipt, seconds)

    def saved(self, before: Turn, turn: Turn) -> None:
        for one in self._watching:
            one.saved(before, turn)
