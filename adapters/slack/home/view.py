"""What stands in the home tab: pure blocks, made of what is known at the moment."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from adapters.slack.bodies import JSON
from adapters.slack.forms import element_of, plain
from bot.core.catalogue import Chosen
from bot.core.forms import Asks, Field
from bot.core.ports.storage import Used
from bot.core.setting_fields import field_in
from bot.core.setting_values import Setting
from bot.core.text import plural
from bot.words import number, say

SETTING = "homeroom_setting"  # somebody chose a value in the tab
PLACE = "homeroom_place"  # or the channel to be shown there

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
    title = {"type": "header", "text": plain("Homeroom")}
    metadata = f"{direct}|{shown}"
    return {"type": "home", "private_metadata": metadata, "blocks": [title, *blocks]}


def lines(*words: str) -> list[JSON]:
    return [{"type": "section", "text": plain(one)} for one in words if one]


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
    return {"type": "context", "elements": [plain(say(_PRIVACY))]}


def _run(place: SettingPlace, facts: Facts) -> Iterator[JSON]:
    """For those who run the workspace: it as a whole, or a channel once they have picked one."""
    picker: JSON = {"type": "conversations_select", "action_id": PLACE}
    picker["filter"] = {"include": ["public", "private"], "exclude_bot_users": True}
    if facts.channel:
        picker["initial_conversation"] = facts.channel
    words = "Settings of a channel" if facts.channel else "Settings of a channel; or, below, of all"
    yield {"type": "divider"}
    yield {"type": "section", "text": plain(say(words)), "accessory": picker}
    yield from _settings(place)
    yield from lines(facts.usage)


def _settings(place: SettingPlace) -> Iterator[JSON]:
    for setting in place.offered:
        yield _drawn(field_in(setting, place.chosen, _scope(place)), place)


def _drawn(asked: Field, place: SettingPlace) -> JSON:
    """A setting of a place, to be chosen or typed; the block's id says which."""
    label, element = plain(say(asked.label)), element_of(asked) | {"action_id": SETTING}
    block: JSON = {"block_id": f"{place.id}|{asked.name}"}
    if asked.asks is not Asks.WORDS:
        return block | {"type": "section", "text": label, "accessory": element}
    hint = plain(say("{form}. Enter sets it.", form=asked.hint))
    typed = {"dispatch_action": True, "optional": True, "label": label, "hint": hint}
    return block | {"type": "input", "element": element, **typed}


def _scope(place: SettingPlace) -> str:
    """Of the scopes it lies in, its own: that ends with its id."""
    return next(scope for scope in place.chosen.scopes if scope.split(":")[-1] == place.id)
