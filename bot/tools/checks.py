"""What the doctor says about tools: each file of functions, each server."""

from collections.abc import AsyncIterator, Sequence

from bot.core.checks import Check, Level
from bot.core.errors import BotError, ConfigError
from bot.core.ports.clock import Clock
from bot.core.ports.memory import Memory
from bot.core.ports.notes import Note
from bot.core.ports.toolbox import Toolbox
from bot.homeroom_toml import AssistantFile
from bot.tools.chest import Drawer
from bot.tools.opening import open_toolbox
from bot.tools.server_drawer import ServerChanged

_NAME = "tools"


async def check_tools(
    file: AssistantFile, memory: Memory, clock: Clock, others: Sequence[Drawer]
) -> AsyncIterator[Check]:
    """Nothing where nobody gave assistants anything. Each server is begun, and ended again.

    `others` are checked elsewhere.
    """
    try:
        chest = open_toolbox(file, memory, _NoNotes(), clock, others)
    except ConfigError as error:
        yield Check(_NAME, Level.FAILURE, str(error), "mend it there")
        return
    try:
        for part in [one for one in chest.parts() if one not in others]:
            async for check in _checked(part):
                yield check
    finally:
        await chest.close()


class _NoNotes:
    """A check reads nobody's."""

    async def add(self, person: str, note: Note, most: int) -> bool:
        return False

    async def of(self, person: str) -> Sequence[Note]:
        return ()

    async def drop(self, person: str, text: str) -> None:
        """There is none."""


async def _checked(part: Toolbox) -> AsyncIterator[Check]:
    try:
        for line in await part.check():
            yield Check(_NAME, Level.OK, line)
    except ServerChanged as error:
        yield Check(_NAME, Level.WARNING, str(error), f"homeroom tools accept {error.server}")
    except BotError as error:
        yield Check(_NAME, Level.FAILURE, str(error), "homeroom.toml has its table, [servers.…]")
