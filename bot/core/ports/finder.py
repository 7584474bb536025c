"""How what is worth reading for a question is found."""

from collections.abc import Sequence
from typing import Protocol

from bot.core.materials import Source


class Finder(Protocol):
    async def find(
        self, question: str, scopes: Sequence[str], only: Sequence[str] = ()
    ) -> Sequence[Source]:
        """`only`: patterns of the names of documents.

        The best passages of these scopes, as many as fit; none that say too little of it.
        """
