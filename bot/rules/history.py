"""How much of a conversation an answer takes along, and which part of it is to be summed up."""

from collections.abc import Sequence

from bot.core.prompts import Exchange
from bot.core.text import estimate_tokens

TOKENS_PER_MESSAGE = 4  # what a chat template adds, roughly
_FULL = 3 / 4  # of the room: then the older part is summed up
_WORD_FOR_WORD = 1 / 5  # of the room: the newest part
_GROWN = 2 / 5  # of the room, since the last summary was tried: only then it is tried again
_SUMMARY = 1 / 4  # of the room: no summary is longer


def tokens_of(exchange: Exchange) -> int:
    texts = (exchange.question, exchange.answer)
    return sum(estimate_tokens(text) + TOKENS_PER_MESSAGE for text in texts)


def tokens_in(history: Sequence[Exchange]) -> int:
    return sum(map(tokens_of, history))


def newest_within(history: Sequence[Exchange], budget: int) -> list[Exchange]:
    """The newest exchanges that fit into `budget` tokens (estimated), the oldest first.

    The summary of all that came before them stays, if it fits.
    """
    summary = [one for one in history[:1] if one.is_summary and tokens_of(one) <= budget]
    budget -= tokens_in(summary)
    kept: list[Exchange] = []
    for exchange in reversed(history[len(summary) :]):
        budget -= tokens_of(exchange)
        if budget < 0 or exchange.is_summary:
            break
        kept.append(exchange)
    return [*summary, *kept[::-1]]


def halved(history: Sequence[Exchange]) -> list[Exchange]:
    """The newer half; a summary goes last."""
    summary = [one for one in history[:1] if one.is_summary]
    rest = history[len(summary) :]
    return [*summary, *rest[(len(rest) + 1) // 2 :]] if rest else []


def is_full(tokens: int, room: int) -> bool:
    return tokens > room * _FULL


def to_sum_up(history: Sequence[Exchange], room: int, tried: int) -> Sequence[Exchange]:
    """The older part of a full history, whose newest exchange stays as it is; mostly nothing.

    `tried`: the last turn that the newest summary was to tell of, whatever became of it.
    """
    newest = newest_within(
        [one for one in history if not one.is_summary], int(room * _WORD_FOR_WORD)
    )
    older = history[: -max(len(newest), 1)]
    if not older or older[-1].is_summary:
        return ()
    since = tokens_in([one for one in history if one.turn_id > tried])
    if tried and tried != older[-1].turn_id and since <= room * _GROWN:
        return ()
    return older


def cut_to_size(words: str, room: int) -> str:
    """A summary, no longer than it may be."""
    most = max(int(room * _SUMMARY), 1)
    while (tokens := estimate_tokens(words)) > most:
        words = words[: min(len(words) * most // tokens, len(words) - 1)]
    return words.rstrip()
