"""Controls as Discord draws them: buttons below a message, and the form behind a button.

Buttons are dynamic items: discord.py keeps nothing for each message that has some. With views of
the ordinary kind, 300 messages left 602 entries behind.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, Self, cast

import discord
from discord import ui

from bot.core.controls import BUTTON_ID, Button, Form, Press

_SECONDS_FOR_FORM = 600.0

Interaction = discord.Interaction[Any]


class Presses(Protocol):
    """What is done about a press; found on the client, since a button remembers nothing."""

    async def pressed(self, interaction: Interaction, press: Press) -> None: ...

    async def filled_in(
        self, interaction: Interaction, press: Press, values: Mapping[str, str]
    ) -> None: ...


class ControlButton(ui.DynamicItem[ui.Button[Any]], template=BUTTON_ID):
    """Any button of ours: all it knows stands in its id."""

    @classmethod
    async def from_custom_id(
        cls, _interaction: Interaction, item: ui.Item[Any], _match: re.Match[str], /
    ) -> Self:
        return cls(cast("ui.Button[Any]", item))  # only buttons have such ids

    async def callback(self, interaction: Interaction) -> None:
        press = Press.parse(self.item.custom_id or "")
        if press is not None:
            await _presses(interaction).pressed(interaction, press)


def drawn(buttons: Sequence[Button]) -> ui.View | None:
    """A row below a message; an emoji stands in place of its label."""
    if not buttons:
        return None
    view = ui.View(timeout=None)
    for button in buttons:
        view.add_item(
            ui.Button(
                label=None if button.emoji else button.label,
                emoji=button.emoji or None,
                custom_id=button.id,
                style=discord.ButtonStyle.secondary,
            )
        )
    return view


def with_link(view: ui.View | None, address: str) -> ui.View:
    """Below what is no reply and stands apart from its question: the way there.

    It is also what such a message is known again by.
    """
    view = view or ui.View(timeout=None)
    view.add_item(ui.Button(label="Your question", url=address))
    return view


def drawn_form(form: Form, words: str) -> ui.Modal:
    """`words`: what its button knew. It has to be the first response to a press."""
    shown = ui.Modal(
        title=form.title,
        custom_id=Button(label="", command=form.command, words=words).id,
        timeout=_SECONDS_FOR_FORM,
    )
    for field in form.fields:
        style = discord.TextStyle.paragraph if field.is_long else discord.TextStyle.short
        entry: ui.TextInput[Any] = ui.TextInput(
            custom_id=field.name, style=style, required=field.is_required, max_length=field.most
        )
        shown.add_item(ui.Label(text=field.label, component=entry))
    return shown


async def read_form(interaction: Interaction) -> None:
    """A form was sent off. It is read here and not by discord.py, which forgets its forms."""
    data: Any = interaction.data or {}
    press = Press.parse(str(data.get("custom_id") or ""))
    if press is not None:
        values = dict(_values(data.get("components") or []))
        await _presses(interaction).filled_in(interaction, press, values)


def _values(components: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """What was typed, by field, however deep it lies in rows and labels."""
    for part in components:
        if part.get("value"):
            yield str(part.get("custom_id") or ""), str(part["value"])
        inner = [*part.get("components", ()), *([part["component"]] if "component" in part else ())]
        yield from _values(inner)


def _presses(interaction: Interaction) -> Presses:
    presses: Presses = interaction.client.presses
    return presses
