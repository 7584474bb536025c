"""What changes while somebody looks: streams of events, each a piece of the page drawn anew."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from aiohttp import web

from adapters.web.guard import VISITOR

_MOST = 200  # streams
# Of one person. A browser opens six connections to one place, and its next page would wait for
# ever; so a further stream says what there is and ends, and comes again.
_MOST_EACH = 4
_BEAT = 15.0  # seconds of silence; then it is found out whether anybody is still there

Pieces = Mapping[str, str]
"""HTML by the id of the element that it takes the place of."""


class LiveStreams:
    """Those that are open. Each ends by itself when the process does, for nobody cancels it."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self._ending = asyncio.Event()

    def __len__(self) -> int:
        return self._open.total()

    def end(self) -> None:
        self._ending.set()

    async def send(
        self,
        request: web.Request,
        changes: Callable[[], AsyncIterator[Pieces]],
        is_in: Callable[[web.Request], Awaitable[bool]],
    ) -> web.StreamResponse:
        """`changes`: what there is, and again at each change; an empty one where time passes."""
        name = request[VISITOR].name
        if len(self) >= _MOST or self._ending.is_set():
            return web.Response(status=503, headers={"Retry-After": "30"})
        answer = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
        )
        is_brief = self._open[name] >= _MOST_EACH
        self._open[name] += 1
        try:
            await answer.prepare(request)
            await self._write(answer, changes(), lambda: is_in(request), is_brief=is_brief)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._open[name] -= 1
        return answer

    async def _write(
        self,
        answer: web.StreamResponse,
        changes: AsyncIterator[Pieces],
        is_in: Callable[[], Awaitable[bool]],
        *,
        is_brief: bool,
    ) -> None:
        shown: dict[str, str] = {}
        loop = asyncio.get_running_loop()
        beaten = loop.time()
        await answer.write(b"retry: 2000\n\n")
        async for pieces in changes:
            if self._ending.is_set():
                return
            for id_, html in pieces.items():
                if shown.get(id_) != html:
                    shown[id_] = html
                    await answer.write(_event(html))
            if is_brief:
                return
            if loop.time() - beaten >= _BEAT:
                beaten = loop.time()
                if not await is_in():
                    await answer.write(b"event: out\ndata:\n\n")
                    return
                await answer.write(b": still here\n\n")


def _event(html: str) -> bytes:
    data = "".join(f"data: {line}\n" for line in html.splitlines())
    return f"event: piece\n{data}\n".encode()
