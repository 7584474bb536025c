"""Forms: what they ask, what they open with, and what of it was changed when one is sent off.

What a form opened with is known again by its marks, which go along in its id. So a field that
nobody touched changes nothing, also where somebody else has changed it meanwhile.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256

from bot.words import say


class Asks(StrEnum):
    """What a field of a form asks for, and how its answer is written."""

    WORDS = "words"
    WHO = "who"  # people, roles and groups: `user:1 role:2`
    PEOPLE = "people"  # and nobody else: `user:1`
    CHANNELS = "channels"  # as they are mentioned: `<#1> <#2>`
    ONE = "one"  # one of a few options
    COUNT = "count"  # a whole number, up to the most there is

    @property
    def is_several(self) -> bool:
        return self in {Asks.WHO, Asks.PEOPLE, Asks.CHANNELS}


MOST_CHOSEN = 25  # people, roles or channels in one field
_BEFORE_MARKS = "~"
_CHARS_OF_MARK = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A question in a form; `value`: what is in force, written as its answer."""

    name: str
    label: str
    asks: Asks = Asks.WORDS
    options: Sequence[str] = ()  # where one of them is asked for
    said: Mapping[str, str] = field(
        default_factory=dict
    )  # of an option, what is shown in its place
    hint: str = ""  # how the answer is written
    is_long: bool = False
    is_required: bool = True
    most: int = 1000  # characters, or things chosen
    value: str = ""

    @property
    def most_chosen(self) -> int:
        return min(self.most, MOST_CHOSEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Up to five questions behind a button, under a title of 24 characters at most.

    Sent off, it says `/command` with what was filled in.
    """

    title: str
    command: str
    fields: Sequence[Field]
    marks: str = ""  # of what it opens with
    left_out: Sequence[str] = ()  # labels of what is asked as well and cannot be shown

    @property
    def note(self) -> str:
        """What is to be read below the questions; empty where there is nothing."""
        if not self.left_out:
            return ""
        labels = ", ".join(say(label) for label in self.left_out)
        return say("Too much for a form, change it by a line of /class: {labels}.", labels=labels)

    def about(self, words: str) -> str:
        """What its id says besides the command, where its button knew `words`."""
        return words + self.marks


def opened(form: Form, values: Mapping[str, str]) -> Form:
    """With what is in force in its fields. What is more than a field can show is left out."""
    fields = [replace(one, value=values.get(one.name, "")) for one in form.fields]
    shown = [one for one in fields if not _is_too_much(one)]
    marks = "".join(_mark(one, one.value) for one in shown)
    left_out = [one.label for one in fields if _is_too_much(one)]
    return replace(form, fields=shown, marks=f"{_BEFORE_MARKS}{marks}", left_out=left_out)


def changed(
    fields: Mapping[str, Field], words: str, values: Mapping[str, str]
) -> tuple[str, Mapping[str, str]]:
    """What a form's button knew, and what was filled in that was not there before.

    Of a form that opened with nothing, what was left empty is not said.
    """
    words, is_marked, marks = words.partition(_BEFORE_MARKS)
    if not is_marked:
        return words, {name: value for name, value in values.items() if value}
    shown = {marks[at : at + _CHARS_OF_MARK] for at in range(0, len(marks), _CHARS_OF_MARK)}
    named = {name: value for name, value in values.items() if name in fields}
    return words, {
        name: value for name, value in named.items() if _mark(fields[name], value) not in shown
    }


def filled(words: str, values: Mapping[str, str]) -> str:
    """The words of a form that was sent off: what its button knew, and what was filled in."""
    return json.dumps({"about": words, **values}, ensure_ascii=False)


def read_filled(text: str) -> tuple[str, Mapping[str, str]]:
    """What a button knew and what was filled in; words that were typed are the former alone."""
    try:
        values = json.loads(text)
    except ValueError:
        return text, {}
    if not isinstance(values, dict) or "about" not in values:
        return text, {}
    return str(values["about"]), {str(k): str(v) for k, v in values.items() if k != "about"}


def _is_too_much(field: Field) -> bool:
    if field.asks.is_several:
        return len(field.value.split()) > field.most_chosen
    return len(field.value) > field.most


def _mark(field: Field, value: str) -> str:
    """Of what is chosen no platform keeps the order."""
    words = " ".join(sorted(value.split())) if field.asks.is_several else value.strip()
    return sha256(f"{field.name}={words}".encode()).hexdigest()[:_CHARS_OF_MARK]
