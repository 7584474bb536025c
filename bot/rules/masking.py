"""Words for a model in which aliases stand for people and files, and the way back.

What an adapter says is a name is one. Besides, full names of people of this conversation are found
as somebody typed them, and addresses; a first name alone may be any word, and stays.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from bot.core.aliases import FILE, Alias
from bot.core.files import TEXT, File
from bot.core.messages import Author, Message
from bot.core.named import Named
from bot.core.quoting import Quote, one_line, speaker

SOMEONE = "someone"
_ADDRESS = re.compile(r"[\w.+-]{2,64}@(?:[\w-]{2,63}\.)+[A-Za-z]{2,24}+(?!\.?[\w(\[])")
_INSTEAD_OF_ADDRESS = "(an address)"
_FEWEST_LETTERS = 6  # of a full name: fewer are found in ordinary words
_FEWEST_SIGNS = 3  # of one that is written without spaces
_FIRST_SIGN = "\u3040"  # from here on a sign is a syllable, or a word
_JOINT = r"[\s.,_-]+"
_BORDERS = r"(?<![^\W_]){}(?![^\W_])"
_MARKUP = re.compile(r"[*`~<>\[\]|\\]")


class Mask:
    """`user`: who asks, as the model's server may tell people apart."""

    hides = True

    def __init__(self, aliases: Sequence[Alias], user: str = "") -> None:
        self._aliases = {one.subject: one for one in aliases}
        self.user = user

    def speaker(self, message: Message) -> str:
        return self._of(message.author.id)

    def message(self, message: Message) -> Message:
        """As the model is told it; what it quotes is still how it begins."""
        files = tuple(replace(one, name=self._of(f"{FILE}{one.id}")) for one in message.attachments)
        quoted = self.text(message.quoted, message.named)
        own = self.text(message.text.removeprefix(message.quoted), message.named)
        author = Author(message.author.id, self.speaker(message))
        return replace(
            message, author=author, text=quoted + own, quoted=quoted, attachments=files, named=()
        )

    def quote(self, quote: Quote) -> Quote:
        words = self.text(quote.words, quote.named)
        return replace(quote, name=self._of(quote.author), words=words, named=())

    def file(self, file: File) -> File:
        """A text; its name is masked with the message it came with."""
        words = self.text(file.data.decode("utf-8", "replace"))
        return replace(file, mime=TEXT, data=words.encode("utf-8", "replace"))

    def text(self, text: str, named: Sequence[Named] = ()) -> str:
        """Addresses go first: a name may be part of one."""
        text = _ADDRESS.sub(_INSTEAD_OF_ADDRESS, unicodedata.normalize("NFC", text))
        stands = {one.written: self._instead(one) for one in named if one.written}
        stands |= {one.name: one.alias for one in self._aliases.values() if one.is_file}
        return self._without_full_names(_replaced(text, stands))

    def revealed(self, text: str) -> str:
        """What the model said, with the names of those it speaks of."""
        return revealed(text, [*self._aliases.values()])

    def _of(self, subject: str) -> str:
        known = self._aliases.get(subject)
        return known.alias if known else SOMEONE

    def _instead(self, named: Named) -> str:
        alias = named.instead or self._of(named.person)
        return named.written.replace(named.name, alias) if named.name else alias

    def _without_full_names(self, text: str) -> str:
        pattern, aliases = self._full_names
        if not aliases:
            return text
        parts, last = [], 0
        for found in pattern.finditer(_folded(text)):
            parts += [text[last : found.start()], aliases[int((found.lastgroup or "")[1:])]]
            last = found.end()
        return "".join([*parts, text[last:]])

    @cached_property
    def _full_names(self) -> tuple[re.Pattern[str], Sequence[str]]:
        people = [one for one in self._aliases.values() if not one.is_file]
        forms = [(form, one.alias) for one in people for form in _forms(one.name)]
        forms.sort(key=lambda one: -len(one[0]))
        groups = (f"(?P<n{number}>{form})" for number, (form, _) in enumerate(forms))
        return re.compile("|".join(groups)), [alias for _, alias in forms]


class NoMask(Mask):
    """Outside of a course everything is told as it is."""

    hides = False

    def __init__(self) -> None:
        super().__init__(())

    def speaker(self, message: Message) -> str:
        return message.author.name

    def message(self, message: Message) -> Message:
        return message

    def quote(self, quote: Quote) -> Quote:
        return quote

    def file(self, file: File) -> File:
        return file

    def text(self, text: str, named: Sequence[Named] = ()) -> str:
        return text


def revealed(text: str, aliases: Sequence[Alias]) -> str:
    names = {one.alias: _shown(one) for one in aliases if one.name}
    return _replaced(text, names, r"(?<!\w)(?:{})(?!\w)")


def _shown(alias: Alias) -> str:
    """A name as plain words, whatever somebody has made of it."""
    name = one_line(alias.name) if alias.is_file else speaker(alias.name)
    return _MARKUP.sub("", name) or alias.alias


def _replaced(text: str, stands: Mapping[str, str], within: str = "{}") -> str:
    """The longest first: one may begin with another."""
    if not stands:
        return text
    written = sorted(map(re.escape, stands), key=len, reverse=True)
    pattern = re.compile(within.format("|".join(written)))
    return pattern.sub(lambda found: stands[found[0]], text)


def _forms(name: str) -> Sequence[str]:
    """Patterns of the ways to type a name, folded."""
    words = _folded(unicodedata.normalize("NFC", name)).split()
    called = r"\s+".join(map(re.escape, words))
    if not words:
        return ()
    at_sign = rf"@{called}(?![^\W_])"
    if len(words) == 1:
        is_full = len(name) >= _FEWEST_SIGNS and all(sign >= _FIRST_SIGN for sign in words[0])
        return (at_sign, called) if is_full else (at_sign,)
    if sum(map(len, words)) < _FEWEST_LETTERS:
        return (at_sign,)
    orders = [words, words[::-1]] if len(words) == 2 else [words]  # noqa: PLR2004
    joined = (_JOINT.join(map(re.escape, order)) for order in orders)
    return (at_sign, *(_BORDERS.format(one) for one in joined))


class _Folding(dict[int, str]):
    """Sign by sign, so that a place in the folded text is the same place in the text."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        parts = unicodedata.normalize("NFKD", sign)
        plain = parts[0] if all(map(unicodedata.combining, parts[1:])) else sign
        small = plain.casefold()
        self[code] = small if len(small) == 1 else plain
        return self[code]


_FOLDING = _Folding()


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else text.translate(_FOLDING)
