"""Who would be notified by what the app has written."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.fakes.slack_state import Message

_TAG = re.compile(
    r"<(?:!(?P<all>channel|here|everyone|group)|!subteam\^(?P<group>S\w+)|@(?P<user>[UW]\w+))"
    r"(?:\|[^>]*)?>",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<!\w)@(channel|here|everyone)\b", re.IGNORECASE)
_LIVE_TEXTS = frozenset({"mrkdwn", "markdown", "markdown_text"})
_CARD_TEXTS = ("title", "details", "output")
_ATTACHMENT_TEXTS = ("text", "pretext", "title", "fallback")


@dataclass(frozen=True)
class Ping:
    """`who` is `!channel`, `!here`, `!everyone`, `!subteam^S...` or a person's id."""

    who: str
    method: str
    channel: str
    ts: str


def pings(shown: Iterable[tuple[str, Message]]) -> list[Ping]:
    """List whom each message would notify, a stream counting as the text it has become."""
    return [
        Ping(who, method, message.channel, message.ts)
        for method, message in shown
        for who in _pinged(message)
    ]


def live(text: str) -> Iterator[str]:
    """Find whom a text that Slack parses would notify, in whatever casing."""
    for tag in _TAG.finditer(text):
        if tag["all"]:
            yield "!" + tag["all"].lower().replace("group", "channel")
        elif tag["group"]:
            yield "!subteam^" + tag["group"].upper()
        else:
            yield tag["user"].upper()


def _pinged(message: Message) -> Iterator[str]:
    words = f"{message.text}\n{message.markdown_text or ''}"
    yield from live(words)
    if message.names_are_links:
        yield from ("!" + name.lower() for name in _NAME.findall(words))
    yield from _in_blocks(message.blocks)
    yield from _in_blocks([c for c in _chunks(message) if c.get("type") != "markdown_text"])
    for attachment in message.attachments:
        yield from _in_texts(attachment, _ATTACHMENT_TEXTS)
        yield from _in_blocks(attachment.get("blocks", []))


def _chunks(message: Message) -> list[Any]:
    return message.stream.chunks if message.stream else []


def _in_blocks(part: Any) -> Iterator[str]:
    """Walk through blocks of any kind: parsed texts, and the elements that are mentions."""
    if isinstance(part, list):
        for inner in part:
            yield from _in_blocks(inner)
    if not isinstance(part, dict):
        return
    kind = part.get("type")
    if kind in _LIVE_TEXTS:
        yield from live(str(part.get("text", "")))
    elif kind in {"user", "broadcast", "usergroup"}:
        yield _element(part)
    elif kind in {"task_card", "task_update", "plan_update"}:
        yield from _in_texts(part, _CARD_TEXTS)
    for inner in part.values():
        yield from _in_blocks(inner)


def _element(part: dict[str, Any]) -> str:
    if part["type"] == "broadcast":
        return f"!{part.get('range', 'channel')}"
    if part["type"] == "usergroup":
        return f"!subteam^{part.get('usergroup_id')}"
    return str(part.get("user_id"))


def _in_texts(part: dict[str, Any], names: Iterable[str]) -> Iterator[str]:
    for name in names:
        if isinstance(text := part.get(name), str):
            yield from live(text)
