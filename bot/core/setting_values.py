"""What a setting can be set to: how it is written, checked, and said in a sentence."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Protocol

from bot.core.budgets import parse_budgets
from bot.core.errors import InvalidSetting
from bot.words import number, say

MOST = 10_000  # that a count can be
_CHARS_OF_WORDS = 200


class Breadth(IntEnum):
    """How wide a scope is: the number of parts it is written with."""

    PLATFORM = 1
    SPACE = 2  # a server, a workspace
    CHANNEL = 3
    CONVERSATION = 4


class Setter(StrEnum):
    """Who may set something, besides the operator, who may set everything in `homeroom.toml`."""

    ASKER = "whoever talks there"
    STAFF = "those who run the server or workspace"
    OPERATOR = "the operator alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a platform adds to the table."""

    platform: str
    space: str = "space"  # what people call one
    surface: str = ""  # where an answer is read, in words for the model
    ways: Sequence[str] = ("Write a message, and I answer.",)  # to ask, in words for people
    managing: str = ""  # how those who run a space set something
    person: Breadth = Breadth.SPACE  # within how wide a scope an id of a person is theirs alone
    ids: Mapping[Breadth, str] = field(default_factory=dict)  # patterns; without one, any id
    traits: Mapping[str, str] = field(default_factory=dict)  # kind and the pattern of its ids
    defaults: Mapping[str, str] = field(default_factory=dict)  # where they differ
    settings: Sequence["Setting"] = ()  # that there are on this platform alone


class Values(Protocol):
    """What a setting may be set to."""

    @property
    def written_as(self) -> type[str] | type[int]:
        """In `homeroom.toml`."""

    @property
    def form(self) -> str:
        """How it is written, for the table in the documentation."""

    def read(self, written: str, terms: Terms) -> str:
        """The value as it is kept. Raises InvalidSetting, which says what is taken instead."""

    def said(self, value: str) -> str:
        """A sentence that says what holds with this value."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """A word out of a few; each with the sentence that says what holds then."""

    options: Mapping[str, str]
    written_as = str

    @property
    def form(self) -> str:
        return ", ".join(f"`{option}`" for option in self.options)

    def read(self, written: str, terms: Terms) -> str:
        if written not in self.options:
            raise InvalidSetting(
                notice=say("It is one of {options}.", options=", ".join(self.options))
            )
        return written

    def said(self, value: str) -> str:
        return say(self.options[value])


@dataclass(frozen=True, slots=True)
class Count:
    """A number; `none` says what zero means."""

    sentence: str
    none: str
    most: int = MOST
    written_as = int

    @property
    def form(self) -> str:
        return say("a number up to {most}", most=number(self.most))

    def read(self, written: str, terms: Terms) -> str:
        is_number = (
            written.isascii() and written.isdecimal() and len(written) <= len(f"{self.most}")
        )
        if not is_number or int(written) > self.most:
            raise InvalidSetting(
                notice=say("It is a whole number from 0 to {most}.", most=number(self.most))
            )
        return str(int(written))

    def said(self, value: str) -> str:
        return say(self.none) if value == "0" else say(self.sentence).format(value)


@dataclass(frozen=True, slots=True)
class Budgets:
    """What may be used; `none` says what holds without."""

    sentence: str
    none: str
    written_as = str

    @property
    def form(self) -> str:
        return say("such as `500000 tokens a day, 20 USD a month`")

    def read(self, written: str, terms: Terms) -> str:
        words = " ".join(written.split())
        try:
            parse_budgets(words)
        except ValueError:
            raise InvalidSetting(
                notice=say("It is written like this: 500000 tokens a day, 20 USD a month.")
            ) from None
        return words

    def said(self, value: str) -> str:
        return say(self.sentence).format(say(value)) if value else say(self.none)


@dataclass(frozen=True, slots=True)
class Rules:
    """A list of traits, each a kind and an id, such as `role:4`; `none` says what holds without."""

    sentence: str
    none: str
    written_as = str

    @property
    def form(self) -> str:
        return say("a list such as `user:1, channel:2`")

    def read(self, written: str, terms: Terms) -> str:
        rules = sorted(parse_rules(written))
        for rule in rules:
            kind, _, number = rule.partition(":")
            if kind not in terms.traits:
                known = ", ".join(f"{one}:" for one in terms.traits) or "none"
                raise InvalidSetting(
                    notice=say(
                        "“{rule}” is no such trait; there are {known}.", rule=rule, known=known
                    )
                )
            if not re.fullmatch(terms.traits[kind], number):
                raise InvalidSetting(
                    notice=say(
                        "“{rule}” has no id of a {kind} behind the colon.", rule=rule, kind=kind
                    )
                )
        return ", ".join(rules)

    def said(self, value: str) -> str:
        return say(self.sentence).format(say(value)) if value else say(self.none)


@dataclass(frozen=True, slots=True)
class Words:
    """A few words; `none` says what holds without them."""

    sentence: str
    none: str = ""
    least: int = 0
    written_as = str

    @property
    def form(self) -> str:
        return say("a few words")

    def read(self, written: str, terms: Terms) -> str:
        words = " ".join(written.split())
        if not self.least <= len(words) <= _CHARS_OF_WORDS:
            raise InvalidSetting(
                notice=say(
                    "It is a few words, up to {chars_of_words} characters.",
                    chars_of_words=_CHARS_OF_WORDS,
                )
            )
        return words

    def said(self, value: str) -> str:
        return say(self.sentence).format(say(value)) if value else say(self.none)


@dataclass(frozen=True, slots=True)
class Days:
    """A span such as `180d`; `none` says what holds without one."""

    sentence: str
    none: str
    written_as = str

    @property
    def form(self) -> str:
        return say("a number of days, such as `180d`")

    def read(self, written: str, terms: Terms) -> str:
        if not re.fullmatch(r"[1-9]\d{0,4}d", written.strip()):
            raise InvalidSetting(notice=say("It is a number of days, such as 180d."))
        return written.strip()

    def said(self, value: str) -> str:
        return say(self.sentence).format(value.removesuffix("d")) if value else say(self.none)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    name: str
    words: str  # what it says, for those who set it
    values: Values
    default: str
    setter: Setter = Setter.STAFF
    narrowest: Breadth = Breadth.CHANNEL


def parse_rules(value: str | None) -> frozenset[str]:
    """A list as it is written in a setting: `role:4, channel:3`."""
    return frozenset((value or "").replace(",", " ").split())
