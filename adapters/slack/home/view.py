"""What stands in the home tab: pure blocks, made of what is known at the moment."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from adapters.slack.bodies import JSON
from bot.core.catalogue import ASSISTANT, Chosen
from bot.core.ports.storage import Used
from bot.core.setting_values import Count, OneOf, Setting
from bot.core.text import plural
from bot.words import number, say

SETTING = "homeroom_setting"  # somebody chose a value in the tab
PLACE = "homeroom_place"  # or the channel to be shown there
_MOST_OPTIONS = 100
_CHARS_OF_OPTION = 75

_LIMITS = (0, 1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 500, 1000)  # that are offered

_PRIVACY = (
    "A language model writes my answers, and they may be wrong. What you write to me and what I "
    "answer is kept in my database; /privacy says who else reads it, /new makes me forget a "
    "conversation. I read channels only where I am spoken to."
)


@dataclass(frozen=True, slots=True)
class SettingPlace:
    """Where something is set: somebody's direct messages, a channel, or the workspace."""

    id: str
    offered: Sequence[Setting]
    chosen: Chosen


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the tab tells one person."""

    direct: SettingPlace
    used: Used = field(default_factory=Used)
    shown: SettingPlace | None = None  # to those who run the workspace: it, or a channel of theirs
    channel: str = ""  # which of them
    usage: str = ""  # of the workspace


def view(direct: str, shown: str, blocks: Sequence[JSON]) -> JSON:
    """The tab; it remembers where it belongs, since a click in it does not say so."""
    title = {"type": "header", "text": _plain("Homeroom")}
    metadata = f"{direct}|{shown}"
    return {"type": "home", "private_metadata": metadata, "blocks": [title, *blocks]}


def lines(*words: str) -> list[JSON]:
    return [{"type": "section", "text": _plain(one)} for one in words if one]


def tab(facts: Facts) -> Iterator[JSON]:
    used = facts.used
    yield from lines(
        say("{name} answers your direct messages.", name=facts.direct.chosen.assistant.name)
    )
    yield from _settings(facts.direct)
    yield from lines(
        say(
            "You have had {answers} here so far: {tokens_in} tokens in, {tokens_out} tokens out.",
            answers=plural(used.runs, "answer"),
            tokens_in=number(used.input_tokens),
            tokens_out=number(used.output_tokens),
        )
    )
    if facts.shown:
        yield from _run(facts.shown, facts)
    yield privacy()


def privacy() -> JSON:
    return {"type": "context", "elements": [_plain(say(_PRIVACY))]}


def _run(place: SettingPlace, facts: Facts) -> Iterator[JSON]:
    """For those who run the workspace: it as a whole, or a channel once they have picked one."""
    picker: JSON = {"type": "conversations_select", "action_id": PLACE}
    picker["filter"] = {"include": ["public", "private"], "exclude_bot_users": True}
    if facts.channel:
        picker["initial_conversation"] = facts.channel
    words = "Settings of a channel" if facts.channel else "Settings of a channel; or, below, of all"
    yield {"type": "divider"}
    yield {"type": "section", "text": _plain(say(words)), "accessory": picker}
    yield from _settings(place)
    yield from lines(facts.usage)


def _settings(place: SettingPlace) -> Iterator[JSON]:
    for setting in place.offered:
        value = place.chosen.value(setting.name)
        if setting.name == ASSISTANT:
            names = {name: name for name in place.chosen.catalogue.assistants}
            yield _choice(setting, place, names, place.chosen.assistant.name)
        elif isinstance(setting.values, OneOf):
            yield _choice(
                setting,
                place,
                {one: setting.values.said(one) for one in setting.values.options},
                value,
            )
        elif isinstance(setting.values, Count):
            counts = sorted({*_LIMITS, int(value)})
            options = {str(count): setting.values.said(str(count)) for count in counts}
            yield _choice(setting, place, options, value)
        else:
            yield _field(setting, place)


def _choice(setting: Setting, place: SettingPlace, options: Mapping[str, str], value: str) -> JSON:
    """A setting of a place, to be chosen; the block's id says which."""
    known = [(one, text) for one, text in options.items() if len(one) <= _CHARS_OF_OPTION]
    offered = [_option(*one) for one in known[:_MOST_OPTIONS]]
    select: JSON = {"type": "static_select", "action_id": SETTING, "options": offered}
    if value in [option["value"] for option in offered]:
        select["initial_option"] = _option(value, options[value])
    return {
        "type": "section",
        "block_id": _block_id(setting, place),
        "text": _plain(say(setting.words)),
        "accessory": select,
    }


def _field(setting: Setting, place: SettingPlace) -> JSON:
    """Words to be typed; what people set for this very place stands there already."""
    element: JSON = {"type": "plain_text_input", "action_id": SETTING}
    if known := place.chosen.by_people(_scope(place), setting.name):
        element["initial_value"] = known
    return {
        "type": "input",
        "block_id": _block_id(setting, place),
        "dispatch_action": True,
        "optional": True,
        "label": _plain(say(setting.words)),
        "hint": _plain(say("{form}. Enter sets it.", form=setting.values.form.replace("`", ""))),
        "element": element,
    }


def _scope(place: SettingPlace) -> str:
    """Of the scopes it lies in, its own: that ends with its id."""
    return next(scope for scope in place.chosen.scopes if scope.split(":")[-1] == place.id)


def _block_id(setting: Setting, place: SettingPlace) -> str:
    return f"{place.id}|{setting.name}"


def _option(value: str, words: str) -> JSON:
    return {"text": _plain(words[:_CHARS_OF_OPTION]), "value": value}


def _plain(words: str) -> JSON:
    return {"type": "plain_text", "text": words, "emoji": False}
