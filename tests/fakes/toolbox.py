"""A toolbox whose effects are counted outside of the bot: they outlive it."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from bot.core.assistants import Assistant
from bot.core.messages import Message
from bot.core.tools import Call, Output, Tool, Use

Effect = Callable[[], Awaitable[None]]

DICE = Tool(name="dice", description="Rolls.", parameters={"type": "object"}, is_repeatable=True)
BOOK = Tool(name="book", description="Books a room.", status="booking the room")
TOOLS = (DICE, BOOK)


async def _at_once(effect: Effect) -> None:
    await effect()


@dataclass
class FakeToolbox:
    effects: Counter[str] = field(default_factory=Counter)  # by tool and arguments
    tools: Sequence[Tool] = TOOLS
    outputs: dict[str, Output] = field(default_factory=dict)
    gate: asyncio.Event | None = None  # calls wait for it
    around: Callable[[Effect], Awaitable[None]] = _at_once
    uses: list[Use] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)  # calls that were cancelled

    async def offered(self, assistant: Assistant, message: Message) -> Sequence[Tool]:
        return self.tools

    async def use(self, call: Call, use: Use) -> Output:
        self.uses.append(use)
        if self.gate:
            await self._wait(call)

        async def effect() -> None:
            self.effects[f"{call.tool} {call.arguments}"] += 1

        await self.around(effect)
        return self.outputs.get(call.tool, Output(f"{call.tool} is done"))

    async def _wait(self, call: Call) -> None:
        assert self.gate
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.ended.append(call.tool)
            raise

    async def check(self) -> Sequence[str]:
        return ()

    async def close(self) -> None:
        """Nothing is open."""
