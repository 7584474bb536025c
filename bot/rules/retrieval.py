"""Words that are searched for and found: how a text is cut into them, and when a find is one.

Chinese and Japanese write no spaces: each run of their letters becomes its overlapping pairs.
German joins words to longer ones: they are found by their parts as well (german.py).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from bot.core.materials import Passage, Source
from bot.rules import german

_MOST_WORDS = 24  # of a question
_MOST_PAIRS = 48  # of one that is written without spaces
_FLOOR = 0.3  # of the question's words that have to stand in a passage
_SHORTEST_STEM = 4
_ENDING = 3  # letters in which two forms of a word may differ
_LONG_STEM = 6  # letters; it counts within a longer word, too
_OF_HEADING = 2.0  # what a passage gains whose heading is the question, in best fits
_RARELY = 8  # a power: three quarters of the words in a heading are worth a tenth of that

_EASTERN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_EASTERN}]+|[^\W_{_EASTERN}]+")
_IS_EASTERN = re.compile(rf"[{_EASTERN}]")
_KANA_ALONE = re.compile("[\u3040-\u309f]+")

# What says how something is asked and not what about.
_STOP_WORDS = """
    a about all also am an and any are as at be because been before being but by can cannot could
    did do does doing don done for from get go had has have having he hello her here hi him his how
    i if in into is isn it its just know like me mean means might more most much must my need no
    not now of off ok okay on one or our out over own please say says shall she should show so some
    still such tell than thank thanks that the their them then there these they this those through
    to too up us use used very want was way we well were what when where which while who whom whose
    why will with work would you your
    aber als am an auch auf aus bei bitte bin bis da danke dann das dass dem den der des die dies
    diese dieser doch du ein eine einem einen einer eines er es für gibt hallo hat haben ich ihr im
    in ist ja kann kein keine man mein mich mir mit muss nach nicht noch nur ob oder sein sich sie
    sind so soll über um und uns viel vom von vor war warum was welche wenn wer werden wie wieder
    wir wird wo zu zum zur
    au aux avec ce ces cette comment dans de des du elle en est et eux il je la le les leur lui mais
    merci ne nous où par pas pour quand que quel quelle qui sa se ses son sont sur tu un une vous
"""
_STOP = frozenset(_STOP_WORDS.split())


def indexed(text: str) -> str:
    """A text as its words, cut for an index."""
    words = tuple(_words(text))
    return " ".join(german.indexed(words) if german.is_german(words) else words)


def sought(words: Iterable[str]) -> tuple[str, ...]:
    """All forms in which the words of a question may stand in an index, each once."""
    return tuple(dict.fromkeys(form for word in words for form in (word, *_forms(word))))


def _forms(word: str) -> Iterable[str]:
    return () if _IS_EASTERN.match(word) else german.sought(word)


def best_first(words: Iterable[str], found: Iterable[tuple[Source, float]]) -> list[Source]:
    """By how well their words fit, and more so the more of the question a heading has.

    A heading with a word or two of it says little; one with nearly all of them answers it.
    """
    asked, weighed = tuple(words), [*found]
    best = max((fit for _, fit in weighed), default=0.0)

    def worth(one: tuple[Source, float]) -> float:
        source, fit = one
        return fit + _OF_HEADING * best * covered(asked, source.passage.heading) ** _RARELY

    return [source for source, _ in sorted(weighed, key=worth, reverse=True)]


def asked_words(question: str) -> tuple[str, ...]:
    """What a question is about: its words without those that any question has, each once."""
    found = dict.fromkeys(word for word in _words(question) if not _says_nothing(word))
    return tuple(found)[: _MOST_PAIRS if _IS_EASTERN.search(question) else _MOST_WORDS]


def passes(words: Iterable[str], passage: Passage) -> bool:
    """Whether enough of what is asked stands in a passage for it to be worth reading."""
    asked = tuple(words)
    return bool(asked) and covered(asked, f"{passage.heading} {passage.text}") >= _FLOOR


def covered(words: tuple[str, ...], text: str) -> float:
    """The share of these words that stand in a text, in whichever form."""
    held = set(_words(text))
    stems = {_stem(word) for word in held}
    every = " ".join(held)
    return sum(
        word in held or _stem(word) in stems or _stands_within(every, word) for word in words
    ) / len(words)


def _stands_within(every: str, word: str) -> bool:
    stem = _stem(word)
    return len(stem) >= _LONG_STEM and stem in every


def _words(text: str) -> Iterator[str]:
    plain = unicodedata.normalize("NFKC", text).casefold()
    for match in _WORD.finditer(plain):
        run = match[0]
        if not _IS_EASTERN.match(run) or len(run) == 1:
            yield run
        else:
            yield from (run[at : at + 2] for at in range(len(run) - 1))


def _says_nothing(word: str) -> bool:
    """Pairs of hiragana alone are grammar; single letters of ours are, too."""
    if _IS_EASTERN.match(word):
        return bool(_KANA_ALONE.fullmatch(word))
    return word in _STOP or (len(word) == 1 and not word.isdigit())


def _stem(word: str) -> str:
    """Forms of one word have it in common; so may others: it only has to be worth a look."""
    if _IS_EASTERN.match(word) or len(word) <= _SHORTEST_STEM:
        return word
    return word[: max(_SHORTEST_STEM, len(word) - _ENDING)]
