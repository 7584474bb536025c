"""Commands: a backend that answers out of a table of functions.

So a command is a turn like any other: written down, in order, answered once, logged. Only two do
not wait for their turn: `stop` takes effect by its mere existence, and `status` is answered in a
conversation aside, since it could not tell of turns that it comes after.
"""

from collections.abc import Mapping, Sequence

from bot.core.answers import Answer, AnswerEvents, Finished
from bot.core.assistants import Assistant
from bot.core.errors import UnknownCommand
from bot.core.prompts import Prompt
from bot.core.text import plural
from bot.core.tools import ToolStep
from bot.words import say
from bot.work.commands.conversation import ON_CONVERSATION
from bot.work.commands.course import ON_COURSE
from bot.work.commands.guide import ON_GUIDE
from bot.work.commands.hinting import ON_HINT
from bot.work.commands.material import ON_MATERIAL
from bot.work.commands.own import ON_OWN
from bot.work.commands.presses import ON_CALL, ON_PRESS
from bot.work.commands.privacy import ON_PRIVACY
from bot.work.commands.publishing import ON_PUBLISH
from bot.work.commands.status import ON_STATUS
from bot.work.desk import Command, Desk

COMMANDS: Mapping[str, Command] = {
    **ON_GUIDE,
    **ON_CONVERSATION,
    **ON_STATUS,
    **ON_PRIVACY,
    **ON_CALL,
    **ON_MATERIAL,
    **ON_COURSE,
    **ON_HINT,
    **ON_OWN,
}


class CommandBackend:
    name = "command"
    reads_only_text = True

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def answer(self, prompt: Prompt) -> AnswerEvents:
        name = prompt.message.command or ""
        command = COMMANDS.get(name) or ON_PRESS.get(name) or ON_PUBLISH.get(name)
        if command is None:
            raise UnknownCommand(notice=_unknown(prompt.message.command))
        yield Finished(Answer(say(await command(self._desk, prompt))))

    def room(self, assistant: Assistant) -> int:
        """Commands remember nothing."""
        return 0

    async def cancel(self, session: str | None, run: str) -> None:
        """Nothing to do: commands start no runs."""

    async def close_calls(self, session: str | None, step: ToolStep) -> None:
        """Nothing to do: commands call no tools."""

    async def forget(self, session: str, runs: Sequence[str]) -> None:
        """Nothing to do: commands keep nothing."""

    async def check(self) -> str:
        return plural(len(COMMANDS), "command")

    async def close(self) -> None:
        """Nothing to do."""


def _unknown(name: str | None) -> str:
    known = ", ".join(f"`/{command}`" for command in sorted(COMMANDS))
    return say("I do not know the command `/{name}`. I know {known}.", name=name, known=known)
