"""`page`: a way in, once."""

import time

import click

from adapters.web.entering import Links
from adapters.web.opening import make_link
from bot.cli.opening import open_settings, with_store
from bot.core.errors import ConfigError


@click.command(short_help="Print a link that signs you in on the page.")
def page() -> None:
    """Print a link that signs you in on the page of the bot that runs here, once."""
    settings = open_settings()
    if not settings.web_port and not settings.web_origin:
        raise ConfigError("WEB_PORT=0 is any port: `homeroom run` says which")
    click.echo(
        with_store(
            settings,
            lambda store: make_link(Links(store.storage.memos, time.time), settings.page_address),
        )
    )
