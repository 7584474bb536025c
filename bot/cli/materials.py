"""`materials`: what assistants answer from, and say where it stands."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from bot.cli.opening import (
    as_time,
    echo,
    echo_json,
    echo_table,
    open_settings,
    with_store,
    with_times,
)
from bot.config import Settings
from bot.core.courses import Role
from bot.core.errors import ConfigError, Refusal
from bot.core.materials import Source, for_role
from bot.core.setting_values import Breadth
from bot.platforms import TABLE, set_up
from bot.reading.folders import Handed, in_path
from bot.rules.citing import title_of
from bot.searching import open_searching
from bot.work.shelf import Outcome, Shelf, Shelved
from storage.store import Store

_TERMINAL = "console"
_CHARS_SHOWN = 300
_ROLES = [str(role) for role in Role if role.rank > Role.GUEST.rank]

_scope = click.option(
    "--scope",
    metavar="PLATFORM[:SPACE[:CHANNEL]][@ROLE]",
    help="Where it is for; the terminal unless set, where no platform is.",
)
_as_json = click.option("--json", "as_json", is_flag=True, help="An array, for programs.")


@click.group(short_help="What assistants answer from, with its place.")
def materials() -> None:
    """Course material: documents that answers are taken from, and that they cite."""


@materials.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@_scope
@click.option("--address", default="", help="Where people can read it; a folder's files below it.")
def add(paths: tuple[Path, ...], scope: str | None, address: str) -> None:
    """Add files, folders or ZIP archives. What has changed is replaced; what has not is left."""
    settings = open_settings()
    there = _checked(settings, scope)
    handed = [one for path in paths for one in in_path(path)]
    shelved = with_store(settings, lambda store: _add(store, handed, there, address))
    for one in shelved:
        if one.outcome is not Outcome.UNCHANGED:
            echo(str(one))
    counts = [(outcome, sum(one.outcome is outcome for one in shelved)) for outcome in Outcome]
    told = (
        ", ".join(f"{count} {outcome}" for outcome, count in counts if count) or "nothing to read"
    )
    echo(f"{told} · for {there}")
    if shelved and all(one.outcome is Outcome.REFUSED for one in shelved):
        sys.exit(1)


async def _add(
    store: Store, handed: Sequence[Handed], scope: str, address: str
) -> Sequence[Shelved]:
    shelf = Shelf(store.storage.materials, store.clock)
    shelved = []
    with _progress() as bar:
        task = bar.add_task("", total=len(handed))
        for one in handed:
            bar.update(task, description=one.name[-60:])
            shelved.append(await shelf.add(one, scope, address=_below(address, one.name)))
            bar.advance(task)
    if any(one.outcome is Outcome.REPLACED for one in shelved):
        await store.database.scrub()
    return shelved


def _below(address: str, name: str) -> str:
    """The address of a folder's file; of a single one it is the address itself."""
    _, slash, inner = name.partition("/")
    return f"{address.rstrip('/')}/{quote(inner)}" if address and slash else address


@materials.command("list")
@_scope
@_as_json
def list_materials(scope: str | None, as_json: bool) -> None:
    """List all material there is, or what there is for one scope."""
    settings = open_settings()
    scopes = None if scope is None else [_checked(settings, scope)]
    found = with_store(settings, lambda store: store.storage.materials.documents(scopes))
    if as_json:
        echo_json(with_times([asdict(one) for one in found]))
        return
    columns = ("scope", "name", "version", "passages", "unread", "added")
    echo_table(columns, (
        (one.scope, one.name, str(one.version), str(one.passages), str(len(one.unread) or ""),
         str(as_time(one.added_at)))
        for one in found
    ))  # fmt: skip


@materials.command()
@click.argument("name")
@_scope
def show(name: str, scope: str | None) -> None:
    """Show what was read of a document, and what could not be."""
    settings = open_settings()
    there = _checked(settings, scope)

    async def look(store: Store) -> None:
        document = await store.storage.materials.find(there, name)
        if document is None:
            raise _unknown(name, there)
        echo(f"{document.name} · version {document.version} · {as_time(document.added_at)}")
        for unread in document.unread:
            echo(f"not read: {unread.place}: {unread.why}")
        for passage in await store.storage.materials.passages(document.id):
            echo(f"\n[{' · '.join(filter(None, [passage.place, passage.heading]))}]")
            echo(passage.text)

    with_store(settings, look)


@materials.command()
@click.argument("name")
@_scope
def remove(name: str, scope: str | None) -> None:
    """Remove a document with all its versions; no copy of it stays in the database."""
    settings = open_settings()
    there = _checked(settings, scope)

    async def take(store: Store) -> None:
        if not await store.storage.materials.remove(there, name):
            raise _unknown(name, there)
        await store.database.scrub()

    with_store(settings, take)
    echo(f"{name} is removed")


@materials.command()
@click.argument("query")
@_scope
def search(query: str, scope: str | None) -> None:
    """Show what a question there would be answered from, the best first."""
    settings = open_settings()
    place, _, role = _checked(settings, scope).partition("@")
    parts = place.split(":")
    scopes = [":".join(parts[:length]) for length in range(len(parts), 0, -1)]
    scopes += [for_role(place, role)] if role else []

    async def look(store: Store) -> Sequence[Source]:
        async with open_searching(settings, store) as searching:
            return await searching.finder.find(query, scopes)

    found = with_store(settings, look)
    for source in found:
        echo(f"{title_of(source)}\n    {source.passage.heading}")
        echo(f"    {' '.join(source.passage.text.split())[:_CHARS_SHOWN]}\n")
    if not found:
        echo(f"nothing is found for {scopes[0]}")


@materials.command()
def embed() -> None:
    """Have the vectors made that are missing; stopped, it goes on where it was.

    A running bot does so by itself.
    """
    settings = open_settings()
    if not settings.knows_meanings:
        raise ConfigError(
            "EMBEDDING_URL: name a server that writes texts down as vectors,"
            " or set EMBEDDING_BUNDLED"
        )
    echo(with_store(settings, lambda store: _embed(settings, store)))


async def _embed(settings: Settings, store: Store) -> str:
    """What came of it."""
    async with open_searching(settings, store) as searching:
        embedding = searching.embedding
        if embedding is None:
            return "no passages have a vector"
        with _progress() as bar:
            task = bar.add_task(embedding.model, total=None)
            await embedding.finish(
                lambda done, every: bar.update(task, completed=done, total=every)
            )
        done, every = await store.storage.vectors.progress(embedding.model)
        return f"{done} of {every} passages have a vector of {embedding.model}"


def _progress() -> Progress:
    """Where somebody looks on."""
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _checked(settings: Settings, scope: str | None) -> str:
    """Raises ConfigError for a scope that there cannot be, or that has to be named."""
    if scope is None:
        if set_up(settings):
            raise ConfigError("--scope: name where it is for, such as discord:SERVER:CHANNEL")
        return _TERMINAL
    place, at, role = scope.partition("@")
    if at and role not in _ROLES:
        raise ConfigError(f"--scope: a role is one of {', '.join(_ROLES)}")
    try:
        level = TABLE.level(place)
    except Refusal as error:
        raise ConfigError(f"--scope: {error.notice}") from error
    if level > Breadth.CHANNEL:
        raise ConfigError("--scope: material is for a channel, or for more than one")
    return scope


def _unknown(name: str, scope: str) -> ConfigError:
    return ConfigError(f"there is no {name} for {scope}; `homeroom materials list` names all")
