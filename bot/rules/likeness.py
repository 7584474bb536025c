"""Whether two questions are the same one; and which of many are nearest to one.

No score of likeness can be trusted to answer: of questions that look alike ("homework 3", "homework
4") it is always one that differs in a word. So two are the same where their content words are.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

_WORD = re.compile(r"[\w'’]+(?:\.\d+)*")
# What says nothing about what is asked.
_IDLE_WORDS = """
a an the is are was were be been am do does did done i we my our me us you your it its to of in on
for at by with from and or so as can could will would shall should may might must have has had
this that these those there s re ll d m hi hello hey quick question thanks thank thx please pls
help allowed able way how what when where who whom why which if"""
_IDLE = frozenset(_IDLE_WORDS.split())
_ASKS = frozenset({"when", "where", "who", "why"})
_DENIES = re.compile(
    r"\b(?:not|no|never|without|cannot|nicht|kein\w*|ne|pas|sans|nunca)\b|n['’]t\b"
)
_LETTERS_FOR_TYPO = 5
_FEWEST_SAID = 4  # words in a row: fewer are everybody's
_FEWEST = 2  # content words: less is no question to go by


def same_question(one: str, other: str) -> bool:
    """Whether what was answered to one answers the other."""
    mine, theirs = set(_content(one)), set(_content(other))
    if len(mine) < _FEWEST or _denies(one) != _denies(other) or _asks(one) != _asks(other):
        return False
    return _all_in(mine, theirs) and _all_in(theirs, mine)


def repeats(words: str, said: str) -> bool:
    """Whether something in these words was taken over from what somebody said."""
    return bool(_runs(words) & _runs(said))


def _runs(text: str) -> set[tuple[str, ...]]:
    """Of so many words in a row as nobody else happens to choose."""
    words = tuple(re.findall(r"\w+", text.casefold()))
    if len(words) < _FEWEST_SAID:
        return set()
    return {words[at : at + _FEWEST_SAID] for at in range(len(words) - _FEWEST_SAID + 1)}


def nearest(question: str, known: Sequence[str], most: int) -> Sequence[int]:
    """The places of the known questions that share the rarest words with this one."""
    bags = [Counter(_content(each)) for each in known]
    found = Counter(word for bag in bags for word in bag)
    rarity = {word: math.log((len(known) + 1) / (times + 0.5)) for word, times in found.items()}
    asked = Counter(_content(question))
    scores = [_shared(asked, bag, rarity) for bag in bags]
    best = sorted(range(len(known)), key=lambda place: -scores[place])
    return [place for place in best[:most] if scores[place] > 0]


def _shared(one: Counter[str], other: Counter[str], rarity: Mapping[str, float]) -> float:
    both = sum(rarity[word] ** 2 for word in one.keys() & other.keys())
    return both / math.sqrt(sum(rarity[word] ** 2 for word in other) or 1.0)


def _content(question: str) -> Iterator[str]:
    for place, word in enumerate(_WORD.findall(question)):
        plain = word.casefold().replace("’", "'")
        plain = plain.removesuffix("n't").removesuffix("'s").removesuffix("'")
        is_name = len(word) == 1 and word.isupper() and word != "I" and place > 0  # as in "part A"
        if is_name or (plain and plain not in _IDLE):
            yield plain[:-1] if len(plain) > 3 and plain.endswith("s") else plain  # noqa: PLR2004


def _asks(question: str) -> frozenset[str]:
    return _ASKS.intersection(re.findall(r"\w+", question.casefold()))


def _denies(question: str) -> bool:
    return bool(_DENIES.search(question.casefold()))


def _all_in(words: set[str], others: set[str]) -> bool:
    return all(word in others or any(_is_typo(word, other) for other in others) for word in words)


def _is_typo(word: str, other: str) -> bool:
    """One letter more, less, another, or two that changed places; never of a number."""
    if len(word) < _LETTERS_FOR_TYPO or word[0] != other[:1] or not word.isalpha():
        return False
    if abs(len(word) - len(other)) > 1:
        return False
    short, long = sorted((word, other), key=len)
    at = next(
        (i for i, pair in enumerate(zip(short, long, strict=False)) if pair[0] != pair[1]), -1
    )
    if at < 0:
        return True
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = short[:at] + short[at + 1 : at + 2] + short[at] + short[at + 2 :]
    return short[at + 1 :] == long[at + 1 :] or swapped == long
