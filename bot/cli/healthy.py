"""`healthy`: whether the bot works here, for whatever keeps it running."""

import sys
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import click

from bot.cli.opening import open_settings

_PATIENCE = 5.0  # seconds
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - to be asked here


@click.command(short_help="Whether the bot works here, by its exit code.")
@click.option("--ready", is_flag=True, help="Whether it also reaches all that it needs.")
def healthy(ready: bool) -> None:
    """Ask the bot that runs here; the exit code is 1 where it does not answer, or is not ready."""
    settings = open_settings()
    host = _EVERYWHERE.get(settings.web_host, settings.web_host)
    address = f"http://{host}:{settings.web_port}/{'readyz' if ready else 'healthz'}"
    ask = build_opener(ProxyHandler({})).open  # it is here: no proxy of the environment's
    try:
        with ask(address, timeout=_PATIENCE) as answer:
            click.echo(answer.read().decode("utf-8", "replace"))
    except (URLError, OSError) as error:
        click.echo(f"{address}: {error}", err=True)
        sys.exit(1)
