"""Names of the messages an answer is shown in."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Ref:
    """A message in a channel.

    `is_original`: the first response to an interaction, which can be edited with its token where
    the bot itself cannot write.
    """

    channel: str
    message: str
    is_original: bool = False

    def __str__(self) -> str:
        return f"{'original' if self.is_original else 'message'}/{self.channel}/{self.message}"

    @property
    def line(self) -> str:
        """Whose edits are counted together: a response is edited with a token of its own."""
        return self.message if self.is_original else self.channel

    @classmethod
    def parse(cls, written: str) -> Self:
        kind, channel, message = written.split("/")
        return cls(channel, message, kind == "original")
