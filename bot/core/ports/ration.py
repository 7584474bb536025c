"""What is given out in turn: turns at work, bytes of files in hand."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Ration(Protocol):
    def is_free(self, person: str) -> bool:
        """Whether somebody would not have to wait, as far as is known here."""

    def taken(self, person: str, amount: int = 1) -> AbstractAsyncContextManager[None]:
        """While so much of it is this person's; first wait until it is."""
