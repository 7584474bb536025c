"""German words for an index: without their endings, and by their parts.

Its words grow by joining others (*Papier*, *Standardpapiergröße*), so the pieces of the longer
ones are kept beside them. Both with a sign in front, that nothing of it meets other languages.
"""

import re
from collections.abc import Iterator, Sequence

_COMMON = frozenset(
    {"als", "auch", "auf", "bei", "das", "dem", "den", "der", "die", "ein", "eine", "für", "im"}
    | {"ist", "kann", "mit", "nicht", "oder", "sich", "sie", "und", "von", "werden", "wird", "zu"}
)
_LEAST_COMMON = 3  # of these in a text that is German
_UMLAUTS = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss"})
_ENDING = re.compile(r"(?:ungen|heiten|keiten|erin|innen|ern|em|en|er|es|[esn])$")
_SHORT_ENDING = re.compile("[esn]$")
_SHORT = 5  # letters; shorter ones keep their endings
_PIECE = 4  # letters
_OF_STEM, _OF_PIECE = "qq", "q"  # no word of another language stands below these
_APART = 2  # letters between the pieces that are asked for: enough to meet those that are kept


def is_german(words: Sequence[str]) -> bool:
    return len(_COMMON.intersection(words)) >= _LEAST_COMMON


def indexed(words: Sequence[str]) -> Iterator[str]:
    """What an index keeps of a German text."""
    for word in words:
        stem = _stem(word)
        yield _OF_STEM + stem
        yield from _pieces(stem, 1)


def sought(word: str) -> Iterator[str]:
    """What it is found by in one; in other languages nothing stands under these."""
    stem = _stem(word)
    yield _OF_STEM + stem
    yield from _pieces(stem, _APART)


def _stem(word: str) -> str:
    plain = word.translate(_UMLAUTS)
    if len(plain) < _SHORT:
        return plain
    return (_SHORT_ENDING if len(plain) == _SHORT else _ENDING).sub("", plain)


def _pieces(stem: str, apart: int) -> Iterator[str]:
    if len(stem) > _PIECE:
        for at in range(0, len(stem) - _PIECE + 1, apart):
            yield _OF_PIECE + stem[at : at + _PIECE]
