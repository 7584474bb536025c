"""Writes docs/settings.md out of the table of settings: `python -m docs.settings_page`."""

from collections.abc import Sequence
from pathlib import Path

from bot.core.setting_values import Setter, Setting
from bot.core.settings import SETTINGS, SettingsTable
from bot.platforms import TABLE

PAGE = Path(__file__).with_name("settings.md")
_HEAD = """\
# Settings
*Written by `docs/settings_page.py` out of the table that also checks them.*

A setting holds for a **scope**: a platform (`discord`), a space (`discord:SERVER`,
`slack:WORKSPACE`), or a channel (`discord:SERVER:CHANNEL`). The closest scope that has one wins; in
the same scope what people set comes before `homeroom.toml`. What somebody chose in a conversation
holds until those who run the place set it anew. `allow`, `deny` and `limit` add up: those of all
scopes count.

People set them on the platform itself: with `/homeroom` on Discord, in the app's Home tab in Slack.
The operator writes them into `homeroom.toml`, which is read again whenever it changes:

```toml
[settings.discord]
limit = 20

[settings."discord:234567890123456789"]
contact = "the tutors, in #help"
```

What the table does not know is refused, with the line of the file or in words to whoever sets it.
"""
_COLUMNS = (
    "setting",
    "what it says",
    "values",
    "unless set",
    "down to",
    "who, besides the operator",
)


def page(table: SettingsTable = TABLE) -> str:
    everywhere = _section("On every platform", SETTINGS, table)
    own = [
        _section(f"On {name.title()} alone", terms.settings, table)
        for name, terms in table.terms.items()
        if terms.settings
    ]
    traits = [
        f"* {name.title()}: {', '.join(f'`{kind}:`' for kind in terms.traits)}"
        for name, terms in table.terms.items()
        if terms.traits
    ]
    about = "\n".join(["## Traits", "What `allow` and `deny` name, each with an id:", "", *traits])
    return "\n\n".join([_HEAD.rstrip(), everywhere, *own, about]) + "\n"


def _section(title: str, settings: Sequence[Setting], table: SettingsTable) -> str:
    head = [f"## {title}", f"| {' | '.join(_COLUMNS)} |", "|---" * len(_COLUMNS) + "|"]
    return "\n".join([*head, *(_row(one, table) for one in settings)])


def _row(setting: Setting, table: SettingsTable) -> str:
    cells = (
        f"`{setting.name}`",
        setting.words,
        setting.values.form,
        _default(setting, table),
        setting.narrowest.name.lower(),
        "nobody" if setting.setter is Setter.OPERATOR else setting.setter.value,
    )
    return f"| {' | '.join(cells)} |"


def _default(setting: Setting, table: SettingsTable) -> str:
    usual = f"`{setting.default}`" if setting.default else "nothing"
    others = [
        f"{name.title()}: `{terms.defaults[setting.name]}`"
        for name, terms in table.terms.items()
        if setting.name in terms.defaults
    ]
    return "; ".join([usual, *others])


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
