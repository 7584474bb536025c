"""The toolbox that holds all others: an assistant is offered of them what it names."""

from collections.abc import Callable, Sequence
from typing import Protocol

from bot.core.assistants import Assistant
from bot.core.catalogue import Catalogue
from bot.core.messages import Message
from bot.core.ports.toolbox import Toolbox
from bot.core.tool_settings import is_meant
from bot.core.tools import Call, Output, Tool, Use
from bot.tools.results import unknown


class Drawer(Toolbox, Protocol):
    """A toolbox that knows which names are its own."""

    def holds(self, name: str) -> bool: ...

    def parts(self) -> Sequence[Toolbox]:
        """What is looked at by itself when all is checked."""


class Chest:
    def __init__(self, current: Callable[[], Catalogue], drawers: Sequence[Drawer]) -> None:
        self._current = current
        self._drawers = drawers

    async def offered(self, assistant: Assistant, message: Message) -> Sequence[Tool]:
        if not assistant.tools:
            return ()
        limited = self._current().tools.limited
        return [
            limited(tool)
            for drawer in self._drawers
            for tool in await drawer.offered(assistant, message)
            if is_meant(tool.name, assistant.tools)
        ]

    async def use(self, call: Call, use: Use) -> Output:
        for drawer in self._drawers:
            if drawer.holds(call.tool):
                return await drawer.use(call, use)
        return unknown(call.tool)

    def holds(self, name: str) -> bool:
        return any(drawer.holds(name) for drawer in self._drawers)

    def parts(self) -> Sequence[Toolbox]:
        return [part for drawer in self._drawers for part in drawer.parts()]

    async def check(self) -> Sequence[str]:
        return [line for part in self.parts() for line in await part.check()]

    async def close(self) -> None:
        for drawer in self._drawers:
            await drawer.close()
