"""More of the course material than came along with a question, for a model that asks for it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

from pydantic import Field

from bot.core.assistants import Assistant
from bot.core.materials import Source
from bot.core.messages import Message
from bot.core.ports.finder import Finder
from bot.core.ports.materials import Materials
from bot.core.ports.toolbox import Toolbox
from bot.core.prompts import numbered
from bot.core.tools import Call, Output, Tool, Use
from bot.rules.finding import give
from bot.tools.functions import Function, tool

Found = Callable[[Use, str], Awaitable[Sequence[Source]]]
"""What is found for a question in the place where a tool is used, numbered for its turn."""


def found_in(finder: Finder, materials: Materials) -> Found:
    async def found(use: Use, query: str) -> Sequence[Source]:
        best = await finder.find(query, await use.reach(), use.material)
        return await give(materials, use.turn_id, best)

    return found


async def nothing_found(_use: Use, _query: str) -> Sequence[Source]:
    """Where tools are only looked at."""
    return ()


class MaterialToolbox:
    def __init__(self, found: Found) -> None:
        self._function = Function.of(_search_function(found))

    def holds(self, name: str) -> bool:
        return name == self._function.tool.name

    def parts(self) -> Sequence[Toolbox]:
        return ()

    async def offered(self, assistant: Assistant, message: Message) -> Sequence[Tool]:
        return [self._function.tool]

    async def use(self, call: Call, use: Use) -> Output:
        return await self._function(call, use)

    async def check(self) -> Sequence[str]:
        return ()

    async def close(self) -> None:
        """Nothing to do."""


def _search_function(found: Found) -> Callable[..., Awaitable[str]]:
    @tool(repeatable=True, status="looking in the course material")
    async def search_material(
        use: Use, query: Annotated[str, Field(min_length=1, max_length=1000)]
    ) -> str:
        """Search the course material by words. Write the number of what you use behind it: [1].

        query: a few words that stand in what you look for, in the language of the material
        """
        sources = await found(use, query)
        return "\n\n".join(map(numbered, sources)) or "Nothing in the course material has that."

    return search_material
