"""What of the material is worth reading for a question."""

from collections.abc import Sequence

from bot.core.materials import Source
from bot.core.ports.materials import Materials
from bot.core.text import estimate_tokens
from bot.rules.retrieval import asked_words, passes

MOST_GIVEN = 5  # passages at a time
_MOST_TOKENS = 1500  # of them, as we count
_LOOKED_AT = 10


async def find(materials: Materials, question: str, scopes: Sequence[str]) -> Sequence[Source]:
    """The best passages that have enough of the question's words, as many as fit."""
    words = asked_words(question)
    found = await materials.search(words, scopes, _LOOKED_AT)
    kept, room = [], _MOST_TOKENS
    for one in [one for one in found if passes(words, one.passage)][:MOST_GIVEN]:
        room -= estimate_tokens(one.passage.text)
        if room < 0:
            break
        kept.append(one)
    return kept


async def give(materials: Materials, turn_id: int, found: Sequence[Source]) -> Sequence[Source]:
    """The same under the numbers by which the turn's answer may name them."""
    ids = [one.passage_id for one in found]
    await materials.give(turn_id, ids)
    return [one for one in await materials.given(turn_id) if one.passage_id in ids]
