"""Backends' own ids of conversations."""

from typing import Protocol

from bot.core.turns import Session


class Sessions(Protocol):
    """A backend's own ids of conversations."""

    async def current(self, conversation_id: int, backend: str) -> Session | None: ...

    async def save(
        self, conversation_id: int, backend: str, session: Session, now: float
    ) -> None: ...

    async def end(self, conversation_id: int, now: float) -> None: ...

    async def leave(self, conversation_id: int) -> None:
        """Its servers must not go on from what they keep: it goes to `People.leftovers`."""

    async def begin_anew(self, conversation_id: int, turn_id: int, now: float) -> None:
        """History ends here: later turns of this conversation remember nothing before it."""
