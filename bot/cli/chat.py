"""`run` and `chat`: answer where people talk, or in this terminal."""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.opening import open_settings
from bot.config import Settings
from bot.errors import ConfigError

if TYPE_CHECKING:
    from adapters.console.adapter import Screen


@click.command()
def run() -> None:
    """Answer on the platforms there are tokens for; in this terminal where there are none."""
    settings = open_settings("info")
    settings.require_complete()
    if settings.has_slack or settings.has_discord:
        raise ConfigError("Slack and Discord are not built in yet: remove their tokens from .env")
    settings = open_settings("warning")
    _converse(settings, "No Slack or Discord token is set, so we talk here")


@click.command()
@click.option("--user", metavar="NAME", help="Who is talking; your login name unless set.")
@click.option("--channel", metavar="NAME", default="general", show_default=True)
@click.option("--thread", metavar="NAME", default="", help="A conversation of its own there.")
@click.option(
    "--model",
    "weights",
    metavar="FILE.gguf",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Serve these weights inside the process.",
)
def chat(user: str | None, channel: str, thread: str, weights: Path | None) -> None:
    """Talk here: the terminal as a channel. With input piped in, a line is a message."""
    settings = open_settings("warning")
    settings.require_complete()
    _converse(settings, "Homeroom", user=user, channel=channel, thread=thread, weights=weights)


def _converse(
    settings: Settings,
    greeting: str,
    *,
    user: str | None = None,
    channel: str = "general",
    thread: str = "",
    weights: Path | None = None,
) -> None:
    # Imported here: the model's library takes most of a second, which `--help` need not wait for.
    from adapters.console.adapter import ConsoleAdapter, console_key  # noqa: PLC0415
    from bot.app import serve  # noqa: PLC0415

    click.echo(f"{greeting} · {_mind(settings, weights)}", err=True)
    adapter = ConsoleAdapter(_open_screen(), console_key(channel, thread), user)
    asyncio.run(serve(settings, [adapter], weights=weights))


def _open_screen() -> "Screen":
    if sys.stdin.isatty() and sys.stdout.isatty():
        from adapters.console.terminal import TerminalScreen  # noqa: PLC0415

        return TerminalScreen()
    from adapters.console.pipe import PipeScreen  # noqa: PLC0415

    return PipeScreen()


def _mind(settings: Settings, weights: Path | None) -> str:
    if weights:
        return weights.name
    if settings.backend_name == "demo":
        return "demonstration model, 135 M parameters, often wrong"
    return f"{settings.openai_model} ({settings.backend_name})"
