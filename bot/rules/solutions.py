"""Whether a text shows a finished solution: one that looks like it, or one that staff have kept.

It sees code in the dresses that are listed here, and a kept solution under its own names. It cannot
see an idea told in sentences of its own.
"""

import base64
import binascii
import codecs
import re
import unicodedata
from collections.abc import Iterator, Sequence

_MOST_LINES = 3  # of code, in help that gives nothing away
_OVERLAP = 0.3  # of a kept solution's runs of three words
_RUN = 3
_UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_BLOB = re.compile(r"[A-Za-z0-9+/=_-]{60,}")
_SPAN = re.compile(r"`([^`\n]+)`")
_STEP_IN_SPAN = re.compile(r"\\n|;|(?<=:) ")
_TABLE_ROW = re.compile(r"^\s*\|(.*)\|\s*$", re.MULTILINE)
_MARKUP = re.compile(r"</?(?:pre|code|br|li|p)\s*/?>", re.IGNORECASE)
_BEFORE_CODE = r"^\s*(?:[>+|\-*#\d.)`]+\s*)*"
_CODE = re.compile(
    _BEFORE_CODE
    + r"""(?:
      (?:def|class|fn|func|function|public|private|static|void|int|double|float|var|let|const)\s.*
    | (?:for|while|if|elif|else\ if|switch|try|with)\b.*[:{]\s*`?$
    | (?:else|try|finally)\s*[:{].*
    | (?:return|import|from|print|echo|using|package)\b.*[\w)\]"';]`?$
    | \#include.*
    | [\w.\[\]()]+\s*(?:[-+*/%|&^]|//|\*\*)?=[^=].*
    | [\w.]+\(.*\)\s*;?`?$
    | [{}]\s*;?$
    | .*;\s*`?$
    )""",
    re.VERBOSE,
)
_NO_CODE = re.compile(r"^[^`]*\w[ ,]\w+[ ,]\w+[ ,]\w+[^=({`]*[.!?]$")  # a sentence
_WORD = re.compile(r"\w+")
# What somebody says who reads code aloud.
_ALOUD = """a an the of colon equals equal plus minus times by divided comma dot open close bracket
parenthesis next line then finally begin start with new indent indented set to and is"""
_READ_ALOUD = frozenset(_ALOUD.split())
_NUMERALS = {"zero": "0", "one": "1", "two": "2"}


def shows_solution(text: str, kept: Sequence[str], *, is_example: bool = False) -> bool:
    """`is_example`: it is to show code, of another problem, so only kept solutions count."""
    dresses = [*_undressed(text)]
    if any(overlap(dress, one) >= _OVERLAP for dress in dresses for one in kept):
        return True
    return not is_example and (_is_encoded(text) or code_lines(text) > _MOST_LINES)


def code_lines(text: str) -> int:
    """How many lines look like code, wherever they stand."""
    return len(code_in(text))


def code_in(text: str) -> Sequence[str]:
    """The lines that look like code."""
    return [line for line in _lines(_plain(text)) if _is_code(line)]


def overlap(text: str, kept: str) -> float:
    """Which part of a kept solution's runs of words stands in a text."""
    wanted = _runs(kept)
    return len(wanted & _runs(text)) / len(wanted) if wanted else 0.0


def _lines(text: str) -> Iterator[str]:
    text = _MARKUP.sub("\n", _TABLE_ROW.sub(lambda row: row[1].rpartition("|")[2], text))
    for line in text.splitlines():
        spans = [span for span in _SPAN.findall(line) if len(_STEP_IN_SPAN.split(span)) > 1]
        if spans:
            yield from (step for span in spans for step in _STEP_IN_SPAN.split(span))
        elif line.strip():
            yield line


def _is_code(line: str) -> bool:
    return bool(line.strip()) and bool(_CODE.match(line)) and not _NO_CODE.match(line)


def _plain(text: str) -> str:
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text))


def _undressed(text: str) -> Iterator[str]:
    """The text, and what it may be the disguise of."""
    plain = _plain(text)
    yield plain
    yield codecs.encode(plain, "rot13")
    yield plain[::-1]
    for blob in _BLOB.findall(plain):
        try:
            yield base64.b64decode(blob + "==", altchars=b"-_").decode("utf-8", "ignore")
        except binascii.Error:
            continue


def _is_encoded(text: str) -> bool:
    """A long word that is no address: nobody reads it as it stands."""
    return any(not blob.islower() for blob in _BLOB.findall(_plain(text)))


def _runs(text: str) -> set[tuple[str, ...]]:
    words = [_NUMERALS.get(word, word) for word in _WORD.findall(_plain(text).casefold())]
    words = [word for word in words if word not in _READ_ALOUD]
    return {tuple(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1)}
