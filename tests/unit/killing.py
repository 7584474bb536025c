"""Killing a bot at a moment: before or after one of the calls it makes outside."""

import asyncio
import inspect
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import fields
from typing import Any

import httpx2

from bot.backends.clients import Client
from bot.core.messages import Message
from bot.core.ports.backend import Backend
from bot.core.ports.storage import Storage
from bot.core.turns import Turn
from tests.unit.world import Bot, World


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


async def is_outlived(live: Callable[[Killer], Coroutine[Any, Any, None]], *at: int | str) -> bool:
    """Kill the first bots at these moments and let the last one live; whether all were killed."""
    for moment in at:
        if not await is_killed(live, moment):
            return False
    await live(Killer())
    return True


async def last_moment(play: Callable[[int], Awaitable[bool]], stride: int = 1) -> int:
    """Play with a kill at each moment, or every so many; the first at which all was done before."""
    moment = 1
    while await play(moment):
        moment += stride
    return moment


async def is_killed_over(world: World, question: Message, at: int | str) -> bool:
    """Whether a bot that is asked this was killed before it had done everything."""

    async def live(killer: Killer) -> None:
        async with mortal_bot(world, killer) as bot:
            await bot.intake.accept(question)
            await bot.idle()

    try:
        return await is_killed(live, at)
    finally:
        world.wrap_transport = lambda transport: transport


@asynccontextmanager
async def mortal_bot(
    world: World, killer: Killer, mind: str | Callable[[Client], Backend] = "responses", **more: Any
) -> AsyncIterator[Bot]:
    """All that it does outside are moments: with the database, the model's server, the platform."""
    world.wrap_transport = lambda transport: MortalTransport(transport, killer)
    async with world.bot(
        mind if isinstance(mind, str) else mind(world.client()),
        wrap_storage=lambda storage: mortal(storage, killer),
        wrap_adapter=lambda adapter: Mortal(adapter, killer),
        **more,
    ) as bot:
        yield bot


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
