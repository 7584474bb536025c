"""What stands in the home tab: pure blocks, made of what is known at the moment."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from adapters.slack.bodies import JSON
from bot.core.ports.storage import Used
from bot.core.text import plural
from bot.rules.following import Follow

SETTING = "homeroom_setting"  # somebody chose a value in the tab
PLACE = "homeroom_place"  # or the channel to be shown there
_MOST_OPTIONS = 100
_CHARS_OF_OPTION = 75

_STREAM = {"on": "while they are written", "off": "when they are whole"}
_FOLLOW = {
    Follow.MENTION.value: "what mentions me",
    Follow.THREAD.value: "that, and what follows in its thread",
    Follow.CHANNEL.value: "everything that is said",
}
_PRIVACY = (
    "A language model writes my answers, and they may be wrong. What you write to me and what I "
    "answer is kept in my database; /privacy says who else reads it, /new makes me forget a "
    "conversation. I read channels only where I am spoken to."
)


@dataclass(frozen=True, slots=True)
class Place:
    """What is set for a channel, or for somebody's direct messages."""

    channel: str
    assistant: str
    stream: str = "on"
    follow: str = Follow.THREAD.value


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the tab tells one person."""

    direct: Place
    assistants: Sequence[str]
    used: Used = field(default_factory=Used)
    may_set_channels: bool = False
    shown: Place | None = None  # the channel whose settings are shown


def view(direct: str, shown: str, blocks: Sequence[JSON]) -> JSON:
    """The tab; it remembers where it belongs, since a click in it does not say so."""
    title = {"type": "header", "text": _plain("Homeroom")}
    metadata = f"{direct}|{shown}"
    return {"type": "home", "private_metadata": metadata, "blocks": [title, *blocks]}


def lines(*words: str) -> list[JSON]:
    return [{"type": "section", "text": _plain(one)} for one in words if one]


def tab(facts: Facts) -> Iterator[JSON]:
    direct, used = facts.direct, facts.used
    names = {name: name for name in facts.assistants}
    yield from lines(f"{direct.assistant} answers your direct messages.")
    yield _choice("Who answers them", direct.channel, "assistant", names, direct.assistant)
    yield _choice("Answers are shown", direct.channel, "stream", _STREAM, direct.stream)
    yield from lines(
        f"You have had {plural(used.runs, 'answer')} here so far: {used.input_tokens:,} tokens "
        f"in, {used.output_tokens:,} tokens out."
    )
    if facts.may_set_channels:
        yield from _channels(facts, names)
    yield privacy()


def privacy() -> JSON:
    return {"type": "context", "elements": [_plain(_PRIVACY)]}


def _channels(facts: Facts, names: Mapping[str, str]) -> Iterator[JSON]:
    """For those who run the workspace."""
    picker: JSON = {"type": "conversations_select", "action_id": PLACE}
    picker["filter"] = {"include": ["public", "private"], "exclude_bot_users": True}
    shown = facts.shown
    if shown:
        picker["initial_conversation"] = shown.channel
    yield {"type": "divider"}
    yield {"type": "section", "text": _plain("Settings of a channel"), "accessory": picker}
    if shown:
        yield _choice("Who answers there", shown.channel, "assistant", names, shown.assistant)
        yield _choice("What I answer there", shown.channel, "follow", _FOLLOW, shown.follow)
        yield _choice("Answers there are shown", shown.channel, "stream", _STREAM, shown.stream)


def _choice(words: str, channel: str, name: str, options: Mapping[str, str], value: str) -> JSON:
    """A setting of a place, to be chosen; the block's id says which."""
    known = [(one, text) for one, text in options.items() if len(one) <= _CHARS_OF_OPTION]
    offered = [_option(*one) for one in known[:_MOST_OPTIONS]]
    select: JSON = {"type": "static_select", "action_id": SETTING, "options": offered}
    if value in [option["value"] for option in offered]:
        select["initial_option"] = _option(value, options[value])
    block: JSON = {"type": "section", "block_id": f"{channel}|{name}", "text": _plain(words)}
    return block | {"accessory": select}


def _option(value: str, words: str) -> JSON:
    return {"text": _plain(words[:_CHARS_OF_OPTION]), "value": value}


def _plain(words: str) -> JSON:
    return {"type": "plain_text", "text": words, "emoji": False}
