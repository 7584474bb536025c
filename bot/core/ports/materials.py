"""Course material, as it is remembered."""

from collections.abc import Sequence
from typing import Protocol

from bot.core.materials import Document, Draft, Passage, Source
from bot.core.turns import Turn


class Materials(Protocol):
    """Documents, their passages, and which of them a turn was given.

    Whoever looks says in which scopes: what lies in others is never found, counted or named.
    """

    async def add(self, draft: Draft, passages: Sequence[Passage], now: float) -> None:
        """Keep a document; the one of its name, in its scope, is replaced once this one is whole.

        Of the older one what was cited stays, to be shown; nothing of it is found any more.
        """

    async def find(self, scope: str, name: str) -> Document | None: ...

    async def documents(self, scopes: Sequence[str] | None = None) -> Sequence[Document]:
        """Those in these very scopes, by scope and name; without scopes, all there are."""

    async def passages(self, document_id: int) -> Sequence[Passage]:
        """In the order in which they stand there."""

    async def remove(self, scope: str, name: str) -> bool:
        """With all its versions; False when there is no such document."""

    async def search(
        self, words: Sequence[str], scopes: Sequence[str], limit: int
    ) -> Sequence[Source]:
        """The passages with the most, and the rarest, of these words, the best first."""

    async def give(self, turn_id: int, passage_ids: Sequence[int]) -> None:
        """A turn is about to be given these: each gets the next number that is free."""

    async def given(self, turn_id: int) -> Sequence[Source]:
        """What a turn was given, by number, but for what was removed since."""

    async def cited(self, message_key: str, scopes: Sequence[str]) -> Sequence[Source]:
        """What the answer to a message names, as far as it lies in these scopes."""

    async def gaps(self, scope: str, remark: str, limit: int) -> Sequence[Turn]:
        """The newest turns within a scope below whose answers this was remarked."""
