"""Who somebody is in a server: what lists can name, and her rank by Discord's own permissions."""

from collections.abc import Collection

import discord

from adapters.discord.courier import Courier
from adapters.discord.origins import Origin, traits, with_origin
from bot.core.messages import Message
from bot.core.standing import EVERYTHING, Standing

_ADMINISTRATOR, _MANAGER, _MODERATOR = "administrator", "manager", "moderator"
_STANDINGS = {
    _ADMINISTRATOR: EVERYTHING,
    _MANAGER: Standing(is_moderator=True, is_manager=True),
    _MODERATOR: Standing(is_moderator=True),
}


def rank_of(permissions: discord.Permissions) -> str:
    """The highest rank that permissions give in a channel; empty where they give none."""
    if permissions.administrator:
        return _ADMINISTRATOR
    if permissions.manage_guild:
        return _MANAGER
    return _MODERATOR if permissions.manage_messages else ""


def standing_of(question: Message) -> Standing:
    """As it was when it was asked: alone with the bot, nobody is there to be ruled."""
    return _STANDINGS.get(Origin.of(question).rank, Standing())


async def traits_of(question: Message, named: Collection[str], courier: Courier) -> Collection[str]:
    """Roles that a message out of history does not name are looked up, where a list names any."""
    is_named = any(rule.startswith("role:") for rule in named)
    return traits(await _with_roles(question, courier) if is_named else question)


async def _with_roles(question: Message, courier: Courier) -> Message:
    origin = Origin.of(question)
    if not (origin.late and origin.guild):
        return question
    roles = await courier.roles_of(origin.guild, question.author.id)
    return with_origin(question, roles=",".join(roles))
