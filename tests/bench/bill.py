"""What a conversation of 100 questions costs: sent whole each time, and within its room.

Nothing is asked: what would be sent follows from the rules that hold, and what it costs from the
table of prices. A server takes for cached what begins like the request before it, by 128 tokens and
from 1,024 on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.core.assistants import Assistant
from bot.core.prompts import Exchange
from bot.core.summaries import record_of, remembered
from bot.core.text import estimate_tokens
from bot.prices import price_of
from bot.rules.history import is_full, newest_within, to_sum_up, tokens_in
from tests.bench.figures import Figure
from tests.bench.scenes import Stage

MODEL = "gpt-5.5"
QUESTIONS = 100
_ROOM = Assistant().history_tokens
_QUESTION, _ANSWER, _INSTRUCTIONS, _SUMMARY = 60, 300, 150, 500  # tokens
_LEAST, _STEP = 1024, 128  # tokens, of what can be cached


@dataclass(frozen=True)
class _Run:
    input: int
    cached: int
    output: int

    def price(self, *, is_cached: bool) -> Decimal:
        cached = self.cached if is_cached else 0
        price = price_of(
            "responses",
            MODEL,
            input_tokens=self.input,
            cached=cached,
            output_tokens=self.output,
        )
        return price or Decimal(0)


async def measure(stage: Stage) -> None:
    ways = {"whole history each time": list(whole()), "as it is": list(within_room())}
    for is_cached in (False, True):
        said = "cached" if is_cached else "not cached"
        whole_cost, own_cost = (cost(runs, is_cached=is_cached) for runs in ways.values())
        stage.figures.append(
            Figure(
                name=f"bill: {QUESTIONS} questions to {MODEL}, {said}",
                value=float(own_cost),
                floor=float(whole_cost),
                unit="USD",
            )
        )


def cost(runs: Sequence[_Run], *, is_cached: bool) -> Decimal:
    return sum((run.price(is_cached=is_cached) for run in runs), Decimal(0))


def whole() -> Iterator[_Run]:
    """As the first description had it."""
    said = 0
    for _ in range(QUESTIONS):
        yield _Run(_INSTRUCTIONS + said + _QUESTION, _cacheable(_INSTRUCTIONS + said), _ANSWER)
        said += _QUESTION + _ANSWER


def within_room() -> Iterator[_Run]:
    """The oldest of it as a summary, once it fills its room."""
    said: list[Exchange] = []
    known = 0  # of the history, what the request before began with
    for number in range(1, QUESTIONS + 1):
        history = newest_within(said, _ROOM)
        old = tokens_in(history)
        yield _Run(_INSTRUCTIONS + old + _QUESTION, _cacheable(_INSTRUCTIONS + known), _ANSWER)
        said.append(Exchange("q" * 4 * _QUESTION, "a" * 4 * _ANSWER, number))
        known = tokens_in(said)
        older = to_sum_up(said, _ROOM, 0) if is_full(known, _ROOM) else ()
        if older:
            yield _Run(estimate_tokens(record_of(older)), 0, _SUMMARY)
            summary = remembered("s" * 4 * _SUMMARY, older[-1].turn_id, 0.0)
            said = [summary, *said[len(older) :]]
            known = 0


def _cacheable(tokens: int) -> int:
    return tokens // _STEP * _STEP if tokens >= _LEAST else 0
