"""`discord`: the address at which the bot is added to a server."""

import click

from bot.cli.opening import open_settings
from bot.config import Settings
from bot.core.errors import ConfigError


@click.group(short_help="Set Discord up.")
def discord() -> None:
    """The address at which the bot is added to a server."""


@discord.command(short_help="The address that adds the bot to a server.")
def invite() -> None:
    """Print the address that adds the bot to a server, with the fewest permissions it needs."""
    # Imported here: Discord's library takes a while, which `--help` need not wait for.
    from adapters.discord.invite import invite_url  # noqa: PLC0415

    click.echo(invite_url(_application_id(open_settings())))


def _application_id(settings: Settings) -> str:
    from adapters.discord.invite import application_id_of  # noqa: PLC0415

    if settings.discord_application_id:
        return settings.discord_application_id
    if not settings.discord_token:
        raise ConfigError("DISCORD_TOKEN is not set, nor is DISCORD_APPLICATION_ID")
    number = application_id_of(settings.discord_token.get_secret_value())
    if number is None:
        raise ConfigError("DISCORD_TOKEN does not tell its application: set DISCORD_APPLICATION_ID")
    return number
