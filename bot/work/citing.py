"""Material in a turn: what is given along with a question, and what an answer says it took."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import structlog

from bot.core.answers import Answer, remarked
from bot.core.assistants import Assistant
from bot.core.catalogue import Chosen
from bot.core.errors import BotError
from bot.core.materials import Source
from bot.core.ports.finder import Finder
from bot.core.ports.materials import Materials
from bot.core.prompts import Exchange
from bot.core.turns import Turn
from bot.rules.citing import (
    NOT_IN_MATERIAL,
    NOTHING_FOUND,
    named,
    only_sourced,
    source_lines,
    with_found_marks,
    with_known_marks,
    without_half_mark,
)
from bot.rules.finding import give
from bot.rules.retrieval import asked_words
from bot.words import say
from bot.work.holding import HeldTurn, Ports
from bot.work.lent import with_cited

log = structlog.get_logger()


async def material_for(
    turn: Turn, chosen: Chosen, materials: Materials, finder: Finder, only: Sequence[str] = ()
) -> Sequence[Source]:
    """What is given along with a question: the same again where that may have been sent.

    It helps, and never prevents: what cannot be looked up is left out.
    """
    if turn.message.command or not chosen.has_material:
        return ()
    try:
        if turn.is_submitted or turn.tool_steps:
            return await materials.given(turn.id)
        question = turn.message.own_words or turn.message.text
        found = await finder.find(question, chosen.reach, only)
        return await give(materials, turn.id, found) if found else ()
    except BotError as error:
        log.warning("material_not_found", turn=turn.id, error=type(error).__name__)
        return ()


def without_marks(exchange: Exchange) -> Exchange:
    """An earlier answer, whose numbers named other passages."""
    return replace(exchange, answer=with_known_marks(exchange.answer, ()))


def preview_of(assistant: Assistant, material: Sequence[Source]) -> Callable[[str], str]:
    """What is shown of an answer while it is written: no half mark, and nothing without source."""
    if assistant.grounded == "only":
        return lambda _: ""
    return without_half_mark if material else str


async def sources_named(held: HeldTurn, ports: Ports, answer: Answer) -> Answer:
    """The gate after an answer: marks that mean something, and what they mean below it."""
    chosen = await held.scene.chosen()
    answer = await with_cited(answer, held.turn.id, chosen.reach, ports.storage)
    is_only = chosen.assistant.grounded == "only"
    if held.turn.message.command or not (chosen.has_material or is_only):
        return answer
    given = await ports.storage.materials.given(held.turn.id) if chosen.has_material else ()
    sources = {one.number: one for one in given}
    words = with_known_marks(answer.words, sources)
    if not named(words):
        words = with_found_marks(words, given)
    if is_only:
        words, answer = only_sourced(words), replace(answer, thoughts="")
    lines = source_lines(sources, named(words))
    remark = lines or _without_source(held.turn, chosen, is_only=is_only)
    remark = remarked(answer.remark, remark)
    return replace(answer, text=remarked(words, remark), remark=remark)


def _without_source(turn: Turn, chosen: Chosen, *, is_only: bool) -> str:
    """What has nothing to ask about needs no source either."""
    if is_only:
        contact = chosen.value("contact")
        nothing = say(NOTHING_FOUND)
        return f"{nothing} {say('Ask {contact}.', contact=contact)}" if contact else nothing
    return say(NOT_IN_MATERIAL) if asked_words(turn.message.own_words) else ""
