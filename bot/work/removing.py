"""An answer that shows a solution where none may be shown: asked for once more, or kept back.

What was thrown away is told to nobody, the model included: it is asked anew, from what was kept. So
no request holds it; and the session in which it was said is left, and deleted at its server.
"""

import asyncio
from contextlib import aclosing
from dataclasses import replace

import structlog

from bot.core import answers
from bot.core.answers import Answer, Kind, Usage
from bot.core.errors import BotError
from bot.core.ports.storage import Kept
from bot.core.prompts import Prompt
from bot.words import say
from bot.work.holding import HeldTurn, Ports

log = structlog.get_logger()

_ANEW = """\
A first answer to this was thrown away, because it showed a solution. Answer again in at most three
sentences: one hint and one question, without any code."""
KEPT_BACK = (
    "My answer would have shown a solution, so I keep it back; that costs you nothing. Ask about "
    "the step where you are stuck, or ask a human."
)


async def without_solution(held: HeldTurn, ports: Ports, answer: Answer) -> Answer:
    """A gate: code looks, the model tries again, and code looks once more."""
    teaching = await held.lesson.teaching(held.turn)
    if teaching is None or held.prompt is None:
        return answer
    if teaching.is_guarded:
        answer = replace(answer, thoughts="")
    if not teaching.gives_away(answer.text):
        return answer
    held.is_unclean = True
    again = await _asked_anew(held.prompt, held, ports)
    log.info("solution_removed", turn=held.turn.id, is_answered=again is not None)
    usage = _sum(answer.usage, again.usage if again else None)
    if again is not None and again.words and not teaching.gives_away(again.text):
        return replace(again, thoughts="", usage=usage)
    kept_back = replace(answer, text=say(KEPT_BACK), kind=Kind.NOTICE, usage=usage)
    return replace(kept_back, remark="", thoughts="")


async def _asked_anew(prompt: Prompt, held: HeldTurn, ports: Ports) -> Answer | None:
    """None where it comes to nothing: then the answer is kept back."""
    anew = replace(
        prompt,
        teaching=f"{prompt.teaching}\n\n{_ANEW}",
        session=None,
        run=None,
        run_at=None,
        is_submitted=False,
        tools=(),
        steps=(),
        is_live=False,
    )
    try:
        async with asyncio.timeout(ports.deadline):
            return await _answer_of(anew, ports)
    except (BotError, TimeoutError) as error:
        held.log.warning("not_asked_anew", error=type(error).__name__)
        return None


async def _answer_of(prompt: Prompt, ports: Ports) -> Answer | None:
    """What its server keeps of it is noted as soon as it is known, to be deleted there."""
    session, people = "", ports.storage.people
    async with aclosing(ports.backend.answer(prompt)) as events:
        async for event in events:
            match event:
                case answers.SessionOpened(session, _):
                    await people.leave(Kept(ports.backend.name, session, ()))
                case answers.RunStarted(run, _) if session:
                    await people.leave(Kept(ports.backend.name, session, (run,)))
                case answers.Finished():
                    return event.answer
    return None


def _sum(one: Usage | None, other: Usage | None) -> Usage | None:
    """Both were paid for."""
    if one is None or other is None:
        return one or other
    tokens = [name for name in Usage.__slots__ if name != "cost"]
    both = Usage(**{name: getattr(one, name) + getattr(other, name) for name in tokens})
    is_priced = one.cost is not None and other.cost is not None
    return replace(both, cost=(one.cost or 0) + (other.cost or 0) if is_priced else None)
