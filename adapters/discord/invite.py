"""The address at which an owner adds the bot to a server."""

import base64
import binascii

import discord

NEEDED_NAMES = (
    "view_channel",
    "send_messages",
    "send_messages_in_threads",
    "create_public_threads",
    "read_message_history",
    "embed_links",
    "attach_files",
    "add_reactions",
)
NEEDED = discord.Permissions(**dict.fromkeys(NEEDED_NAMES, True))
"""The smallest permissions the bot can live with."""


def invite_url(application_id: str | int) -> str:
    return discord.utils.oauth_url(
        int(application_id), permissions=NEEDED, scopes=("bot", "applications.commands")
    )


def application_id_of(token: str) -> str | None:
    """A token begins with the application's id; None when this one does not."""
    start = token.partition(".")[0]
    try:
        number = base64.b64decode(start + "=" * (-len(start) % 4), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    return number if number.isdecimal() else None
