"""What assistants can do where nobody gave them anything: nothing."""

from collections.abc import Sequence

from bot.core.assistants import Assistant
from bot.core.messages import Message
from bot.core.tools import Call, Output, Tool, Use


class NoTools:
    async def offered(self, assistant: Assistant, message: Message) -> Sequence[Tool]:
        return ()

    async def use(self, call: Call, use: Use) -> Output:
        return Output(f"There is no tool {call.tool}.", is_error=True)

    async def check(self) -> Sequence[str]:
        return ()

    async def close(self) -> None:
        """Nothing is open."""
