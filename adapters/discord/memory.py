"""What the adapter keeps between two starts, by name."""

import json
from typing import Any, Protocol


class Memory(Protocol):
    async def remember(self, name: str, value: str) -> None: ...

    async def replace_memo(self, name: str, known: str, value: str) -> bool: ...

    async def recall(self, name: str) -> str | None: ...


async def recall_list(memory: Memory, name: str) -> list[Any]:
    """A list that was kept; an empty one if it was not, or is not readable."""
    return read_list(await memory.recall(name))


def read_list(text: str | None) -> list[Any]:
    try:
        kept = json.loads(text or "[]")
    except ValueError:
        return []
    return kept if isinstance(kept, list) else []


async def remember_list(memory: Memory, name: str, values: list[Any]) -> None:
    await memory.remember(name, json.dumps(values))
