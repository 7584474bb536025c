"""All servers that `homeroom.toml` names: a box each, as long as it is named the same."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from bot.core.assistants import Assistant
from bot.core.messages import Message
from bot.core.ports.memory import Memory
from bot.core.ports.toolbox import Toolbox
from bot.core.tool_settings import SERVER_MARK, ServerSettings
from bot.core.tools import Call, Output, Tool, Use
from bot.tools.results import unknown
from bot.tools.server_box import ServerBox
from bot.tools.servers import Server


class ServerBoxes:
    """One that is not named any more, or otherwise, is closed behind our back."""

    def __init__(
        self, current: Callable[[], Mapping[str, ServerSettings]], folder: Path, memory: Memory
    ) -> None:
        self._current = current
        self._folder = folder
        self._memory = memory
        self._boxes: dict[str, ServerBox] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def boxes(self) -> Mapping[str, ServerBox]:
        settings = self._current()
        for name, box in list(self._boxes.items()):
            if settings.get(name) != box.server.settings:
                del self._boxes[name]
                self._close(box)
        for name in settings.keys() - self._boxes.keys():
            server = Server(name, settings[name], str(self._folder))
            self._boxes[name] = ServerBox(server, self._memory)
        return self._boxes

    def holds(self, name: str) -> bool:
        return name.partition(SERVER_MARK)[0] in self._current()

    def parts(self) -> Sequence[Toolbox]:
        return list(self.boxes().values())

    async def offered(self, assistant: Assistant, message: Message) -> Sequence[Tool]:
        """Only those are begun that the assistant may use, and all at once."""
        wanted = [box for name, box in self.boxes().items() if _is_wanted(name, assistant.tools)]
        found = await asyncio.gather(*(box.offered(assistant, message) for box in wanted))
        return [tool for tools in found for tool in tools]

    async def use(self, call: Call, use: Use) -> Output:
        box = self.boxes().get(call.tool.partition(SERVER_MARK)[0])
        return await box.use(call, use) if box else unknown(call.tool)

    async def check(self) -> Sequence[str]:
        return [line for part in self.parts() for line in await part.check()]

    async def close(self) -> None:
        for box in self._boxes.values():
            self._close(box)
        self._boxes = {}
        await asyncio.gather(*self._closing)

    def _close(self, box: ServerBox) -> None:
        task = asyncio.create_task(box.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def _is_wanted(server: str, patterns: Sequence[str]) -> bool:
    heads = (one.replace(":", SERVER_MARK, 1).partition(SERVER_MARK)[0] for one in patterns)
    return any(fnmatchcase(server, head) for head in heads)
