"""What can be set for a place: one table, from which come all checks, forms and pages.

A platform adds to it the defaults that differ there, how its ids look, and settings of its own.
"""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote, unquote

from bot.core.errors import InvalidSetting
from bot.core.messages import ConversationKey
from bot.core.setting_values import (
    Breadth,
    Budgets,
    Count,
    Days,
    OneOf,
    Rules,
    Setter,
    Setting,
    Terms,
    Words,
)
from bot.words import say

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
        name="show_cost",
        words="Whether each answer says what it cost",
        values=OneOf(
            {
                "on": "Each answer says what it cost.",
                "off": "Answers do not say what they cost; `/usage` does.",
            }
        ),
        default="off",
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
        name="language",
        words="In which language I speak to people whose own I do not know",
        values=OneOf(
            {
                "en": "I speak English where I know no better.",
                "de": "I speak German where I know no better.",
                "fr": "I speak French where I know no better.",
                "es": "I speak Spanish where I know no better.",
                "zh": "I speak Chinese where I know no better.",
            }
        ),
        default="en",
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


def offered(terms: Terms) -> Sequence[Setting]:
    """All that can be set on a platform."""
    return (*SETTINGS, *terms.settings)


def settable(terms: Terms, level: Breadth = Breadth.SPACE) -> Sequence[Setting]:
    """What those who run a space there can set themselves: for it, or for as much of it."""
    own = [one for one in offered(terms) if one.setter is not Setter.OPERATOR]
    return [one for one in own if one.narrowest >= level]


class SettingsTable:
    """All settings there are, with what the platforms add."""

    def __init__(self, platforms: Iterable[Terms]) -> None:
        self.terms = {terms.platform: terms for terms in platforms}

    def on(self, platform: str) -> Sequence[Setting]:
        """The settings there are on a platform."""
        return offered(self._terms_of(platform))

    def scope_of_person(self, key: ConversationKey) -> str:
        """All that lies in it and is somebody's of this id is the same person's."""
        return key.scopes()[-self._terms_of(key.platform).person]

    def own_scope(self, key: ConversationKey, person: str) -> str:
        """Where a person sets what holds for herself: no scope that anybody else can name."""
        return f"{self.scope_of_person(key)}:@{quote(person, safe='', errors='surrogatepass')}"

    def find(self, name: str, platform: str) -> Setting:
        for setting in self.on(platform):
            if setting.name == name:
                return setting
        raise InvalidSetting(
            notice=say("There is no setting “{name}” on {platform}.", name=name, platform=platform)
        )

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
                notice=say(
                    "“{name}” cannot be set for a {level} of its own.",
                    name=name,
                    level=say(level.name.lower()),
                )
            )
        return setting.values.read(written, self._terms_of(platform))

    def level(self, scope: str) -> Breadth:
        """How wide a scope is. Raises InvalidSetting if there can be none of that name."""
        platform, *ids = scope.split(":")
        terms = self._terms_of(platform)
        if len(ids) >= len(Breadth):
            raise InvalidSetting(
                notice=say(
                    "A scope is platform:space:channel:thread, and “{scope}” has more parts.",
                    scope=scope,
                )
            )
        for level, number in zip((Breadth.SPACE, Breadth.CHANNEL), ids, strict=False):
            if not re.fullmatch(terms.ids.get(level, ".*"), unquote(number), re.DOTALL):
                raise InvalidSetting(
                    notice=say(
                        "“{number}” is no id of a {level} on {platform}.",
                        number=number,
                        level=say(level.name.lower()),
                        platform=platform,
                    )
                )
        return Breadth(len(ids) + 1)

    def ways(self, platform: str) -> Sequence[str]:
        """How one asks on a platform."""
        return self._terms_of(platform).ways

    def surface(self, platform: str) -> str:
        """Where answers are read, in words for the model."""
        return self._terms_of(platform).surface

    def managing(self, platform: str) -> str:
        """How those who run a space there set something; empty: only the operator does."""
        return self._terms_of(platform).managing

    def place(self, scope: str) -> str:
        """What the person who stands there calls a scope."""
        level, terms = self.level(scope), self._terms_of(scope.partition(":")[0])
        words = {
            Breadth.PLATFORM: say("all of {platform}", platform=terms.platform),
            Breadth.SPACE: say(f"this {terms.space}"),
        }
        return words.get(level) or say(f"this {level.name.lower()}")

    def _terms_of(self, platform: str) -> Terms:
        if platform not in self.terms:
            known = ", ".join(sorted(self.terms))
            raise InvalidSetting(
                notice=say(
                    "There is no platform “{platform}”; there are {known}.",
                    platform=platform,
                    known=known,
                )
            )
        return self.terms[platform]
