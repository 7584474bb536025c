"""The command line: `homeroom`, or `python -m bot`."""

import os
import sys
from importlib import import_module
from traceback import format_exc

import click

from bot.cli.home import at_home, show_version
from bot.core.errors import ConfigError, StartAnew, StorageUnavailable
from bot.core.redaction import Redactor
from bot.tools.server_errors import ServerUnavailable

_MODULES = {
    "run": "chat",
    "migrate": "database",
    "backup": "database",
    "restore": "database",
    **{
        name: name
        for name in (
            "init", "chat", "page", "doctor", "healthy", "service", "slack", "discord", "threads",
            "assistants", "tools", "box", "materials", "usage", "copy", "research",
        )
    },
}  # fmt: skip


class Commands(click.Group):
    """Each is imported when it is asked for: one command needs a tenth of what all need."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _MODULES:
            return None
        found: click.Command = getattr(import_module(f"bot.cli.{_MODULES[cmd_name]}"), cmd_name)
        return found


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=show_version)
@at_home
def homeroom() -> None:
    """A small, durable assistant for Slack, Discord and the terminal."""


def main() -> None:
    """Run a command; what is not usable is said in one line, with exit code 2."""
    os.umask(0o077)  # what it writes holds what people said
    try:
        homeroom()
    except StartAnew as error:
        _end(f"homeroom: {error}", os.EX_TEMPFAIL)
    except (ConfigError, StorageUnavailable, ServerUnavailable) as error:
        _end(f"homeroom: {error}", 2)
    except Exception:  # noqa: BLE001 - what nobody expected is said as Python says it
        _end(format_exc().rstrip(), 1)


def _end(said: str, code: int) -> None:
    """With the last words, in which no secret stands."""
    click.echo(_redactor()(said), err=True)
    sys.exit(code)


def _redactor() -> Redactor:
    from bot.config import load_settings  # noqa: PLC0415 - most commands end well

    try:
        return load_settings().redactor()
    except ConfigError:
        return Redactor()
