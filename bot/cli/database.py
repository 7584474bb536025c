"""`migrate`, `backup` and `restore`: the database file itself."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import click

from bot.cli.opening import open_settings
from bot.config import Settings
from bot.core.errors import ConfigError
from bot.core.text import plural


@click.command(short_help="Bring the database up to date.")
def migrate() -> None:
    """Bring the database up to date, with a verified backup before each step."""
    settings = open_settings()
    applied = asyncio.run(_bring_up_to_date(settings))
    for name in applied:
        click.echo(f"applied {name}")
    if not applied:
        place = "PostgreSQL" if settings.is_shared else settings.database_path()
        click.echo(f"{place} is up to date")


async def _bring_up_to_date(settings: Settings) -> Sequence[str]:
    from storage.migrate import migrate as migrate_file  # noqa: PLC0415
    from storage.store import extra  # noqa: PLC0415

    if not settings.is_shared:
        return await migrate_file(settings.database_path())
    with extra():
        from storage import machines  # noqa: PLC0415 - its libraries are an extra
    return await machines.migrate(settings.database_url)


@click.command(short_help="Copy the database while it is in use.")
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Copy the database to FILE while it is in use, and check the copy."""
    from storage.migrate import backup as make_backup  # noqa: PLC0415

    settings = open_settings()
    if settings.is_shared:
        raise ConfigError("backup copies a SQLite file; for PostgreSQL there is pg_dump")
    asyncio.run(make_backup(settings.database_path(), file))
    click.echo(f"{file}: {file.stat().st_size:,} bytes, checked")


@click.command(short_help="Put a backup in the place of the database.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only look whether it could be restored.")
@click.option(
    "--answer-open/--as-done",
    "answers_open",
    help="What was open in it is answered at the next start, perhaps once more, or counts as done.",
)
def restore(file: Path, dry_run: bool, answers_open: bool) -> None:
    """Put the backup FILE in the place of the database; what was there is kept beside it."""
    from storage.restoring import restore as put_back  # noqa: PLC0415

    settings = open_settings()
    if settings.is_shared:
        raise ConfigError("restore is for a SQLite file; for PostgreSQL there is pg_restore")
    path = settings.database_path()
    restoring = put_back(file, path, dry_run=dry_run, answers_open=answers_open)
    found, kept = asyncio.run(restoring)
    click.echo(f"{file}: sound, schema {found.version}, {plural(found.turns, 'message')}")
    if found.open:
        then = "answered at the next start" if answers_open else "left as done (--answer-open)"
        click.echo(f"{plural(found.open, 'message')} of them not answered in it: {then}")
    if dry_run:
        click.echo("it can be restored; nothing was changed")
        return
    click.echo(f"{path} is restored" + (f"; what was there is {kept}" if kept else ""))
