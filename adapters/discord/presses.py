"""What a press does: it is said as a command, in the name of whoever presses."""

from collections.abc import Mapping
from dataclasses import replace

import discord
import structlog

from adapters.discord.buttons import drawn_form
from adapters.discord.events import Audience, InteractionWords
from adapters.discord.interactions import Interactions
from adapters.discord.origins import PLATFORM
from adapters.discord.places import Interaction, audience_of
from bot.core.controls import FORMS, Press, is_alone, sent_off
from bot.core.forms import Form
from bot.words import language_of, speaking

log = structlog.get_logger()


class Presser:
    """Hands presses on as messages, which are admitted and answered like all others."""

    def __init__(self, interactions: Interactions) -> None:
        self._interactions = interactions

    async def pressed(self, interaction: Interaction, press: Press) -> None:
        """A form has to be the first response, so that nothing comes before it."""
        about = _about(press)
        words = _said(interaction, press, about)
        bare = FORMS.get(press.command)
        if bare is None:
            await self._interactions.take(interaction, words)
            return
        form = await self._interactions.form(interaction, words) or bare
        with speaking(language_of(str(interaction.locale))):
            await _show(interaction, form, bare, about)
        await self._interactions.take_silently(interaction, words)

    async def filled_in(
        self, interaction: Interaction, press: Press, values: Mapping[str, str]
    ) -> None:
        command, text = sent_off(replace(press, words=_about(press)), values)
        audience = Audience.PRIVATE if is_alone(press.command) else audience_of(interaction)
        words = InteractionWords(command=command, text=text, audience=audience)
        await self._interactions.take(interaction, words)


async def _show(interaction: Interaction, form: Form, bare: Form, about: str) -> None:
    """What is in force may name whoever has left, or what is gone: then it opens empty."""
    try:
        await interaction.response.send_modal(drawn_form(form, about))
    except discord.HTTPException as error:
        if form is bare:
            raise
        log.info("form_left_empty", form=form.title, error=str(error))
        await interaction.response.send_modal(drawn_form(bare, about))


def _about(press: Press) -> str:
    """The key of the question; 0.1.0 wrote its bare id, and its buttons still stand."""
    return f"{PLATFORM}:{press.words}" if press.words.isdecimal() else press.words


def _said(interaction: Interaction, press: Press, text: str) -> InteractionWords:
    return InteractionWords(command=press.command, text=text, audience=audience_of(interaction))
