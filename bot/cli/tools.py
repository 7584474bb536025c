"""`tools`: what assistants can do, tried without a model."""

import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import TypeVar

import click

from bot.cli.opening import echo, echo_json, echo_table, open_settings, with_store
from bot.config import Settings
from bot.core.assistants import Assistant
from bot.core.errors import ConfigError
from bot.core.messages import Author, ConversationKey, Message
from bot.core.tools import Call, Tool, Use
from bot.homeroom_toml import FILE, AssistantFile
from bot.platforms import TABLE
from bot.tools.box.opening import no_files, open_code
from bot.tools.chest import Chest
from bot.tools.material import MaterialToolbox, found_in
from bot.tools.opening import open_servers, open_toolbox
from bot.work.finders import WordFinder
from storage.store import Store

T = TypeVar("T")

_KEY = ConversationKey("console", "local", "tools")
_QUESTION = Message(_KEY, "try", Author("operator", "operator"), "")


@click.group(short_help="What assistants can do, tried without a model.")
def tools() -> None:
    """Functions and servers that homeroom.toml names; an assistant may use those it names."""


@tools.command("list")
@click.option("--json", "as_json", is_flag=True, help="An array, for programs.")
def list_tools(as_json: bool) -> None:
    """List every tool there is, with its limits."""
    found = _with_chest(lambda chest: chest.offered(Assistant(tools=("*",)), _QUESTION))
    if as_json:
        echo_json([asdict(tool) for tool in found])
        return
    echo_table(("name", "limits", "what it does"), map(_row, found))


@tools.command("try")
@click.argument("name")
@click.argument("arguments", default="{}")
def try_tool(name: str, arguments: str) -> None:
    """Use a tool once, with ARGUMENTS as JSON, and show what a model would be told."""
    output = _with_chest(lambda chest: chest.use(Call("try", name, arguments), _use()))
    echo(output.text)
    for file in output.files:
        echo(f"file: {file.name}, {file.mime}, {len(file.data)} bytes")
    sys.exit(output.is_error)


@tools.command()
@click.argument("server")
def accept(server: str) -> None:
    """Accept what a server offers now, after `homeroom doctor` showed what has changed."""

    async def run(file: AssistantFile, store: Store) -> Sequence[str]:
        drawers = open_servers(file, store.storage.memos)
        try:
            drawer = drawers.drawers().get(server)
            if drawer is None:
                raise ConfigError(f"{file.path} names no server {server}")
            return await drawer.accept()
        finally:
            await drawers.close()

    changed = _with_store(run, open_settings())
    echo(f"{server}: accepted, {', '.join(changed) or 'as it was'}")


def _with_chest(action: Callable[[Chest], Awaitable[T]]) -> T:
    """What a server offered is compared with what is remembered, and the first look remembers."""

    async def run(file: AssistantFile, store: Store) -> T:
        code = open_code(settings, no_files)
        material = MaterialToolbox(
            found_in(WordFinder(store.storage.materials), store.storage.materials)
        )
        memos, notes = store.storage.memos, store.storage.notes
        chest = open_toolbox(file, memos, notes, store.clock, [code, material])
        try:
            return await action(chest)
        finally:
            await chest.close()

    settings = open_settings()
    return _with_store(run, settings)


def _with_store(action: Callable[[AssistantFile, Store], Awaitable[T]], settings: Settings) -> T:
    file = AssistantFile(FILE, TABLE)
    file.load()
    return with_store(settings, lambda store: action(file, store))


def _use() -> Use:
    async def say(text: str) -> None:
        click.echo(text, err=True)

    async def reach() -> Sequence[str]:
        return _QUESTION.key.scopes()

    return Use(turn_id=0, conversation_id=0, message=_QUESTION, assistant="", say=say, reach=reach)


def _row(tool: Tool) -> Sequence[str]:
    limits = [f"{tool.seconds:g} s", f"{tool.most} a turn"]
    limits += ["confirmed"] if tool.must_confirm else []
    limits += [f"for {tool.may}"] if tool.may else []
    return (tool.name, ", ".join(limits), tool.description.partition("\n")[0])
