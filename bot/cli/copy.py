"""`copy`: from one machine to many."""

import asyncio
import os
from collections.abc import Mapping
from urllib.parse import urlsplit

import click

from bot.cli.opening import open_settings
from bot.config import Settings, load_settings
from bot.core.errors import ConfigError


@click.command(short_help="Move everything to PostgreSQL.")
@click.option("--from", "source", required=True, metavar="sqlite:///FILE")
@click.option("--to", "target", metavar="postgresql://…", help="Without a password.")
def copy(source: str, target: str | None) -> None:
    """Copy a stopped installation into an empty PostgreSQL, all of it or nothing, and verify it.

    An address with a password is read from COPY_TO, or asked for.
    """
    open_settings()
    target = address_of(target, os.environ)
    copied = asyncio.run(_copy(load_settings(database_url=source), target))
    for table, rows in copied.items():
        click.echo(f"{table}: {rows:,} rows, verified")
    click.echo("set DATABASE_URL to it; the file is as it was")


def address_of(target: str | None, environment: Mapping[str, str]) -> str:
    """Everybody on a machine can read what its commands were called with."""
    if target and urlsplit(target).password:
        raise ConfigError(
            "--to: a password stands there for everybody to read. Put the address into COPY_TO, "
            "or leave --to out and type it when you are asked"
        )
    if kept := target or environment.get("COPY_TO"):
        return kept
    asked: str = click.prompt("To postgresql://…", hide_input=True)
    return asked


async def _copy(source: Settings, target: str) -> dict[str, int]:
    from storage.locks import FileLock  # noqa: PLC0415 - see below
    from storage.store import extra  # noqa: PLC0415

    path = source.database_path()
    if not load_settings(database_url=target).is_shared:
        raise ConfigError("--to: name a PostgreSQL database, postgresql://…")
    with extra():
        from storage.copying import copy as copy_all  # noqa: PLC0415 - its libraries are an extra
    lock = FileLock(path).acquire()
    try:
        return dict(await copy_all(path, target))
    finally:
        lock.release()
