"""What can be set for a place: one table, from which come all checks, forms and pages.

A platform adds to it the defaults that differ there, how its ids look, and settings of its own.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Protocol
from urllib.parse import unquote

from bot.core.budgets import parse_budgets
from bot.core.errors import InvalidSetting
from bot.core.messages import ConversationKey

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
    ways: Sequence[str] = ("Write a message, and I answer.",)  # to ask, in words for people
    managing: str = ""  # how those who run a space set something
    person: Breadth = Breadth.SPACE  # within how wide a scope an id of a person is theirs alone
    ids: Mapping[Breadth, str] = field(default_factory=dict)  # patterns; without one, any id
    traits: Mapping[str, str] = field(default_factory=dict)  # kind and the pattern of its ids
    defaults: Mapping[str, str] = field(default_factory=dict)  # where they differ
    settings: Sequence["Setting"] = ()  # that there are on this platform alone

    def offered(self) -> Sequence["Setting"]:
        """All that can be set on this platform."""
        return (*SETTINGS, *self.settings)


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
            raise InvalidSetting(notice=f"It is one of {', '.join(self.options)}.")
        return written

    def said(self, value: str) -> str:
        return self.options[value]


@dataclass(frozen=True, slots=True)
class Count:
    """A number; `none` says what zero means."""

    sentence: str
    none: str
    most: int = MOST
    written_as = int

    @property
    def form(self) -> str:
        return f"a number up to {self.most:,}"

    def read(self, written: str, terms: Terms) -> str:
        is_number = (
            written.isascii() and written.isdecimal() and len(written) <= len(f"{self.most}")
        )
        if not is_number or int(written) > self.most:
            raise InvalidSetting(notice=f"It is a whole number from 0 to {self.most:,}.")
        return str(int(written))

    def said(self, value: str) -> str:
        return self.none if value == "0" else self.sentence.format(value)


@dataclass(frozen=True, slots=True)
class Budgets:
    """What may be used; `none` says what holds without."""

    sentence: str
    none: str
    written_as = str

    @property
    def form(self) -> str:
        return "such as `500000 tokens a day, 20 USD a month`"

    def read(self, written: str, terms: Terms) -> str:
        words = " ".join(written.split())
        try:
            parse_budgets(words)
        except ValueError:
            raise InvalidSetting(
                notice="It is written like this: 500000 tokens a day, 20 USD a month."
            ) from None
        return words

    def said(self, value: str) -> str:
        return self.sentence.format(value) if value else self.none


@dataclass(frozen=True, slots=True)
class Rules:
    """A list of traits, each a kind and an id, such as `role:4`; `none` says what holds without."""

    sentence: str
    none: str
    written_as = str

    @property
    def form(self) -> str:
        return "a list such as `user:1, channel:2`"

    def read(self, written: str, terms: Terms) -> str:
        rules = sorted(parse_rules(written))
        for rule in rules:
            kind, _, number = rule.partition(":")
            if kind not in terms.traits:
                known = ", ".join(f"{one}:" for one in terms.traits) or "none"
                raise InvalidSetting(notice=f"“{rule}” is no such trait; there are {known}.")
            if not re.fullmatch(terms.traits[kind], number):
                raise InvalidSetting(notice=f"“{rule}” has no id of a {kind} behind the colon.")
        return ", ".join(rules)

    def said(self, value: str) -> str:
        return self.sentence.format(value) if value else self.none


@dataclass(frozen=True, slots=True)
class Words:
    """A few words; `none` says what holds without them."""

    sentence: str
    none: str = ""
    least: int = 0
    written_as = str

    @property
    def form(self) -> str:
        return "a few words"

    def read(self, written: str, terms: Terms) -> str:
        words = " ".join(written.split())
        if not self.least <= len(words) <= _CHARS_OF_WORDS:
            raise InvalidSetting(notice=f"It is a few words, up to {_CHARS_OF_WORDS} characters.")
        return words

    def said(self, value: str) -> str:
        return self.sentence.format(value) if value else self.none


@dataclass(frozen=True, slots=True)
class Days:
    """A span such as `180d`; `none` says what holds without one."""

    sentence: str
    none: str
    written_as = str

    @property
    def form(self) -> str:
        return "a number of days, such as `180d`"

    def read(self, written: str, terms: Terms) -> str:
        if not re.fullmatch(r"[1-9]\d{0,4}d", written.strip()):
            raise InvalidSetting(notice="It is a number of days, such as 180d.")
        return written.strip()

    def said(self, value: str) -> str:
        return self.sentence.format(value.removesuffix("d")) if value else self.none


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    name: str
    words: str  # what it says, for those who set it
    values: Values
    default: str
    setter: Setter = Setter.STAFF
    narrowest: Breadth = Breadth.CHANNEL


SETTINGS: Sequence[Setting] = (
    Setting(
        name="assistant",
        words="Who answers",
        values=Words("{} answers.", least=1),
        default="Homeroom",
        setter=Setter.ASKER,
        narrowest=Breadth.CONVERSATION,
    ),
    Setting(
        name="answers",
        words="Whether I answer at all",
        values=OneOf({"on": "I answer.", "off": "I do not answer."}),
        default="on",
    ),
    Setting(
        name="follow",
        words="What I take as meant for me",
        values=OneOf(
            {
                "mention": "I answer what mentions me.",
                "thread": "I answer what mentions me, and what follows in my threads.",
                "channel": "I answer everything that is said.",
            }
        ),
        default="thread",
    ),
    Setting(
        name="stream",
        words="Whether answers are shown while they are written",
        values=OneOf(
            {
                "on": "Answers are shown while they are written.",
                "off": "Answers are shown when they are whole.",
            }
        ),
        default="on",
        setter=Setter.ASKER,
    ),
    Setting(
        name="limit",
        words="How many questions a person may ask in an hour; 0: any number",
        values=Count(
            "A person may ask {} questions in an hour.", "A person may ask any number of questions."
        ),
        default="60",
    ),
    Setting(
        name="budget",
        words="What all may use together, in a day or a month",
        values=Budgets("All may use {} together.", "Nothing bounds what all use together."),
        default="",
        setter=Setter.OPERATOR,
    ),
    Setting(
        name="budget_each",
        words="What one person may use, in a day or a month",
        values=Budgets("A person may use {}.", "Nothing bounds what a person uses."),
        default="",
        setter=Setter.OPERATOR,
    ),
    Setting(
        name="allow",
        words="Who may ask; where somebody is named, all others may not",
        values=Rules("Only these may ask: {}.", "Whoever is not denied may ask."),
        default="",
    ),
    Setting(
        name="deny",
        words="Who may not ask, whatever is allowed",
        values=Rules("These may not ask: {}.", "Nobody is denied."),
        default="",
    ),
    Setting(
        name="commands",
        words="Who may use /new, /stop all and /assistant in a conversation that several share",
        values=OneOf(
            {
                "moderators": "Shared conversations are in the hands of moderators and who began.",
                "everybody": "Shared conversations are in the hands of everybody there.",
            }
        ),
        default="moderators",
    ),
    Setting(
        name="keep",
        words="How long what was said is kept",
        values=Days("What is said here is deleted after {} days.", "What is said here is kept."),
        default="",
        setter=Setter.OPERATOR,
    ),
    Setting(
        name="contact",
        words="Whom people can ask when something is wrong",
        values=Words("When something is wrong, I send people to {}.", "I name nobody to ask."),
        default="",
        narrowest=Breadth.SPACE,
    ),
    Setting(
        name="provider",
        words="Which AI service answers, and in which country, as /privacy says it",
        values=Words("The AI service is {}."),
        default="",
        setter=Setter.OPERATOR,
        narrowest=Breadth.PLATFORM,
    ),
)
"""What can be set on every platform."""


class SettingsTable:
    """All settings there are, with what the platforms add."""

    def __init__(self, platforms: Iterable[Terms]) -> None:
        self.terms = {terms.platform: terms for terms in platforms}

    def on(self, platform: str) -> Sequence[Setting]:
        """The settings there are on a platform."""
        return self._terms_of(platform).offered()

    def scope_of_person(self, key: ConversationKey) -> str:
        """All that lies in it and is somebody's of this id is the same person's."""
        return key.scopes()[-self._terms_of(key.platform).person]

    def find(self, name: str, platform: str) -> Setting:
        for setting in self.on(platform):
            if setting.name == name:
                return setting
        raise InvalidSetting(notice=f"There is no setting “{name}” on {platform}.")

    def written_as(self, name: str, scope: str) -> type[str] | type[int] | None:
        """How its values are written in `homeroom.toml`; None: there is no such setting."""
        known = {setting.name: setting for setting in self.on(scope.partition(":")[0])}
        return known[name].values.written_as if name in known else None

    def default(self, name: str, platform: str) -> str:
        """What holds where nobody has set anything."""
        return self._terms_of(platform).defaults.get(name, self.find(name, platform).default)

    def read(self, scope: str, name: str, written: str) -> str:
        """The value as it is kept. Raises InvalidSetting for what nobody can set there."""
        level = self.level(scope)
        platform = scope.partition(":")[0]
        setting = self.find(name, platform)
        if level > setting.narrowest:
            raise InvalidSetting(
                notice=f"“{name}” cannot be set for a {level.name.lower()} of its own."
            )
        return setting.values.read(written, self._terms_of(platform))

    def level(self, scope: str) -> Breadth:
        """How wide a scope is. Raises InvalidSetting if there can be none of that name."""
        platform, *ids = scope.split(":")
        terms = self._terms_of(platform)
        if len(ids) >= len(Breadth):
            raise InvalidSetting(
                notice=f"A scope is platform:space:channel:thread, and “{scope}” has more parts."
            )
        for level, number in zip((Breadth.SPACE, Breadth.CHANNEL), ids, strict=False):
            if not re.fullmatch(terms.ids.get(level, ".*"), unquote(number), re.DOTALL):
                raise InvalidSetting(
                    notice=f"“{number}” is no id of a {level.name.lower()} on {platform}."
                )
        return Breadth(len(ids) + 1)

    def ways(self, platform: str) -> Sequence[str]:
        """How one asks on a platform."""
        return self._terms_of(platform).ways

    def managing(self, platform: str) -> str:
        """How those who run a space there set something; empty: only the operator does."""
        return self._terms_of(platform).managing

    def place(self, scope: str) -> str:
        """What the person who stands there calls a scope."""
        level, terms = self.level(scope), self._terms_of(scope.partition(":")[0])
        words = {Breadth.PLATFORM: f"all of {terms.platform}", Breadth.SPACE: f"this {terms.space}"}
        return words.get(level, f"this {level.name.lower()}")

    def _terms_of(self, platform: str) -> Terms:
        if platform not in self.terms:
            known = ", ".join(sorted(self.terms))
            raise InvalidSetting(notice=f"There is no platform “{platform}”; there are {known}.")
        return self.terms[platform]


def parse_rules(value: str | None) -> frozenset[str]:
    """A list as it is written in a setting: `role:4, channel:3`."""
    return frozenset((value or "").replace(",", " ").split())
