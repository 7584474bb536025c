"""Who writes down what was spoken."""

from typing import Protocol

from bot.core.prompts import Utterance


class Transcriber(Protocol):
    async def words_of(self, name: str, sound: bytes) -> Utterance:
        """What is said in a recording; without words where nothing is.

        Raises FileRefused for what cannot be heard at all, TransientError for what cannot now.
        """

    async def close(self) -> None: ...
