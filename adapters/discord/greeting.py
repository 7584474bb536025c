"""The first words in a server, in a channel where all may write."""

from contextlib import suppress

import discord

from adapters.discord.errors import discord_errors
from adapters.discord.terms import TERMS
from bot.core.errors import BotError
from bot.core.ports.memory import Memory, is_first
from bot.rules.greeting import greeting
from bot.words import language_of, speaking


async def greet(guild: discord.Guild, memory: Memory) -> None:
    """Once in a server, however often the bot is brought there."""
    channel = _open_to(guild)
    if channel is None or not await is_first(memory, f"discord:greeted:{guild.id}"):
        return
    with speaking(language_of(str(guild.preferred_locale))):
        words = greeting(TERMS.ways)
    with suppress(BotError), discord_errors():
        await channel.send(words, suppress_embeds=True)


def _open_to(guild: discord.Guild) -> discord.TextChannel | None:
    """The first of the channels in which everybody, and the bot, may write."""
    channels = [guild.system_channel, *guild.text_channels]
    return next((one for one in channels if one is not None and _is_open(one)), None)


def _is_open(channel: discord.TextChannel) -> bool:
    needed = discord.Permissions(view_channel=True, send_messages=True)
    everybody = channel.permissions_for(channel.guild.default_role)
    return channel.permissions_for(channel.guild.me) >= needed and everybody >= needed
