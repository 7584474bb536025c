"""What the light fakes share: a tape of when each tag was seen, and a process that serves.

A tag (`tag3x17z`) stands in each question and comes back in its answer; so one clock (the
machine's monotonic one, the same in all processes) times it wherever it goes by.
"""

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

JSON = dict[str, Any]
TAG = re.compile(r"tag\d+x\d+z")
_TAG = re.compile(rb"tag\d+x\d+z")


def tag_of(wave: int, conversation: int) -> str:
    return f"tag{wave}x{conversation}z"


def wave_of(tag: str) -> int:
    return int(tag[3:].partition("x")[0])


class Tape:
    """When each tag of each wave was first seen, by what was being done."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._shown: Counter[str] = Counter()
        self._waves: dict[int, dict[str, dict[str, float]]] = {}

    def note(self, what: str, body: bytes) -> str:
        """Note the last tag in a body: earlier ones are history."""
        found = _TAG.findall(body)
        tag = found[-1].decode() if found else ""
        self.mark(what, tag)
        return tag

    def show(self, body: bytes) -> None:
        """A new message stands there."""
        tag = self.note("visible", body)
        self._shown[tag] += bool(tag)

    def twice(self, told: JSON) -> int:
        """Answers of a wave that stand more than once."""
        mine = f"tag{told['wave']}x"
        return sum(count > 1 for tag, count in self._shown.items() if tag.startswith(mine))

    def mark(self, what: str, tag: str, at: float | None = None) -> None:
        if tag:
            seen = self._waves.setdefault(wave_of(tag), {}).setdefault(what, {})
            seen.setdefault(tag, time.monotonic() if at is None else at)

    def seen(self, told: JSON) -> int:
        return len(self._waves.get(told["wave"], {}).get(told["what"], {}))

    def wave(self, told: JSON) -> dict[str, dict[str, float]]:
        return self._waves.pop(told["wave"], {})


Hook = Callable[[JSON], Any]


def serve(tape: Tape, routes: list[web.RouteDef], controls: dict[str, Hook]) -> None:
    """Serve on a port of its own, which is the first thing this process says."""

    @web.middleware
    async def count(request: web.Request, handler: Any) -> web.StreamResponse:
        if not request.path.startswith("/control"):
            tape.counts[f"{request.method} {request.path.rsplit('/', 1)[-1]}"] += 1
        answer: web.StreamResponse = await handler(request)
        return answer

    async def control(request: web.Request) -> web.Response:
        told = await request.json() if request.can_read_body else {}
        answer = controls[request.match_info["name"]](told)
        return web.json_response(await answer if asyncio.iscoroutine(answer) else answer)

    own: dict[str, Hook] = {"counts": lambda _: dict(tape.counts)}
    controls = {**own, "seen": tape.seen, "wave": tape.wave, "twice": tape.twice, **controls}
    app = web.Application(middlewares=[count], client_max_size=1 << 26)
    app.add_routes([web.post("/control/{name}", control), *routes])
    asyncio.run(_serve(app))


async def _serve(app: web.Application) -> None:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=20_000).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


def reply(data: Any, headers: Mapping[str, str] | None = None) -> web.Response:
    """JSON, without the charset: discord.py wants the bare type."""
    body = json.dumps(data).encode()
    return web.Response(body=body, content_type="application/json", headers=headers)


async def read_json(request: web.Request) -> JSON:
    told: JSON = json.loads(await request.read() or b"{}")
    return told


async def speak(tell: Callable[[int], Any], told: JSON) -> int:
    """Let `count` conversations speak, `rate` a second; 0: all in the same instant."""
    rate, begun = told.get("rate", 0), time.monotonic()
    for number in range(told["count"]):
        if rate:
            await asyncio.sleep(max(0.0, begun + number / rate - time.monotonic()))
        await tell(told.get("first", 0) + number)
    return int(told["count"])
