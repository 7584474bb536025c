"""Who writes down what was spoken."""

from typing import Protocol


class Transcriber(Protocol):
    async def words_of(self, name: str, sound: bytes) -> str:
        """What is said in a recording; empty where nothing is.

        Raises FileRefused for what cannot be heard at all, TransientError for what cannot now.
        """

    async def close(self) -> None: ...
