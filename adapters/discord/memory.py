"""What the adapter keeps between two starts, by name."""

import json
from typing import Any, Protocol


class Memory(Protocol):
    async def remember(self, name: str, value: str) -> None: ...

    async def recall(self, name: str) -> str | None: ...


async def recall_list(memory: Memory, name: str) -> list[Any]:
    """A list that was kept; an empty one if it was not, or is not readable."""
    try:
        kept = json.loads(await memory.recall(name) or "[]")
    except ValueError:
        return []
    return kept if isinstance(kept, list) else []


async def remember_list(memory: Memory, name: str, values: list[Any]) -> None:
    await memory.remember(name, json.dumps(values))
