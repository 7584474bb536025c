"""Controls as Discord draws them: buttons below a message, and the form behind a button.

Buttons are dynamic items: discord.py keeps nothing for each message that has some. With views of
the ordinary kind, 300 messages left 602 entries behind.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, Self, cast

import discord
from discord import ui

from bot.core.controls import BUTTON_ID, Button, Press
from bot.core.forms import Asks, Field, Form
from bot.words import say

_TALKED_IN = [discord.ChannelType.text, discord.ChannelType.forum]
_SECONDS_FOR_FORM = 600.0
_CHOSEN = re.compile(r"(user:|role:|<#)(\d+)")

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
                label=None if button.emoji else say(button.label),
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
    view.add_item(ui.Button(label=say("Your question"), url=address))
    return view


def drawn_form(form: Form, words: str) -> ui.Modal:
    """`words`: what its button knew. It has to be the first response to a press."""
    shown = ui.Modal(
        title=say(form.title),
        custom_id=Button(label="", command=form.command, words=form.about(words)).id,
        timeout=_SECONDS_FOR_FORM,
    )
    for field in form.fields:
        shown.add_item(ui.Label(text=say(field.label), component=_entry(field)))
    if form.note:  # in the place of a field
        shown.add_item(ui.TextDisplay(form.note))
    return shown


def _entry(field: Field) -> ui.Item[Any]:
    """Whether it has to be filled in is always said: Discord's own defaults differ by kind."""
    least = int(field.is_required)
    chosen: Mapping[str, Any] = {"custom_id": field.name, "required": field.is_required}
    if field.asks.is_several:
        many = {**chosen, "min_values": least, "max_values": field.most_chosen}
        return _several(field, {**many, "default_values": [*_defaults(field.value)]})
    if field.asks is Asks.ONE:
        options = [_option(one, field.value) for one in field.options]
        return ui.Select(**chosen, min_values=least, max_values=1, options=options)
    style = discord.TextStyle.paragraph if field.is_long else discord.TextStyle.short
    return ui.TextInput(**chosen, style=style, max_length=field.most, default=field.value or None)


def _several(field: Field, shape: Mapping[str, Any]) -> ui.Item[Any]:
    match field.asks:
        case Asks.CHANNELS:
            return ui.ChannelSelect(**shape, channel_types=_TALKED_IN)
        case Asks.PEOPLE:
            return ui.UserSelect(**shape)
    return ui.MentionableSelect(**shape)


def _option(value: str, in_force: str) -> discord.SelectOption:
    return discord.SelectOption(label=say(value), value=value, default=value == in_force)


def _defaults(value: str) -> Iterator[discord.SelectDefaultValue]:
    """Whatever a field's answer names: `user:1 role:2`, `<#3>`."""
    for kind, id_ in _CHOSEN.findall(value):
        name = {"<#": "channel"}.get(kind, kind.strip(":"))
        type_ = discord.SelectDefaultValueType[name]
        yield discord.SelectDefaultValue(id=int(id_), type=type_)


async def read_form(interaction: Interaction) -> None:
    """A form was sent off. It is read here and not by discord.py, which forgets its forms."""
    data: Any = interaction.data or {}
    press = Press.parse(str(data.get("custom_id") or ""))
    if press is not None:
        values = dict(_values(data.get("components") or [], data.get("resolved") or {}))
        await _presses(interaction).filled_in(interaction, press, values)


def _values(components: Sequence[Any], resolved: Any) -> Iterator[tuple[str, str]]:
    """What was typed or chosen, by field, however deep it lies in rows and labels."""
    for part in components:
        if "value" in part:
            yield str(part.get("custom_id") or ""), str(part["value"] or "")
        elif "values" in part:
            several = part["values"] or ()
            chosen = [_written(str(one), part.get("type"), resolved) for one in several]
            yield str(part.get("custom_id") or ""), " ".join(chosen)
        inner = [*part.get("components", ()), *([part["component"]] if "component" in part else ())]
        yield from _values(inner, resolved)


def _written(chosen: str, kind: object, resolved: Any) -> str:
    """A choice as a field writes it; only what came along tells a role from a person."""
    if kind == discord.ComponentType.channel_select.value:
        return f"<#{chosen}>"
    if kind == discord.ComponentType.user_select.value:
        return f"user:{chosen}"
    if kind == discord.ComponentType.mentionable_select.value:
        is_role = chosen in (resolved.get("roles") or {})
        return f"role:{chosen}" if is_role else f"user:{chosen}"
    return chosen


def _presses(interaction: Interaction) -> Presses:
    presses: Presses = interaction.client.presses
    return presses
