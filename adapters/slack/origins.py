"""Where a question came from: what is needed to answer it, also after a restart."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any, Self

from bot.core.messages import Message

_YES = "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackOrigin:
    """Kept with the message as a mapping of strings; what is empty is left out."""

    team: str = ""  # the workspace whose token answers
    channel: str = ""
    thread: str = ""  # the ts of its first message; commands name none
    ts: str = ""  # of the message itself
    since: str = ""  # the ts of the first of the newest before it in its thread, where that is long
    asker: str = ""
    asker_team: str = ""
    response_url: str = ""
    at: float = 0.0  # when the command was given, in seconds since the epoch
    private: bool = False  # only the asker may see the answer
    live: bool = False  # the answer may be shown while it is written
    outside: bool = False  # others listen there, through Slack Connect
    bot: bool = False  # a listed bot asks

    @classmethod
    def of(cls, question: Message) -> Self:
        kept = question.origin
        defaults = _defaults().items()
        return cls(**{name: _read(each, kept[name]) for name, each in defaults if name in kept})

    def as_mapping(self) -> Mapping[str, str]:
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: _write(value) for name, value in values.items() if value}

    @property
    def has_thread(self) -> bool:
        """Whether what is being done can be shown below a thread."""
        return bool(self.thread) and not self.private

    @property
    def order(self) -> float:
        """When it was asked, in seconds since the epoch."""
        return _read(0.0, self.ts) or self.at

    @property
    def begins_thread(self) -> bool:
        return self.thread == self.ts


@cache
def _defaults() -> Mapping[str, object]:
    """Of its fields: a turn reads its origin thirty times."""
    return {each.name: each.default for each in fields(SlackOrigin)}


def with_origin(question: Message, **changes: Any) -> Message:
    origin = replace(SlackOrigin.of(question), **changes)
    return replace(question, origin=origin.as_mapping())


def _read(default: object, written: str) -> Any:
    if isinstance(default, bool):
        return bool(written)
    if isinstance(default, float):
        with suppress(ValueError):
            return float(written)
        return default
    return written


def _write(value: str | float | bool) -> str:  # noqa: FBT001 - a value like the others
    if isinstance(value, str):
        return value
    return _YES if value is True else f"{value:.0f}"
