"""Opens the toolbox that `homeroom.toml` asks for."""

from collections.abc import Sequence
from pathlib import Path

from bot.core.messages import Message
from bot.core.ports.clock import Clock
from bot.core.ports.memory import Memory
from bot.core.ports.notes import Notes
from bot.homeroom_toml import AssistantFile
from bot.tools.basics import calculate, now_by
from bot.tools.chest import Chest, Drawer
from bot.tools.function_files import FunctionToolbox
from bot.tools.functions import Function
from bot.tools.notes import NoteToolbox
from bot.tools.server_drawers import ServerDrawers


def open_toolbox(
    file: AssistantFile, memory: Memory, notes: Notes, clock: Clock, others: Sequence[Drawer] = ()
) -> Chest:
    """`memory` keeps what the servers offered, `notes` what people had remembered.

    `others` are toolboxes that need more than the file.

    Raises ConfigError with the line of what is wrong, there or in a file of functions.
    """

    def paths() -> Sequence[Path]:
        return [file.path.parent / name for name in file.current().tools.files]

    def person_of(message: Message) -> str:
        return f"{file.table.scope_of_person(message.key)}:{message.author.id}"

    rest: Sequence[Drawer] = [
        NoteToolbox(notes, person_of, clock), *others, open_servers(file, memory)
    ]  # fmt: skip
    built_in = [Function.of(one) for one in (now_by(clock), calculate)]
    functions = FunctionToolbox(paths, built_in, lambda name: any(one.holds(name) for one in rest))
    functions.load()
    chest = Chest(file.current, [functions, *rest])
    _require_known(file, chest)
    return chest


def open_servers(file: AssistantFile, memory: Memory) -> ServerDrawers:
    return ServerDrawers(lambda: file.current().servers, file.path.parent, memory)


def _require_known(file: AssistantFile, chest: Chest) -> None:
    """What a server offers is known once it runs; all else can be misspelt only here."""
    for assistant in file.current().assistants.values():
        for name in assistant.tools:
            if not set(name) & set("*?[:") and not chest.holds(name):
                keys = ("assistants", assistant.name, "tools")
                raise file.mistake(f"there is no tool called {name}", keys)
