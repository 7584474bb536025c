"""A process that does nothing but search a file: what CPU that takes, and memory.

The file is its argument, and the questions come through its input, a line each.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bot.rules.retrieval import asked_words
from storage.store import open_file

SCOPE = "bench"
FIRST = 5
_MEGABYTE = 1 << 20


async def _measured(path: Path, questions: Sequence[str]) -> dict[str, float]:
    async with open_file(path) as store:
        before = _resident()
        began = time.process_time()
        for question in questions:
            await store.storage.materials.search(asked_words(question), [SCOPE], FIRST)
        asked = (time.process_time() - began) / len(questions)
        return {"ms a question": asked * 1000, "MB more": _resident() - before}


def _resident() -> float:
    """Megabytes."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / _MEGABYTE


if __name__ == "__main__":
    found = asyncio.run(_measured(Path(sys.argv[1]), sys.stdin.read().splitlines()))
    print(json.dumps(found))
