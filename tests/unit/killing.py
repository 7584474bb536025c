"""Killing a bot at a moment: before or after one of the calls it makes outside."""

import asyncio
import inspect
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import fields
from typing import Any

import httpx2

from bot.core.ports.storage import Storage
from bot.core.turns import Turn


class Killer:
    """Counts the moments before and after each call outside, and kills at one of them.

    The moment is given by its number, or by its name: "before turns.save answered", "after post";
    "after post #2" is the second of that name.
    """

    def __init__(self, at: int | str | None = None) -> None:
        self.at = at
        self.moments = 0
        self._seen: Counter[str] = Counter()
        self.died = asyncio.Event()

    async def around(self, name: str, call: Callable[[], Awaitable[Any]]) -> Any:
        await self.moment(f"before {name}")
        result = await call()
        await self.moment(f"after {name}")
        return result

    async def moment(self, name: str) -> None:
        self.moments += 1
        self._seen[name] += 1
        if self.at in (self.moments, name, f"{name} #{self._seen[name]}"):
            self.died.set()
        if self.died.is_set():
            await _do_nothing_any_more()


async def is_killed(live: Callable[[Killer], Coroutine[Any, Any, None]], at: int | str) -> bool:
    """Let a bot live until that moment; False if it had done everything before."""
    killer = Killer(at)
    life = asyncio.create_task(live(killer))
    death = asyncio.create_task(killer.died.wait())
    await asyncio.wait([life, death], return_when=asyncio.FIRST_COMPLETED)
    was_killed = killer.died.is_set()
    if not was_killed:
        death.cancel()
        await life
        return False
    life.cancel()
    with suppress(asyncio.CancelledError):
        await life
    return True


class Mortal:
    """A role of a storage, or an adapter, whose caller may be killed."""

    def __init__(self, inner: Any, killer: Killer, role: str = "") -> None:
        self._inner = inner
        self._killer = killer
        self._prefix = role and f"{role}."

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._inner, name)
        if not inspect.iscoroutinefunction(value):
            return value

        async def call(*args: Any, **options: Any) -> Any:
            moment = _name_of(self._prefix + name, *args)
            return await self._killer.around(moment, lambda: value(*args, **options))

        return call


def mortal(storage: Storage, killer: Killer) -> Storage:
    names = [field.name for field in fields(storage)]
    roles: dict[str, Any] = {name: Mortal(getattr(storage, name), killer, name) for name in names}
    return Storage(**roles)


class MortalTransport(httpx2.AsyncBaseTransport):
    """The wire to the model's server; of a stream, each piece that arrives is a moment."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, killer: Killer) -> None:
        self._inner = inner
        self._killer = killer

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        name = f"{request.method} {request.url.path}"
        send = self._inner.handle_async_request
        response = await self._killer.around(name, lambda: send(request))
        response.stream = MortalStream(response.stream, self._killer)
        return response  # type: ignore[no-any-return]

    async def aclose(self) -> None:
        await self._inner.aclose()


class MortalStream(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream, killer: Killer) -> None:
        self._inner = inner
        self._killer = killer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._inner:
            await self._killer.moment("piece")
            yield piece

    async def aclose(self) -> None:
        await self._inner.aclose()


def _name_of(method: str, *args: Any) -> str:
    """With what tells one call from the next: the step that is saved, the part that is posted."""
    if method == "turns.save":
        return f"{method} {_step_of(args[0])}"
    return f"{method} {args[1]}" if re.match(r"posts\.(intend|save|drop)", method) else method


def _step_of(turn: Turn) -> str:
    if turn.step:
        return turn.step.value
    if turn.run:
        return "running"
    return "submitted" if turn.is_submitted else "pending"


async def _do_nothing_any_more() -> None:
    """Not even in a `finally`, when the remains are cleared away."""
    task = asyncio.current_task()
    if task and task.cancelling():
        raise asyncio.CancelledError
    await asyncio.Event().wait()
