"""Lists that the adapter keeps between two starts."""

import json
from typing import Any

from bot.core.ports.memory import Memory


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
