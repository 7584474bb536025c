"""Material that the model's server searches itself: what it may look at, and what it has cited."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.core.answers import Answer, remarked
from bot.core.assignments import Assignment
from bot.core.assistants import FILE_SEARCH
from bot.core.catalogue import Chosen
from bot.core.materials import Source
from bot.core.ports.storage import Storage
from bot.core.prompts import FILE_MARK
from bot.core.turns import Turn
from bot.rules.citing import best_passage, with_known_marks
from bot.rules.finding import give

_MOST = 2  # stores in one request; servers refuse more


async def stores_for(
    turn: Turn, chosen: Chosen, storage: Storage, about: Assignment | None
) -> Sequence[str]:
    """Stores with all that is found from there, and nothing else; none where it is found here.

    An assignment that names its tools or documents is answered by what finds them here; so is a
    question that was given passages before.
    """
    is_wished = FILE_SEARCH in chosen.assistant.hosted and chosen.has_material
    if turn.message.command or not is_wished or (about and (about.tools or about.material)):
        return ()
    if (turn.is_submitted or turn.tool_steps) and await storage.materials.given(turn.id):
        return ()
    stores = await storage.loans.reachable(chosen.reach)
    return stores if len(stores) <= _MOST else ()


async def with_cited(
    answer: Answer, turn_id: int, reach: Sequence[str], storage: Storage
) -> Answer:
    """What the server has cited, as passages of ours; of what is found from there alone."""
    if not FILE_MARK.search(answer.words):
        return answer
    shown = "\n".join(one.output.text for one in answer.hosted)
    words, at, cited = with_known_marks(answer.words, ()), 0, list[Source | None]()
    for mark in FILE_MARK.finditer(words):
        sources = await storage.loans.passages(mark[1], reach)
        cited.append(best_passage(words[at : mark.start()], shown, sources) if sources else None)
        at = mark.end()
    passages = {one.passage_id: one for one in cited if one}
    known = await give(storage.materials, turn_id, [*passages.values()])
    numbers = {one.passage_id: one.number for one in known}
    marks = iter([f" [{numbers[one.passage_id]}]" if one else "" for one in cited])
    words = re.sub(rf"[ \t]*{FILE_MARK.pattern}", lambda _: next(marks), words)
    return replace(answer, text=remarked(words, answer.remark))
