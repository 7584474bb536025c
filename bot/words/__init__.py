"""All that the bot says, in the language of whoever it is said to.

A sentence is written in English where it is said: `say("I know {known}.", known=…)`. The other
languages stand beside it in the JSON files of this folder, by the English sentence. In which
language something is said is settled once, for the task that works for a person (`speaking`): so
nothing has to hand it on, and of two people at once each hears her own.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files
from itertools import pairwise


class Language(StrEnum):
    """By its tag; where nobody knows better, it is the first."""

    ENGLISH = "en"
    GERMAN = "de"
    FRENCH = "fr"
    SPANISH = "es"
    CHINESE = "zh"


OWN_NAMES: Mapping[Language, str] = {
    Language.ENGLISH: "English",
    Language.GERMAN: "Deutsch",
    Language.FRENCH: "français",
    Language.SPANISH: "español",
    Language.CHINESE: "中文",
}

_spoken: ContextVar[Language] = ContextVar("spoken", default=Language.ENGLISH)
_BETWEEN_THOUSANDS = {Language.GERMAN: ".", Language.SPANISH: ".", Language.FRENCH: "\u202f"}
_GROUP = 3  # digits
_DATES = {Language.GERMAN: "%d.%m.%Y", Language.CHINESE: "%Y-%m-%d"}


def say(sentence: str, /, **fields: object) -> str:
    """A sentence of ours in the language that is spoken; `fields`: what stands in its braces."""
    words = in_language(sentence, _spoken.get())
    return words.format(**fields) if fields else words


def in_language(sentence: str, language: Language) -> str:
    """Its fields are left open. English where nobody has translated it."""
    if language is Language.ENGLISH:
        return sentence
    return _sentences().get(sentence, {}).get(language, sentence)


def in_any(sentence: str) -> tuple[str, ...]:
    """The sentence in all languages: what was written down may be in another than is spoken."""
    return tuple({in_language(sentence, language): None for language in Language})


def counted(count: int, word: str) -> str:
    """So many of something, such as `3 questions`."""
    is_one = count == 1 or (count == 0 and _spoken.get() is Language.FRENCH)
    return say(f"{{count}} {word}" if is_one else f"{{count}} {word}s", count=count)


def number(count: int) -> str:
    """With its thousands apart."""
    mark, digits = _BETWEEN_THOUSANDS.get(_spoken.get(), ","), str(abs(count))
    ends = [*range(len(digits), 0, -_GROUP), 0][::-1]
    return "-" * (count < 0) + mark.join(digits[begin:end] for begin, end in pairwise(ends))


def fraction(written: str) -> str:
    """A number with a point in it, with the mark that the language has there."""
    return written.replace(".", ",") if _spoken.get() in _BETWEEN_THOUSANDS else written


def day(moment: datetime, *, with_year: bool = False) -> str:
    """A date as people write it: with the month's name in English, in numbers elsewhere."""
    language = _spoken.get()
    if language is Language.ENGLISH:
        return moment.strftime("%d %b %Y" if with_year else "%d %b")
    form = _DATES.get(language, "%d/%m/%Y")
    return moment.strftime(form if with_year else form.replace("%Y-", "").replace("/%Y", ""))


def language_of(tag: str) -> Language | None:
    """The language of a tag such as `de-AT` or `zh_TW`; None where it is none that is spoken."""
    known = {language.value: language for language in Language}
    return known.get(re.split("[-_]", tag.strip().casefold())[0])


def spoken() -> Language:
    """The language in which something said now is said."""
    return _spoken.get()


@contextmanager
def speaking(language: Language | None) -> Iterator[None]:
    """Within it, all is said in this language; None: as before."""
    before = _spoken.set(language or _spoken.get())
    try:
        yield
    finally:
        _spoken.reset(before)


@cache
def _sentences() -> Mapping[str, Mapping[str, str]]:
    """By the English sentence. Nobody who speaks English waits for it."""
    known: dict[str, Mapping[str, str]] = {}
    for file in files(__package__).iterdir():
        if file.name.endswith(".json"):
            known |= json.loads(file.read_text("utf-8"))
    return known
