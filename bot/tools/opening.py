"""Opens the toolbox that `homeroom.toml` asks for."""

from collections.abc import Sequence
from pathlib import Path

from bot.core.ports.clock import Clock
from bot.core.ports.memory import Memory
from bot.homeroom_toml import AssistantFile
from bot.tools.basics import calculate, now_by
from bot.tools.chest import Chest
from bot.tools.function_files import FunctionToolbox
from bot.tools.functions import Function
from bot.tools.server_boxes import ServerBoxes


def open_toolbox(file: AssistantFile, memory: Memory, clock: Clock) -> Chest:
    """`memory` keeps what the servers offered.

    Raises ConfigError with the line of what is wrong, there or in a file of functions.
    """

    def paths() -> Sequence[Path]:
        return [file.path.parent / name for name in file.current().tools.files]

    functions = FunctionToolbox(paths, [Function.of(one) for one in (now_by(clock), calculate)])
    functions.load()
    chest = Chest(file.current, [functions, open_servers(file, memory)])
    _require_known(file, chest)
    return chest


def open_servers(file: AssistantFile, memory: Memory) -> ServerBoxes:
    return ServerBoxes(lambda: file.current().servers, file.path.parent, memory)


def _require_known(file: AssistantFile, chest: Chest) -> None:
    """What a server offers is known once it runs; all else can be misspelt only here."""
    for assistant in file.current().assistants.values():
        for name in assistant.tools:
            if not set(name) & set("*?[:") and not chest.holds(name):
                keys = ("assistants", assistant.name, "tools")
                raise file.mistake(f"there is no tool called {name}", keys)
