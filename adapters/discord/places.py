"""Places, out of what discord.py knows of servers and channels."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import discord

from adapters.discord.access import rank_of
from adapters.discord.errors import discord_errors
from adapters.discord.events import Asked, Audience, Place
from adapters.discord.reading import Me
from bot.core.messages import Attachment, Author

_NAMED = re.compile(r"<(?:@&|#)(\d{1,20})>")

Interaction = discord.Interaction[Any]


def bot_as(client: discord.Client, payload: Any) -> Me:
    """The bot, as a message may mention it: roles are looked up only where one is mentioned."""
    number = str(client.user.id) if client.user else ""
    guild = client.get_guild(int(payload.get("guild_id") or 0))
    role = guild.self_role if guild and payload.get("mention_roles") else None
    return Me(number, (str(role.id),) if role else (), _names_in(guild, payload))


def _names_in(guild: discord.Guild | None, payload: Any) -> Mapping[str, str]:
    """Of the roles and channels that are named anywhere in a message."""
    names: dict[str, str] = {}
    if guild is None:
        return names
    for number in _NAMED.findall(str(payload)):
        named = guild.get_role(int(number)) or guild.get_channel_or_thread(int(number))
        names |= {number: named.name} if named else {}
    return names


def known_place(client: discord.Client, payload: Any) -> Place | None:
    """Where a message was said; None if that channel is not known (yet)."""
    number = payload.get("guild_id")
    if number is None:  # bots are in no groups: only two can hear this
        return Place(channel=str(payload["channel_id"]), is_direct=True)
    guild = client.get_guild(int(number))
    channel = guild and guild.get_channel_or_thread(int(payload["channel_id"]))
    return place_of(channel) if channel else None


async def find_place(client: discord.Client, payload: Any) -> Place:
    """The same, by asking: for threads that slept."""
    with discord_errors():
        return place_of(await client.fetch_channel(int(payload["channel_id"])))


def place_of(channel: Any) -> Place:
    """The place that a channel, thread or direct message is."""
    guild = getattr(channel, "guild", None)
    if guild is None:
        is_direct = isinstance(channel, discord.DMChannel)
        return Place(channel=str(channel.id), is_direct=is_direct)
    if isinstance(channel, discord.Thread):
        parent = channel.parent
        return Place(
            channel=str(channel.parent_id),
            guild=str(guild.id),
            thread=str(channel.id),
            category=str((parent and parent.category_id) or ""),
        )
    category = getattr(channel, "category_id", None)
    return Place(channel=str(channel.id), guild=str(guild.id), category=str(category or ""))


def place_asked(interaction: Interaction) -> Place:
    """Where a command was used. In a direct message of two people the bot is no third one."""
    place = place_of(interaction.channel)
    return replace(place, is_direct=interaction.context.dm_channel)


def asked_by(interaction: Interaction) -> Asked:
    user = interaction.user
    return Asked(
        id=str(interaction.id),
        application=str(interaction.application_id),
        token=interaction.token,
        author=Author(str(user.id), user.display_name),
        is_present=is_present(interaction),
        roles=[str(role) for role in getattr(user, "_roles", ())],
        rank=rank_of(interaction.permissions),
        locale=str(interaction.locale),
        is_abroad=interaction.guild_id is not None and not _is_home(interaction),
    )


def rank_in(client: discord.Client, payload: Any) -> str:
    """The author's rank where a message was said; none where that is not known, as of late ones."""
    guild = client.get_guild(int(payload.get("guild_id") or 0))
    channel = guild.get_channel_or_thread(int(payload["channel_id"])) if guild else None
    if guild is None or channel is None or not payload.get("member"):
        return ""
    member: Any = {**payload["member"], "user": payload["author"]}
    state = client._connection  # noqa: SLF001 - the library offers no other way to read a member
    return rank_of(channel.permissions_for(discord.Member(data=member, guild=guild, state=state)))


def is_present(interaction: Interaction) -> bool:
    """Whether the bot itself may write where it was asked; if not, all it has is the token.

    An app that only a person has installed is shown permissions too, but is not there.
    """
    if interaction.guild_id is None:
        return interaction.context.dm_channel
    granted = interaction.app_permissions
    is_thread = isinstance(interaction.channel, discord.Thread)
    may_send = granted.send_messages_in_threads if is_thread else granted.send_messages
    return _is_home(interaction) and granted.view_channel and may_send


def _is_home(interaction: Interaction) -> bool:
    """Whether the bot is in the server where it was asked."""
    is_member = interaction.client.get_guild(interaction.guild_id or 0) is not None
    return is_member or interaction.is_guild_integration()


def attachment_of(file: discord.Attachment) -> Attachment:
    mime = (file.content_type or "").partition(";")[0]
    return Attachment(str(file.id), file.filename, mime, file.size, file.url)


def audience_of(interaction: Interaction) -> Audience:
    """A click on a message that only this person sees belongs to the person's own conversation."""
    is_whispered = interaction.message is not None and interaction.message.flags.ephemeral
    return Audience.PRIVATE if is_whispered else Audience.ASKER
