"""Small facts that outlive the process, by name."""

from typing import Protocol


class Memory(Protocol):
    """Such as the id of an assistant made on a server, or how far a channel was read."""

    async def remember(self, name: str, value: str) -> None: ...

    async def replace(self, name: str, known: str, value: str) -> bool:
        """Remember, unless what is remembered is not what was known: somebody else was quicker."""

    async def recall(self, name: str) -> str | None: ...


async def is_first(memory: Memory, name: str) -> bool:
    """Whether nobody has asked that before, in whichever process; asking notes it."""
    return await memory.replace(name, "", "yes")
