"""`box`: what the programs of assistants find where they run."""

import asyncio
import shutil
import subprocess
import sys
from importlib.util import find_spec

import click

from bot.cli.opening import open_settings
from bot.core.errors import ConfigError
from bot.tools.box.bubblewrap import PATH
from bot.tools.box.opening import open_box

_LIBRARIES = ("numpy", "pandas", "matplotlib", "openpyxl")
_READABLE = 0o022  # by whoever the box runs as


@click.group(short_help="Where programs of assistants run.")
def box() -> None:
    """Programs that a model writes run in a box; docs/code.md says what it keeps in and out."""


@box.command()
def setup() -> None:
    """Install numpy, pandas and matplotlib for programs, in CODE_LIBRARIES."""
    settings = open_settings()
    folder, python = settings.code_libraries, shutil.which("python3", path=PATH)
    if python is None:
        raise ConfigError(f"programs run with the machine's own Python, and {PATH} has none")
    if find_spec("pip") is None:
        raise ConfigError("this takes pip beside Homeroom: python -m ensurepip")
    command = [
        sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python,
        "install", "--only-binary", ":all:", "--upgrade", "--target", str(folder), *_LIBRARIES,
    ]  # fmt: skip
    if subprocess.run(command, check=False, umask=_READABLE).returncode:  # noqa: S603 - no words of others
        raise ConfigError(f"nothing usable was installed in {folder} (CODE_LIBRARIES)")
    found = asyncio.run(open_box(settings.code, folder))
    click.echo(f"programs run in {found.name}: {found.can}")
