"""Interactions: acknowledged with the first await, then written down in their channel's lane."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import discord
import structlog

from adapters.discord.errors import discord_errors
from adapters.discord.events import Audience, InteractionWords, parse_interaction
from adapters.discord.inbox import DiscordInbox
from adapters.discord.origins import Origin, with_origin
from adapters.discord.places import Interaction, asked_by, place_asked
from bot.core.errors import BotError, OutcomeUnknown
from bot.core.forms import Form
from bot.core.messages import Message
from bot.core.ports.clock import Clock
from bot.words import language_of, say, speaking

log = structlog.get_logger()


class Interactions:
    def __init__(self, inbox: DiscordInbox, clock: Clock) -> None:
        self._inbox = inbox
        self._clock = clock

    async def take(self, interaction: Interaction, words: InteractionWords) -> None:
        """Take a question or a command.

        Nothing is waited for before the acknowledgement; the place in the lane was reserved when
        it came, so that order is the order of ids.
        """
        is_private = words.audience is not Audience.EVERYONE
        acknowledged = asyncio.ensure_future(
            interaction.response.defer(ephemeral=is_private, thinking=True)
        )
        message = message_of(interaction, words, self._clock())
        lane = Origin.of(message).channel
        self._inbox.lanes.fill(
            lane, message.id, lambda: self._accept(interaction, acknowledged, message)
        )
        await asyncio.wait([acknowledged])

    async def form(self, interaction: Interaction, words: InteractionWords) -> Form | None:
        """What opens behind a press."""
        return await self._inbox.door.form(message_of(interaction, words, self._clock()))

    async def take_silently(self, interaction: Interaction, words: InteractionWords) -> None:
        """Take what was answered already, with a form: nothing more is shown of it."""
        message = with_origin(message_of(interaction, words, self._clock()), token="")
        try:
            await self._inbox.accept(message)
        except BotError as error:
            log.warning("press_not_taken", interaction=interaction.id, error=str(error))

    async def _accept(
        self, interaction: Interaction, acknowledged: Awaitable[object], message: Message
    ) -> None:
        if not await _is_waited_for(interaction, acknowledged):
            return
        try:
            await self._inbox.accept(message)
        except BotError as error:
            await _tell(interaction, error.notice)


def message_of(interaction: Interaction, words: InteractionWords, now: float = 0.0) -> Message:
    """What an interaction says, or stands for; `now` is when its token begins to age."""
    return parse_interaction(asked_by(interaction), words, place_asked(interaction), now)


async def answered(interaction: Interaction, work: Callable[[], Awaitable[str]]) -> None:
    """Acknowledge, work, and tell the person alone what came of it."""
    acknowledged = interaction.response.defer(ephemeral=True, thinking=True)
    if not await _is_waited_for(interaction, acknowledged):
        return
    with speaking(language_of(str(interaction.locale))):
        try:
            words = await work()
        except BotError as error:
            words = error.notice
        except Exception:
            log.exception("command_crashed", interaction=interaction.id)
            words = BotError().notice
    await _tell(interaction, words)


async def _is_waited_for(interaction: Interaction, acknowledged: Awaitable[object]) -> bool:
    """Whether the person may see that the bot is thinking. What is done twice does no harm."""
    try:
        with discord_errors():
            await acknowledged
    except OutcomeUnknown as error:
        log.info("acknowledgement_unknown", interaction=interaction.id, error=str(error))
    except BotError as error:  # too late, as for one that a resumed session replays
        log.info("interaction_expired", interaction=interaction.id, error=str(error))
        return False
    return True


async def _tell(interaction: Interaction, words: str) -> None:
    with speaking(language_of(str(interaction.locale))):
        words = say(words)
    with suppress(BotError), discord_errors():
        await interaction.edit_original_response(
            content=words, allowed_mentions=discord.AllowedMentions.none()
        )
