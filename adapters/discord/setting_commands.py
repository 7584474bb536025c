"""`/homeroom` for each setting of the table: its name, its values, and where it is to hold."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Literal

from discord import app_commands

from adapters.discord.commands import Made, Names, choices
from adapters.discord.places import Interaction
from bot.core.catalogue import ASSISTANT
from bot.core.forms import Asks, Field
from bot.core.setting_fields import field_of
from bot.core.setting_values import MOST, Breadth, Rules, Setting

Where = Literal["channel", "server"]
Change = Callable[[Interaction, Setting, str, Where], Awaitable[None]]

WHERE = "In this channel alone, or in the whole server"
_LONGEST = 100  # characters that Discord takes of a description, or of a choice
_USUAL = "value"
# What people know some of them by, and their option.
_NAMES = {
    "answers": ("channel", "answer"),
    "follow": ("follow", "mode"),
    "stream": ("stream", "show"),
    "threads": ("threads", "open"),
    "assistant": ("assistant", "name"),
    "limit": ("limits", "questions"),
}


def setting_commands(
    settings: Sequence[Setting], change: Change, assistants: Names
) -> Sequence[Made]:
    """A command for each that can be set on Discord; lists of traits have one of their own."""
    named = [one for one in settings if not isinstance(one.values, Rules)]
    return [_command(one, change, assistants) for one in named]


def _command(setting: Setting, change: Change, assistants: Names) -> Made:
    name, option = _NAMES.get(setting.name, (setting.name, _USUAL))
    description = setting.words[:_LONGEST]
    command: Made = app_commands.Command(
        name=name, description=description, callback=_callback(setting, change)
    )
    app_commands.describe(value=description)(command)
    app_commands.rename(value=option)(command)
    if setting.narrowest is not Breadth.SPACE:
        app_commands.describe(where=WHERE)(command)
    asked = field_of(setting)
    if asked.asks is Asks.ONE:
        app_commands.choices(value=_options(asked))(command)
    if setting.name == ASSISTANT:
        command.autocomplete("value")(_suggesting(assistants))
    return command


def _callback(setting: Setting, change: Change) -> Callable[..., Coroutine[Any, Any, None]]:
    """What is taken as a number, as a word, and for the whole server alone."""

    async def number(
        interaction: Interaction, value: app_commands.Range[int, 0, MOST], where: Where = "channel"
    ) -> None:
        await change(interaction, setting, str(value), where)

    async def word(interaction: Interaction, value: str, where: Where = "channel") -> None:
        await change(interaction, setting, value, where)

    async def server_wide(interaction: Interaction, value: str = "") -> None:
        await change(interaction, setting, value, "server")

    if field_of(setting).asks is Asks.COUNT:
        return number
    return server_wide if setting.narrowest is Breadth.SPACE else word


def _options(asked: Field) -> list[app_commands.Choice[str]]:
    return [
        app_commands.Choice(name=app_commands.locale_str(asked.said[one][:_LONGEST]), value=one)
        for one in asked.options
    ]


def _suggesting(
    assistants: Names,
) -> Callable[[Interaction, str], Coroutine[Any, Any, list[app_commands.Choice[str]]]]:
    async def suggest(_: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return choices(assistants(), typed)

    return suggest
