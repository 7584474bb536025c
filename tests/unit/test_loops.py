"""The bot runs on the faster event loop where that is installed, and on Python's own elsewhere."""

import asyncio
import sys
from types import ModuleType

import pytest

from bot.loops import FAST, run


async def loop_of_now() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


class OtherLoop(asyncio.SelectorEventLoop):
    """Stands for the one that is installed."""


def test_a_faster_loop_is_used_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = ModuleType(FAST)
    installed.new_event_loop = OtherLoop  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, FAST, installed)
    assert isinstance(run(loop_of_now()), OtherLoop)


def test_without_one_it_is_pythons_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, FAST, None)
    assert type(run(loop_of_now())).__module__.startswith("asyncio")
