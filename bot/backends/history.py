"""Which part of a conversation is sent along, where we keep the conversation ourselves."""

from collections.abc import Callable, Sequence
from contextlib import aclosing

from bot.core.answers import AnswerEvents
from bot.core.errors import ContextTooLong
from bot.core.prompts import Exchange, Prompt, with_texts
from bot.core.text import estimate_tokens
from bot.core.turns import Session

_TOKENS_PER_MESSAGE = 4  # what a chat template adds, roughly


async def with_history(
    prompt: Prompt, complete: Callable[[Sequence[Exchange]], AnswerEvents]
) -> AnswerEvents:
    """Complete with the history that fits the budget; where the server can take less, with less.

    Raises ContextTooLong when the message alone is too long.
    """
    history = newest_within(await prompt.recall(), prompt.assistant.history_tokens)
    while True:
        try:
            async with aclosing(complete(history)) as events:
                async for event in events:
                    yield event
        except ContextTooLong:
            if not history:
                raise
            history = history[(len(history) + 1) // 2 :]  # the older half is forgotten
        else:
            return


def newest_within(history: Sequence[Exchange], budget: int) -> list[Exchange]:
    """The newest exchanges that fit into `budget` tokens (estimated), the oldest first."""
    kept: list[Exchange] = []
    for exchange in reversed(history):
        budget -= tokens_of(exchange)
        if budget < 0:
            break
        kept.append(exchange)
    return kept[::-1]


def tokens_of(exchange: Exchange) -> int:
    texts = (exchange.question, exchange.answer)
    return sum(estimate_tokens(text) + _TOKENS_PER_MESSAGE for text in texts)


def history_share(prompt: Prompt, history: Sequence[Exchange], input_tokens: int) -> int:
    """How many of a run's input tokens were history, by proportion of the estimates."""
    old = sum(tokens_of(exchange) for exchange in history)
    new = estimate_tokens(prompt.assistant.instructions) + estimate_tokens(with_texts(prompt))
    return round(input_tokens * old / (old + new)) if old else 0


def history_remainder(prompt: Prompt, session: Session, input_tokens: int) -> int:
    """The same where the server keeps the history: what is neither instructions nor message."""
    if session.cursor is None:
        return 0
    texts = (prompt.assistant.instructions, with_texts(prompt))
    return max(0, input_tokens - sum(estimate_tokens(t) + _TOKENS_PER_MESSAGE for t in texts))


def as_messages(history: Sequence[Exchange]) -> list[dict[str, str]]:
    messages = []
    for exchange in history:
        messages.append({"role": "user", "content": exchange.question})
        messages.append({"role": "assistant", "content": exchange.answer})
    return messages
