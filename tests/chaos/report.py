"""What is said about a run in the end."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping

from tests.chaos.ledger import Page, Wrong
from tests.chaos.play import Outcome
from tests.chaos.signs import recognised

_STORIES = 5  # of what went wrong are told whole
_LINES = 60  # of the log, about one of them


def report(outcome: Outcome) -> str:
    return "\n".join(_lines(outcome))


def verdict(outcome: Outcome) -> str:
    wrong = Counter(loss.wrong for loss in outcome.losses)
    return ", ".join(f"{wrong[kind]} {kind.value}" for kind in Wrong)


def _lines(outcome: Outcome) -> Iterator[str]:
    plan, book = outcome.plan, outcome.book
    asked = sum(len(page.asked) for page in book.pages)
    told = Counter(words for page in book.pages for words in page.told.values())
    yield f"seed {plan.seed}: {asked} messages in {len(book.pages)} conversations, {plan.backend}"
    yield f"befell {outcome.hand.house.name}: {_counts(outcome.hand.done)}"
    yield f"requests spoiled: {_counts(outcome.struck)}"
    yield f"recognised by: {_counts(recognised(outcome.hand.house.folder))}"
    yield f"cards of the staff: {_counts(outcome.cards)}"
    for words, count in told.most_common():
        yield f"not taken, and told so, {count} times: {words}"
    if not outcome.is_settled:
        yield "NOT SETTLED: some turns never came to their end"
    yield verdict(outcome)
    for loss in outcome.losses[:_STORIES]:
        yield ""
        yield f"{loss.wrong.value}: q{loss.number:05}, {loss.words}"
        yield from _story(outcome, loss.number)
    if outcome.losses or not outcome.is_settled:
        yield f"logs and database: {outcome.hand.house.folder}"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} × {name}" for name, count in sorted(counts.items())) or "nothing"


def _story(outcome: Outcome, number: int) -> Iterator[str]:
    """What stands in its conversation, and what the log says of its turn."""
    pages = (p for p in outcome.book.pages if any(a.number == number for a in p.asked))
    for page in pages:
        yield from _standing(page)
    yield f"  runs: {outcome.book.paid.get(number, 0)}"
    for call in outcome.hand.stage.slack.calls:
        if f"a{number:05}." in json.dumps(call.args):
            where = {name: call.args[name] for name in ("ts", "thread_ts") if name in call.args}
            yield f"  {call.at:.2f} {call.method} {where}: {call.answer}"
    logs = sorted(outcome.hand.house.folder.glob("err.*"), key=lambda path: int(path.suffix[1:]))
    turn = outcome.turns.get(number)
    lines = [
        f"  {path.name}: {line.strip()}"
        for path in logs
        for line in path.read_text("utf-8", "replace").splitlines()
        if f'"turn": {turn},' in line or f'"turn": {turn}}}' in line
    ]
    yield from lines[-_LINES:]


def _standing(page: Page) -> Iterator[str]:
    order = list(dict.fromkeys(f"q{number:05}" for number, _ in page.standing))
    yield f"  asked: {' '.join(f'q{asked.number:05}' for asked in page.asked)}"
    yield f"  standing: {' '.join(order)}"
    for number, words in page.told.items():
        yield f"  told about q{number:05}: {json.dumps(words)}"
