"""Which part of a conversation is sent along, where we keep the conversation ourselves."""

from collections.abc import Callable, Sequence
from contextlib import aclosing

from bot.backends.contexts import Contexts
from bot.backends.failures import Unexplained
from bot.backends.habits import Habits
from bot.core.answers import AnswerEvents
from bot.core.assistants import Assistant
from bot.core.errors import ContextTooLong
from bot.core.prompts import Exchange, Prompt, with_texts
from bot.core.text import estimate_tokens
from bot.core.turns import Session
from bot.rules.history import TOKENS_PER_MESSAGE, halved, newest_within, tokens_in

_SMALL = 1500  # tokens that every model takes in


async def with_history(
    prompt: Prompt,
    complete: Callable[[Sequence[Exchange]], AnswerEvents],
    habits: Habits,
    contexts: Contexts,
) -> AnswerEvents:
    """Complete with the history that fits the budget; where the server can take less, with less.

    A refusal that nobody understands may be about the length: it is believed when it comes with
    half of the history, and with none of it. Raises ContextTooLong when the message alone is too
    long. What fitted then is remembered.
    """
    learned = habits.of(prompt.assistant)
    remembered = await prompt.recall()
    if _size(prompt, remembered) > _SMALL:
        await contexts.heed(prompt.assistant, learned)
    history = newest_within(remembered, budget_of(prompt, habits))
    refusal: ContextTooLong | Unexplained | None = None
    while True:
        try:
            async with aclosing(complete(history)) as events:
                async for event in events:
                    yield event
        except (ContextTooLong, Unexplained) as error:
            if not history:
                if isinstance(error, Unexplained) and refusal:
                    raise refusal from error
                raise
            is_guess = isinstance(error, Unexplained) and refusal is not None
            history = [] if is_guess else halved(history)
            refusal = refusal or error
        else:
            if refusal:
                learned.room = _size(prompt, history)
            return


def halve_room(prompt: Prompt, sent: Sequence[Exchange], habits: Habits) -> None:
    """What was sent along was too much: half of it next time."""
    half = tokens_in(sent) // 2
    habits.of(prompt.assistant).room = _size(prompt, []) + half


def budget_of(prompt: Prompt, habits: Habits) -> int:
    """Tokens of history that may be sent along."""
    wanted, room = prompt.assistant.history_tokens, habits.of(prompt.assistant).room
    return wanted if room is None else min(wanted, room - _size(prompt, []))


def room_of(assistant: Assistant, habits: Habits) -> int:
    """The same of whatever is asked, more or less."""
    room = habits.of(assistant).room
    return assistant.history_tokens if room is None else min(assistant.history_tokens, room)


def _size(prompt: Prompt, history: Sequence[Exchange]) -> int:
    """Tokens of a request, estimated."""
    texts = (prompt.instructions, with_texts(prompt))
    new = sum(estimate_tokens(text) + TOKENS_PER_MESSAGE for text in texts)
    return new + tokens_in(history)


def history_share(prompt: Prompt, history: Sequence[Exchange], input_tokens: int) -> int:
    """How many of a run's input tokens were history, by proportion of the estimates."""
    old = tokens_in(history)
    new = estimate_tokens(prompt.instructions) + estimate_tokens(with_texts(prompt))
    return round(input_tokens * old / (old + new)) if old else 0


def history_remainder(prompt: Prompt, session: Session, input_tokens: int) -> int:
    """The same where the server keeps the history: what is neither instructions nor message."""
    if session.cursor is None:
        return 0
    texts = (prompt.instructions, with_texts(prompt))
    return max(0, input_tokens - sum(estimate_tokens(t) + TOKENS_PER_MESSAGE for t in texts))


def as_messages(history: Sequence[Exchange]) -> list[dict[str, str]]:
    messages = []
    for exchange in history:
        messages.append({"role": "user", "content": exchange.question})
        messages.append({"role": "assistant", "content": exchange.answer})
    return messages
