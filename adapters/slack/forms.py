"""Forms as Slack draws them, and what one says that was sent off.

Slack has no field for user groups: a list of those there are stands below that of the people.
Pure; never raises on any JSON.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from adapters.slack.bodies import JSON, part, parts, text
from bot.core.controls import Button, Press, sent_off
from bot.core.forms import Asks, Field, Form
from bot.words import say

_FORM = "homeroom_button"
_GROUPS = ".groups"  # behind a field's name: the user groups in it
_MOST_OPTIONS = 100  # in a list, or in each part of one that has parts
_CHARS_OF_OPTION = 75
_USER, _GROUP = re.compile(r"user:(\w+)"), re.compile(r"group:(\w+)")
_CHANNEL = re.compile(r"<#(\w+)>")
_KEPT = re.compile(r"(\w+)=(\w+)")
_PEOPLE: JSON = {"type": "multi_users_select"}
_CHANNELS: JSON = {
    "type": "multi_conversations_select",
    "filter": {"include": ["public", "private"], "exclude_bot_users": True},
}


@dataclass(frozen=True, slots=True)
class Groups:
    """The user groups of a workspace, names by id; or why they cannot be chosen."""

    names: Mapping[str, str] = field(default_factory=dict)
    unknown: str = ""


def drawn_form(form: Form, words: str, channel: str, groups: Groups) -> JSON:
    """`words`: what its button knew; `channel`: where it was pressed, which no form says.

    Groups in force that cannot be shown go along unseen: nobody has taken them out.
    """
    kept = ";".join(f"{one.name}={group}" for one in form.fields for group in _unseen(one, groups))
    blocks = [block for one in form.fields for block in _blocks(one, groups)]
    is_untold = groups.unknown and any(one.asks is Asks.WHO for one in form.fields)
    notes = [form.note, say(groups.unknown) if is_untold else ""]
    told = [{"type": "context", "elements": [plain(one)]} for one in notes if one]
    id_ = Button(label="", command=form.command, words=form.about(words)).id
    return {
        "type": "modal",
        "callback_id": _FORM,
        "private_metadata": f"{channel}|{kept}|{id_}",
        "title": plain(say(form.title)),
        "submit": plain(say("Send")),
        "close": plain(say("Cancel")),
        "blocks": [*blocks, *told],
    }


def read_form(body: object) -> tuple[str, tuple[str | None, str]] | None:
    """The channel, and the command and words, of a form that was sent off; None: it is none."""
    view = part(body, "view")
    channel, _, rest = text(view, "private_metadata").partition("|")
    kept, _, button_id = rest.partition("|")
    press = Press.parse(button_id)
    is_ours = text(body, "type") == "view_submission" and text(view, "callback_id") == _FORM
    if not is_ours or press is None:
        return None
    values = _values(part(part(view, "state"), "values"))
    for name, group in _KEPT.findall(kept):
        values[name] = f"{values.get(name, '')} group:{group}".strip()
    return channel, sent_off(press, values)


def plain(words: str) -> JSON:
    return {"type": "plain_text", "text": words, "emoji": False}


def _blocks(asked: Field, groups: Groups) -> Iterator[JSON]:
    is_shared = asked.asks is Asks.WHO and bool(groups.names)  # two lists for one answer
    yield _input(
        asked.name, say(asked.label), element_of(asked), asked.is_required and not is_shared
    )
    if is_shared:
        label = say("{who}: user groups", who=say(asked.label).partition(" (")[0])
        yield _input(asked.name + _GROUPS, label, _group_list(asked, groups), is_required=False)


def _input(name: str, label: str, element: JSON, is_required: bool) -> JSON:  # noqa: FBT001
    return {
        "type": "input",
        "block_id": name,
        "optional": not is_required,
        "label": plain(label),
        "element": {"action_id": name, **element},
    }


def element_of(asked: Field) -> JSON:
    """What is chosen in, or typed into."""
    value, most = asked.value, {"max_selected_items": asked.most_chosen}
    match asked.asks:
        case Asks.WHO | Asks.PEOPLE:
            return _PEOPLE | most | _first("initial_users", _USER.findall(value))
        case Asks.CHANNELS:
            return _CHANNELS | most | _first("initial_conversations", _CHANNEL.findall(value))
        case Asks.ONE | Asks.COUNT:
            return _list_of(asked)
    words: JSON = {"type": "plain_text_input", "multiline": asked.is_long}
    return words | {"max_length": asked.most} | ({"initial_value": value} if value else {})


def _list_of(asked: Field) -> JSON:
    known = [one for one in asked.options if len(one) <= _CHARS_OF_OPTION][:_MOST_OPTIONS]
    options = [_option(say(asked.said.get(one, one)), one) for one in known]
    chosen = [one for one in options if one["value"] == asked.value]
    first: JSON = {"initial_option": chosen[0]} if chosen else {}
    return {"type": "static_select", "options": options, **first}


def _first(name: str, chosen: Sequence[object]) -> JSON:
    return {name: [*chosen]} if chosen else {}


def _group_list(asked: Field, groups: Groups) -> JSON:
    """By name; from 101 on in parts, each under its first and last."""
    named = sorted(groups.names.items(), key=lambda one: one[1].casefold())
    options = [_option(f"@{name}", id_) for id_, name in named]
    in_force = {*_GROUP.findall(asked.value)}
    shown: JSON = {"type": "multi_static_select", "max_selected_items": asked.most_chosen}
    shown |= _first("initial_options", [one for one in options if one["value"] in in_force])
    if len(options) <= _MOST_OPTIONS:
        return shown | {"options": options}
    starts = range(0, len(options), _MOST_OPTIONS)[:_MOST_OPTIONS]
    spans = [options[at : at + _MOST_OPTIONS] for at in starts]
    return shown | {"option_groups": [{"label": _span(one), "options": one} for one in spans]}


def _span(options: Sequence[JSON]) -> JSON:
    half = _CHARS_OF_OPTION // 2 - 2
    first, last = (text(part(options[at], "text"), "text")[:half] for at in (0, -1))
    return plain(f"{first} – {last}")


def _option(words: str, value: str) -> JSON:
    return {"text": plain(words[:_CHARS_OF_OPTION]), "value": value}


def _unseen(asked: Field, groups: Groups) -> Iterator[str]:
    if asked.asks is Asks.WHO:
        yield from (one for one in _GROUP.findall(asked.value) if one not in groups.names)


def _values(blocks: JSON) -> dict[str, str]:
    """By field; each list of one stands in a block of its own."""
    values: dict[str, str] = {}
    for block in blocks:
        name = block.removesuffix(_GROUPS)
        written = _written(part(part(blocks, block), block))
        values[name] = " ".join(filter(None, (values.get(name), written)))
    return values


def _written(said: JSON) -> str:
    """What was typed or chosen, as a field writes it."""
    chosen = text(part(said, "selected_option"), "value")
    lists = (
        *(f"user:{one}" for one in _ids(said, "selected_users")),
        *(f"group:{one}" for one in _options(said)),
        *(f"<#{one}>" for one in _ids(said, "selected_conversations")),
    )
    return text(said, "value") or chosen or " ".join(lists)


def _options(said: JSON) -> Iterator[str]:
    yield from (text(one, "value") for one in parts(said, "selected_options"))


def _ids(said: JSON, name: str) -> list[str]:
    ids = said.get(name)
    return [one for one in ids if isinstance(one, str)] if isinstance(ids, list) else []
