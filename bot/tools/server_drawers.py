"""All servers that `homeroom.toml` names: a drawer each, as long as it is named the same."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from bot.core.assistants import Assistant
from bot.core.errands import Errands
from bot.core.messages import Message
from bot.core.ports.memory import Memory
from bot.core.ports.toolbox import Toolbox
from bot.core.tool_settings import SERVER_MARK, ServerSettings
from bot.core.tools import Call, Output, Tool, Use
from bot.tools.results import unknown
from bot.tools.server_drawer import ServerDrawer
from bot.tools.servers import Server


class ServerDrawers:
    """One that is not named any more, or otherwise, is closed behind our back."""

    def __init__(
        self, current: Callable[[], Mapping[str, ServerSettings]], folder: Path, memory: Memory
    ) -> None:
        self._current = current
        self._folder = folder
        self._memory = memory
        self._drawers: dict[str, ServerDrawer] = {}
        self._closing = Errands()

    def drawers(self) -> Mapping[str, ServerDrawer]:
        settings = self._current()
        for name, drawer in list(self._drawers.items()):
            if settings.get(name) != drawer.server.settings:
                del self._drawers[name]
                self._close(drawer)
        for name in settings.keys() - self._drawers.keys():
            server = Server(name, settings[name], str(self._folder))
            self._drawers[name] = ServerDrawer(server, self._memory)
        return self._drawers

    def holds(self, name: str) -> bool:
        return name.partition(SERVER_MARK)[0] in self._current()

    def parts(self) -> Sequence[Toolbox]:
        return list(self.drawers().values())

    async def offered(self, assistant: Assistant, message: Message) -> Sequence[Tool]:
        """Only those are begun that the assistant may use, and all at once."""
        wanted = [
            drawer for name, drawer in self.drawers().items() if _is_wanted(name, assistant.tools)
        ]
        found = await asyncio.gather(*(drawer.offered(assistant, message) for drawer in wanted))
        return [tool for tools in found for tool in tools]

    async def use(self, call: Call, use: Use) -> Output:
        drawer = self.drawers().get(call.tool.partition(SERVER_MARK)[0])
        return await drawer.use(call, use) if drawer else unknown(call.tool)

    async def check(self) -> Sequence[str]:
        return [line for part in self.parts() for line in await part.check()]

    async def close(self) -> None:
        for drawer in self._drawers.values():
            self._close(drawer)
        self._drawers = {}
        await self._closing.settle()

    def _close(self, drawer: ServerDrawer) -> None:
        self._closing.start(drawer.close())


def _is_wanted(server: str, patterns: Sequence[str]) -> bool:
    heads = (one.replace(":", SERVER_MARK, 1).partition(SERVER_MARK)[0] for one in patterns)
    return any(fnmatchcase(server, head) for head in heads)
