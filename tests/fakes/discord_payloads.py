"""How the things at the fake Discord look on the wire."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.fakes import JSON
from tests.fakes.discord_things import (
    DM,
    FORUM,
    MEDIA,
    STAGE,
    VOICE,
    Attachment,
    Channel,
    Guild,
    Member,
    Message,
    Reaction,
    Role,
    User,
)

JOINED = "2026-01-01T00:00:00+00:00"
REPLY, STARTER = 19, 21
Hides = Callable[[Message], bool]


def stamp(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def user_payload(user: User) -> JSON:
    return {
        "id": str(user.id),
        "username": user.name,
        "global_name": None if user.bot else user.name.title(),
        "discriminator": "0",
        "avatar": None,
        "bot": user.bot,
        "public_flags": 0,
    }


def role_payload(role: Role) -> JSON:
    tags: JSON = {"tags": {"bot_id": str(role.bot_id)}} if role.bot_id else {}
    return tags | {
        "id": str(role.id),
        "name": role.name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "icon": None,
        "unicode_emoji": None,
        "position": [*role.guild.roles].index(role.id),
        "permissions": str(int(role.permissions)),
        "managed": role.bot_id is not None,
        "mentionable": role.mentionable,
        "flags": 0,
    }


def member_payload(member: Member, *, with_user: bool = True) -> JSON:
    return ({"user": user_payload(member.user)} if with_user else {}) | {
        "roles": [str(role.id) for role in member.roles],
        "nick": member.nick,
        "avatar": None,
        "joined_at": JOINED,
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": False,
        "communication_disabled_until": None,
    }


def channel_payload(channel: Channel) -> JSON:
    if channel.thread:
        return thread_payload(channel)
    shown: JSON = {"id": str(channel.id), "type": channel.kind, "flags": 0}
    shown["last_message_id"] = _text(channel.last_message_id)
    if channel.kind == DM:
        others = [user for user in channel.recipients if not user.bot]
        return shown | {"recipients": [user_payload(user) for user in others]}
    return shown | {
        "guild_id": str(channel.guild.id) if channel.guild else None,
        "name": channel.name,
        "parent_id": _text(channel.parent.id if channel.parent else None),
        "position": 0,
        "topic": None,
        "nsfw": False,
        "rate_limit_per_user": 0,
        "permission_overwrites": _overwrites(channel),
        **({"available_tags": []} if channel.kind in (FORUM, MEDIA) else {}),
        **({"bitrate": 64000, "user_limit": 0} if channel.kind in (VOICE, STAGE) else {}),
    }


def thread_payload(thread: Channel) -> JSON:
    said = sum(not message.ephemeral for message in thread.messages.values())
    return {
        "id": str(thread.id),
        "type": thread.kind,
        "guild_id": str(thread.guild.id) if thread.guild else None,
        "parent_id": str(thread.parent.id) if thread.parent else None,
        "owner_id": str(thread.owner_id),
        "name": thread.name,
        "last_message_id": _text(thread.last_message_id),
        "rate_limit_per_user": 0,
        "message_count": said,
        "member_count": len(thread.joined),
        "total_message_sent": said,
        "flags": 0,
        "applied_tags": thread.tags,
        "thread_metadata": {
            "archived": thread.archived,
            "locked": thread.locked,
            "auto_archive_duration": thread.auto_archive,
            "archive_timestamp": JOINED,
            "create_timestamp": JOINED,
        },
    } | _membership(thread)


def guild_payload(guild: Guild) -> JSON:
    return {
        "id": str(guild.id),
        "name": guild.name,
        "owner_id": str(guild.owner.id),
        "roles": [role_payload(role) for role in guild.roles.values()],
        "emojis": [],
        "stickers": [],
        "features": [],
        "icon": None,
        "preferred_locale": "en-US",
        "premium_tier": 0,
        "nsfw_level": 0,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "afk_timeout": 300,
        "system_channel_flags": 0,
    }


def guild_create_payload(guild: Guild, *, everybody: bool) -> JSON:
    shown = [one for one in guild.members.values() if everybody or one.user.bot]
    return guild_payload(guild) | {
        "joined_at": JOINED,
        "large": False,
        "unavailable": False,
        "member_count": len(guild.members),
        "members": [member_payload(member) for member in shown],
        "channels": [channel_payload(one) for one in guild.channels.values() if not one.thread],
        "threads": [thread_payload(thread) for thread in guild.threads()],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def attachment_payload(attachment: Attachment) -> JSON:
    told = {"description": attachment.description, "content_type": attachment.content_type}
    return {name: value for name, value in told.items() if value} | {
        "id": str(attachment.id),
        "filename": attachment.filename,
        "size": len(attachment.data),
        "url": attachment.url,
        "proxy_url": attachment.url,
    }


def nothing_hidden(_: Message) -> bool:
    return False


def message_payload(
    message: Message, hides: Hides = nothing_hidden, *, quoting: bool = True
) -> JSON:
    """The message as REST shows it to a reader from whom `hides` keeps some contents."""
    blank = hides(message)
    shown: JSON = {
        "id": str(message.id),
        "channel_id": str(message.channel.id),
        "type": message.type,
        "author": user_payload(message.author),
        "content": "" if blank else message.content,
        "attachments": [] if blank else [attachment_payload(one) for one in message.attachments],
        "embeds": [] if blank else message.embeds,
        "components": [] if blank else message.components,
        "timestamp": stamp(message.created_at),
        "edited_timestamp": stamp(message.edited_at),
        "flags": message.flags,
        "mention_everyone": message.mention_everyone,
        "mention_roles": [str(role) for role in message.mention_roles],
        "mentions": [user_payload(user) for user in message.mentions],
        "pinned": False,
        "tts": False,
        "reactions": [_reaction(message, emoji) for emoji in message.reactions],
    }
    shown |= {} if blank else message.more
    return shown | _optional(message) | (_quoted(message, hides) if quoting else {})


def message_event(message: Message, hides: Hides) -> JSON:
    """The message as the gateway shows it: with its server and its author's membership."""
    shown = message_payload(message, hides)
    guild = message.channel.guild
    if guild is None:
        return shown
    member = guild.members.get(message.author.id)
    if member is not None and message.webhook_id is None:
        shown["member"] = member_payload(member, with_user=False)
    return shown | {"guild_id": str(guild.id)}


