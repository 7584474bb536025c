"""What of the material is worth reading for a question."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from bot.core.materials import Source
from bot.core.ports.materials import Materials
from bot.core.text import estimate_tokens
from bot.rules.retrieval import passes

MOST_GIVEN = 5  # passages at a time
LOOKED_AT = 10
_MOST_TOKENS = 1500  # of them, as we count
_SMOOTH = 60  # ranks: being first in one list is worth less than being high in two


def worth_reading(words: Sequence[str], found: Iterable[Source]) -> list[Source]:
    """Those that have enough of the question's words."""
    return [one for one in found if passes(words, one.passage)]


def of_documents(found: Iterable[Source], only: Sequence[str]) -> list[Source]:
    """Of those alone that are named, such as `lecture-3*`; of all where none is."""
    patterns = [one.casefold() for one in only]
    return [
        one
        for one in found
        if not patterns or any(fnmatchcase(one.name.casefold(), each) for each in patterns)
    ]


def looked_at(only: Sequence[str]) -> int:
    """Of some documents alone, further down as well."""
    return LOOKED_AT * 10 if only else LOOKED_AT


def fused(*lists: Sequence[Source]) -> list[Source]:
    """By their ranks alone: what two ways of finding say of a passage cannot be compared."""
    worth, known = defaultdict[int, float](float), dict[int, Source]()
    for found in lists:
        for rank, one in enumerate(found):
            worth[one.passage_id] += 1 / (_SMOOTH + rank)
            known.setdefault(one.passage_id, one)
    return [known[id_] for id_ in sorted(worth, key=lambda id_: -worth[id_])]


def as_many_as_fit(found: Iterable[Source]) -> Sequence[Source]:
    """The best of them."""
    kept: list[Source] = []
    room = _MOST_TOKENS
    for one in found:
        room -= estimate_tokens(one.passage.text)
        if room < 0 or len(kept) == MOST_GIVEN:
            break
        kept.append(one)
    return kept


async def give(materials: Materials, turn_id: int, found: Sequence[Source]) -> Sequence[Source]:
    """The same under the numbers by which the turn's answer may name them."""
    ids = [one.passage_id for one in found]
    await materials.give(turn_id, ids)
    return [one for one in await materials.given(turn_id) if one.passage_id in ids]
