"""`migrate` and `backup`: the database file itself."""

import asyncio
from pathlib import Path

import click

from bot.cli.opening import open_settings


@click.command(short_help="Bring the database up to date.")
def migrate() -> None:
    """Bring the database up to date, with a verified backup before each step."""
    from storage.migrate import migrate as bring_up_to_date  # noqa: PLC0415

    path = open_settings().database_path()
    applied = asyncio.run(bring_up_to_date(path))
    for name in applied:
        click.echo(f"applied {name}")
    if not applied:
        click.echo(f"{path} is up to date")


@click.command(short_help="Copy the database while it is in use.")
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Copy the database to FILE while it is in use, and check the copy."""
    from storage.migrate import backup as make_backup  # noqa: PLC0415

    asyncio.run(make_backup(open_settings().database_path(), file))
    click.echo(f"{file}: {file.stat().st_size:,} bytes, checked")
