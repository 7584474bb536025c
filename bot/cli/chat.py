"""`run` and `chat`: answer where people talk, or in this terminal."""

import asyncio
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
import structlog

from bot.app import PAGE
from bot.cli.home import at_home
from bot.cli.opening import open_settings
from bot.config import Settings
from bot.core.errors import ConfigError
from bot.duties import WORKER
from bot.loops import run as run_fast
from bot.platforms import PLATFORMS, open_platforms, require_complete, set_up
from bot.work.retries import RetryPolicy

if TYPE_CHECKING:
    from adapters.console.adapter import Screen

log = structlog.get_logger()

_PIPED = 60.0  # seconds


@click.command(short_help="Answer on the platforms, or here.")
@click.option(
    "--roles", metavar="LIST", help="Of slack, discord, web and worker; all there is unless set."
)
@at_home
def run(roles: str | None) -> None:
    """Answer on the platforms there are tokens for; in this terminal where there are none.

    `--roles web,worker` answers on the page alone.

    With PostgreSQL any number of processes share the work. Each listens to the platforms among
    its roles; a worker answers, wherever it was asked.
    """
    settings = open_settings("info")
    require_complete(settings)
    chosen = _choose_roles(settings, roles)
    if not set_up(settings) and roles is None:
        _converse("No tokens, so we talk here", is_hosted=True)
        return
    from bot.app import serve  # noqa: PLC0415 - see below

    run_fast(serve(settings, partial(open_platforms, settings), roles=chosen, announce=_log_link))


def _log_link(link: str) -> None:
    log.info("page_served", sign_in=link)


def _choose_roles(settings: Settings, written: str | None) -> set[str]:
    there = [*(platform.name for platform in PLATFORMS), PAGE, WORKER]
    possible = {*(platform.name for platform in set_up(settings)), PAGE, WORKER}
    chosen = set((written or "").replace(",", " ").split()) or possible
    if unknown := sorted(chosen - set(there)):
        raise ConfigError(f"--roles: {unknown[0]} is none of {', '.join(there)}")
    if missing := sorted(chosen - possible):
        raise ConfigError(f"--roles: there are no tokens for {missing[0]}")
    if chosen != possible and not settings.is_shared:
        raise ConfigError("--roles: to share the work, set DATABASE_URL=postgresql://…")
    return chosen


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
@click.option(
    "--patience",
    metavar="SECONDS",
    type=click.FloatRange(min=0),
    help="How long a question is tried again; an hour unless set, and a minute where piped.",
)
def chat(
    user: str | None, channel: str, thread: str, weights: Path | None, patience: float | None
) -> None:
    """Talk here: the terminal as a channel. With input piped in, a line is a message."""
    _converse(
        "Homeroom", user=user, channel=channel, thread=thread, weights=weights, patience=patience
    )


def _converse(
    greeting: str,
    *,
    user: str | None = None,
    channel: str = "general",
    thread: str = "",
    weights: Path | None = None,
    patience: float | None = None,
    is_hosted: bool = False,
) -> None:
    """`is_hosted`: serve the page as well, where somebody sits before the terminal."""
    is_live = sys.stdin.isatty() and sys.stdout.isatty()
    # Before a person, a warning is said in the conversation, and not in the log as well.
    settings = open_settings("error" if is_live else "warning")
    if not weights:
        require_complete(settings)
    click.secho(f"{greeting} · {_mind(settings, weights)}", err=True, dim=True)
    # Imported here: the model's library takes most of a second, which `--help` need not wait for.
    from adapters.console.adapter import ConsoleAdapter, console_key  # noqa: PLC0415
    from adapters.login import login_language  # noqa: PLC0415
    from bot.app import serve  # noqa: PLC0415

    screen, key = _open_screen(is_live=is_live), console_key(channel, thread)
    adapter = ConsoleAdapter(screen, key, user, language=login_language())
    if patience is None and not is_live:
        patience = _PIPED  # whoever waits for a pipe is told, not kept
    retries = RetryPolicy() if patience is None else RetryPolicy(patience=patience)
    asyncio.run(
        serve(
            settings,
            lambda _: [adapter],
            weights=weights,
            retries=retries,
            to_the_end=not is_live,
            announce=_print_link if is_live and is_hosted else None,
        )
    )


def _open_screen(*, is_live: bool) -> "Screen":
    if is_live:
        from adapters.console.terminal import TerminalScreen  # noqa: PLC0415

        return TerminalScreen()
    from adapters.console.pipe import PipeScreen  # noqa: PLC0415

    return PipeScreen()


def _print_link(link: str) -> None:
    click.secho(f"The same in a browser: {link}", err=True, dim=True)


def _mind(settings: Settings, weights: Path | None) -> str:
    if weights:
        return weights.name
    if settings.backend_name == "demo":
        return "demonstration model, 135 M parameters, often wrong"
    return f"{settings.openai_model} ({settings.backend_name})"
