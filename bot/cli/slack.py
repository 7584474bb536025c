"""`slack`: what Slack has to be told of the app, and the key that its tokens are kept under."""

from typing import Any

import click

from bot.cli.opening import echo_json

_NEXT = """\
{open} Install the app then,
and reinstall after creating: only that grants every scope (Install App > Reinstall)."""
_PASTE = "Paste it at https://api.slack.com/apps (Create New App > From a manifest)."
_OPEN = "Open this address, choose a workspace and create the app."


class Address(click.ParamType[str]):
    """Where Slack reaches this bot from outside."""

    name = "address"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        if not str(value).startswith("https://"):
            self.fail(f"{value!r} does not begin with https://, as Slack wants it", param, ctx)
        return str(value)


@click.group(short_help="Set Slack up.")
def slack() -> None:
    """What Slack has to be told of the app, and the key that its tokens are kept under."""


@slack.command(short_help="The app's manifest, or the link that opens it.")
@click.option("--link", "as_link", is_flag=True, help="The address that opens it at Slack.")
@click.option("--http", type=Address(), help="Events come here, not through Socket Mode.")
@click.option("--oauth", type=Address(), help="Several workspaces install the app here.")
def manifest(as_link: bool, http: str | None, oauth: str | None) -> None:
    """Print the app's manifest: all that Slack has to know of it, and all it may do.

    The addresses are those by which Slack reaches this bot, such as https://bot.example.org
    """
    # Imported here: Slack's library takes a while, which `--help` need not wait for.
    from adapters.slack import manifest as app  # noqa: PLC0415

    made = app.manifest(events_at=http, installed_at=oauth)
    if as_link:
        click.echo(app.link(made))
    else:
        echo_json(made)
    click.echo(_NEXT.format(open=_OPEN if as_link else _PASTE), err=True)


@slack.command(short_help="A fresh key for SECRET_KEY.")
def key() -> None:
    """Print a fresh key for SECRET_KEY, under which the tokens of several workspaces are kept.

    To change it, put the new key before the old one, with a comma between them.
    """
    from cryptography.fernet import Fernet  # noqa: PLC0415

    click.echo(Fernet.generate_key().decode())
