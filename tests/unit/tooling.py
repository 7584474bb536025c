"""What a tool's test needs: somebody who asks, and a file that changes."""

import os
from pathlib import Path

from bot.core.messages import Author, ConversationKey, Message
from bot.core.tools import Call, Use
from bot.homeroom_toml import AssistantFile
from bot.platforms import TABLE
from bot.tools.chest import Chest
from bot.tools.opening import open_toolbox
from tests.fakes.memory import FakeMemory, FakeNotes

KEY = ConversationKey("console", "local", "tools")
NOW = 1_795_847_800.0  # 2026-11-28, 06:36:40 UTC


def question(*, is_shared: bool = False, person: str = "ada") -> Message:
    return Message(KEY, "1", Author(person, person.title()), "roll", is_shared=is_shared)


def use(message: Message | None = None, said: list[str] | None = None) -> Use:
    async def say(text: str) -> None:
        if said is not None:
            said.append(text)

    return Use(
        turn_id=1, conversation_id=1, message=message or question(), assistant="poet", say=say
    )


def call(tool: str, arguments: str = "{}") -> Call:
    return Call("call_1", tool, arguments)


def rewrite(path: Path, text: str) -> None:
    """As editors do, at a time of its own."""
    before = path.stat().st_mtime if path.exists() else 1000.0
    path.write_text(text, encoding="utf-8")
    os.utime(path, (before + 1, before + 1))


def chest_of(folder: Path) -> Chest:
    file = AssistantFile(folder / "homeroom.toml", TABLE)
    file.load()
    return open_toolbox(file, FakeMemory(), FakeNotes(), lambda: NOW)
