"""What a run of the Assistants API and its messages say."""

from collections.abc import AsyncIterable, Sequence
from typing import Any

from openai.types.beta.threads import Message, Run

from bot.backends.citations import without_links
from bot.backends.history import history_remainder
from bot.backends.reading import CUT_OFF
from bot.backends.response_parts import MAY_PASS
from bot.backends.thoughts import sifted
from bot.core.answers import Answer, Usage, remarked
from bot.core.errors import BackendRefused, BotError, RunLost
from bot.core.prompts import Prompt
from bot.core.turns import Session
from bot.words import say


def metadata(prompt: Prompt) -> dict[str, str]:
    return {"turn": str(prompt.turn_id)}


async def of_turn(objects: AsyncIterable[Any], prompt: Prompt) -> str | None:
    """The id of the object that carries this turn's metadata, under either of its names."""
    async for found in objects:
        extra = found.model_extra or {}
        if (found.metadata or extra.get("metadata_") or {}) == metadata(prompt):
            return str(found.id)
    return None


def text_of(message: Message) -> str:
    """The words of a message; a refusal's, too."""
    blocks: list[Any] = list(message.content)
    texts = {"text": lambda block: block.text.value, "refusal": lambda block: block.refusal}
    return "".join(texts[block.type](block) for block in blocks if block.type in texts)


def answer_of(run: Run, messages: Sequence[Message], used: Usage | None) -> Answer:
    """The words of a run that has ended; none where it only did something."""
    sieve = sifted("\n\n".join(filter(None, map(text_of, messages))))
    remark = say(CUT_OFF) if run.status == "incomplete" else ""
    return Answer(
        remarked(without_links(sieve.said), remark),
        model=run.model,
        usage=used,
        remark=remark,
        thoughts=sieve.thoughts,
    )


def failure(run: Run) -> BotError:
    code, words = (run.last_error.code, run.last_error.message) if run.last_error else ("", "")
    detail = f"run {run.id} {run.status}: {code} {words}"
    if run.status == "expired" or code in MAY_PASS:
        return RunLost(detail)
    if run.status == "cancelled":
        return BackendRefused(detail, notice="The AI service gave up this answer.")
    return BackendRefused(detail)


def usage(run: Run, session: Session, prompt: Prompt) -> Usage | None:
    if run.usage is None:
        return None
    return Usage(
        input_tokens=run.usage.prompt_tokens,
        history_tokens=history_remainder(prompt, session, run.usage.prompt_tokens),
        output_tokens=run.usage.completion_tokens,
    )
