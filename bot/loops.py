"""The event loop that the bot runs on: a faster one, where it is installed (the extra `fast`)."""

import asyncio
from collections.abc import Callable, Coroutine
from importlib import import_module
from typing import Any, TypeVar

T = TypeVar("T")
Make = Callable[[], asyncio.AbstractEventLoop]

FAST = "uvloop"


def fast_loop() -> Make | None:
    """None: it is not there, as on Windows, where there is none."""
    try:
        made: Make = import_module(FAST).new_event_loop
    except ModuleNotFoundError:
        return None
    return made


def run(work: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=fast_loop()) as runner:
        return runner.run(work)
