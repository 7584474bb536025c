"""Runs a program in a box for the tests, as whoever has started it: JSON in, JSON out.

The tests of root start it as somebody else, with the machine's own Python.
"""

import asyncio
import json
import sys
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

from bot.tools.box.bubblewrap import Bubblewrap
from bot.tools.box.port import BoxLimits


async def _run(order: dict[str, Any]) -> dict[str, Any]:
    box = Bubblewrap(Path(order["libraries"]), BoxLimits(**order["limits"]))
    files = {name: b64decode(data) for name, data in order["files"].items()}
    ran = await box.run(order["code"], files)
    back = {name: b64encode(data).decode() for name, data in ran.files.items()}
    return {"said": ran.said, "wrong": ran.wrong, "files": back}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_run(json.load(sys.stdin)))))
