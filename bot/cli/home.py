"""Where everything lies, and what this Homeroom is."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

import click

from bot.core.errors import ConfigError


def _enter(_: click.Context, __: click.Parameter, folder: Path | None) -> None:
    if folder is None:
        return
    try:
        os.chdir(folder)
    except OSError as error:
        raise ConfigError(f"--home: {folder} cannot be entered ({error.strerror})") from error


at_home = click.option(
    "--home",
    metavar="FOLDER",
    envvar="HOMEROOM_HOME",
    type=click.Path(path_type=Path),
    expose_value=False,
    is_eager=True,
    callback=_enter,
    help="Where .env, homeroom.toml and the database lie; here unless set.",
)


def show_version(context: click.Context, _: click.Parameter, value: bool) -> None:
    """With all that a report of a fault should say."""
    if not value:
        return
    from storage.migrate import known_migrations  # noqa: PLC0415 - for this alone

    schema = known_migrations()[-1].version
    click.echo(
        f"homeroom {version('homeroom')}, schema {schema}, Python {platform.python_version()}"
    )
    context.exit()