def deletion_event(message: Message) -> JSON:
    return {"id": str(message.id)} | _place(message.channel)


def reaction_event(reaction: Reaction) -> JSON:
    message, user = reaction.message, reaction.user
    guild = message.channel.guild
    member = guild.members.get(user.id) if guild else None
    return _place(message.channel) | {
        "message_id": str(message.id),
        "user_id": str(user.id),
        "emoji": {"id": None, "name": reaction.emoji},
        "burst": False,
        "type": 0,
        **({"member": member_payload(member)} if member else {}),
    }


def _place(channel: Channel) -> JSON:
    guild: JSON = {"guild_id": str(channel.guild.id)} if channel.guild else {}
    return guild | {"channel_id": str(channel.id)}


def _membership(thread: Channel) -> JSON:
    bot = thread.world.bot
    if bot.id not in thread.joined:
        return {}
    own = {"id": str(thread.id), "user_id": str(bot.id), "join_timestamp": JOINED, "flags": 0}
    return {"member": own}


def _overwrites(channel: Channel) -> list[JSON]:
    return [
        {
            "id": str(one.target_id),
            "type": int(one.member),
            "allow": str(int(one.allow)),
            "deny": str(int(one.deny)),
        }
        for one in channel.overwrites.values()
    ]


def _optional(message: Message) -> JSON:
    given: JSON = {
        "nonce": message.nonce,
        "webhook_id": _text(message.webhook_id),
        "application_id": _text(message.webhook_id),
        "interaction_metadata": message.interaction,
        "thread": thread_payload(message.opened) if message.opened else None,
    }
    return {name: value for name, value in given.items() if value is not None}


def _quoted(message: Message, hides: Hides) -> JSON:
    if message.reference is None:
        return {}
    parent = message.channel.parent if message.type == STARTER else None
    channel = parent or message.channel
    reference = {"type": 0, "message_id": str(message.reference)} | _place(channel)
    quoted = channel.messages.get(message.reference)
    shown = None if quoted is None else message_payload(quoted, hides, quoting=False)
    return {"message_reference": reference, "referenced_message": shown}


def _reaction(message: Message, emoji: str) -> JSON:
    who = message.reactions[emoji]
    return {
        "emoji": {"id": None, "name": emoji},
        "count": len(who),
        "count_details": {"normal": len(who), "burst": 0},
        "me": message.channel.world.bot.id in who,
        "me_burst": False,
        "burst_colors": [],
    }


def _text(number: int | None) -> Any:
    return None if number is None else str(number)
