"""What assistants can do, as the work sees it."""

from collections.abc import Sequence
from typing import Protocol

from bot.core.assistants import Assistant
from bot.core.messages import Message
from bot.core.tools import Call, Output, Tool, Use


class Toolbox(Protocol):
    """Offers tools, and uses them. One kind of tool is one toolbox; a toolbox may hold others."""

    async def offered(self, assistant: Assistant, message: Message) -> Sequence[Tool]:
        """What this assistant may use for this question; empty, at no cost, where that is none."""

    async def use(self, call: Call, use: Use) -> Output:
        """Do it. What goes wrong is an output, too; only a cancellation is raised.

        Cancelled (a stop, a deadline), it ends within a second.
        """

    async def check(self) -> Sequence[str]:
        """A line for each thing the doctor should tell; raises BotError with what is wrong."""

    async def close(self) -> None: ...
