"""Buttons below an answer. All they know stands in their ids, so they outlive any restart.

They are dynamic items: discord.py keeps nothing for each message that has some. With views of the
ordinary kind, 300 messages left 602 entries behind.
"""

import re
from typing import Any, Protocol, Self

import discord
from discord import ui

_STOP = "homeroom:stop:"
_AGAIN = "homeroom:again:"
_UP = "homeroom:up:"
_DOWN = "homeroom:down:"
_REASON = "homeroom:reason:"
MAX_CHARS_OF_ID = 80  # of the 100 that Discord has room for
_ID = r"(?P<message>\S{1,80})"
_SECONDS_FOR_REASON = 600.0
_CHARS_OF_REASON = 1000

Interaction = discord.Interaction[Any]


class Clicks(Protocol):
    """What is done about a click; found on the client, since a button remembers nothing."""

    async def stop(self, interaction: Interaction) -> None: ...

    async def again(self, interaction: Interaction, message: str) -> None: ...

    async def vote_up(self, interaction: Interaction, message: str) -> None: ...

    async def vote_down(self, interaction: Interaction, message: str) -> None: ...

    async def give_reason(self, interaction: Interaction, message: str, reason: str) -> None: ...


class _Button(ui.DynamicItem[ui.Button[Any]], template="homeroom:never"):
    """A button for one message: `message` is the id of the question."""

    prefix = ""
    label: str | None = None
    emoji: str | None = None

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(
            ui.Button(
                label=self.label,
                emoji=self.emoji,
                custom_id=f"{self.prefix}{message}",
                style=discord.ButtonStyle.secondary,
            )
        )

    @classmethod
    async def from_custom_id(
        cls, _interaction: Interaction, _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["message"])


class StopButton(_Button, template=f"{_STOP}{_ID}"):
    prefix, label = _STOP, "Stop"

    async def callback(self, interaction: Interaction) -> None:
        await _clicks(interaction).stop(interaction)


class AgainButton(_Button, template=f"{_AGAIN}{_ID}"):
    prefix, label = _AGAIN, "Regenerate"

    async def callback(self, interaction: Interaction) -> None:
        await _clicks(interaction).again(interaction, self.message)


class UpButton(_Button, template=f"{_UP}{_ID}"):
    prefix, emoji = _UP, "👍"

    async def callback(self, interaction: Interaction) -> None:
        await _clicks(interaction).vote_up(interaction, self.message)


class DownButton(_Button, template=f"{_DOWN}{_ID}"):
    """A form has to be the first response, so that nothing comes before it."""

    prefix, emoji = _DOWN, "👎"

    async def callback(self, interaction: Interaction) -> None:
        await interaction.response.send_modal(_reason_form(self.message))
        await _clicks(interaction).vote_down(interaction, self.message)


BUTTONS: tuple[type[_Button], ...] = (StopButton, AgainButton, UpButton, DownButton)


def buttons(message: str, *, is_final: bool) -> ui.View:
    """Those below the last part of an answer, or below one that is being written."""
    view = ui.View(timeout=None)
    for button in (AgainButton, UpButton, DownButton) if is_final else (StopButton,):
        view.add_item(button(message))
    return view


async def read_reason(interaction: Interaction) -> None:
    """The form was sent off. It is read here and not by discord.py, which forgets its forms."""
    data: Any = interaction.data or {}
    custom_id = str(data.get("custom_id") or "")
    if custom_id.startswith(_REASON):
        reason = "".join(_values(data.get("components") or []))
        await _clicks(interaction).give_reason(interaction, custom_id.removeprefix(_REASON), reason)


def _reason_form(message: str) -> ui.Modal:
    form = ui.Modal(
        title="What was wrong?", custom_id=f"{_REASON}{message}", timeout=_SECONDS_FOR_REASON
    )
    field: ui.TextInput[Any] = ui.TextInput(
        custom_id="reason",
        style=discord.TextStyle.paragraph,
        required=False,
        max_length=_CHARS_OF_REASON,
    )
    form.add_item(ui.Label(text="A sentence is enough, or nothing", component=field))
    return form


def _values(components: list[Any]) -> list[str]:
    """What was typed, however deep it lies in rows and labels."""
    found: list[str] = []
    for part in components:
        inner = [*part.get("components", ()), *([part["component"]] if "component" in part else ())]
        found += [str(part["value"])] if part.get("value") else _values(inner)
    return found


def _clicks(interaction: Interaction) -> Clicks:
    clicks: Clicks = interaction.client.clicks
    return clicks
