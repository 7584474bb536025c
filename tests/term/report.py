"""What is said about a term in the end."""

from collections import Counter
from collections.abc import Iterator, Sequence

from tests.chaos.ledger import Loss
from tests.chaos.school import cards_of, sent
from tests.chaos.words import tags_in
from tests.term.play import Term
from tests.term.timetable import Kind

_STORIES = 5  # of each kind


def waits(term: Term, kind: Kind | None = None) -> list[float]:
    """Seconds from a question to the first words of its answer, the shortest first."""
    first: dict[int, float] = {}
    for at, words in sent(term.stage, term.faculty.desk):
        for number, _ in tags_in(words):
            first.setdefault(number, at)
    asked = term.asked
    found = [
        first[n] - asked[n].said_at for n in first if n in asked and kind in {None, asked[n].kind}
    ]
    return sorted(found)


def table(term: Term) -> list[tuple[str, str]]:
    peak, pairs = waits(term, Kind.PEAK), term.ratio
    deeds = Counter(question.deed.value for question in term.asked.values())
    cards = Counter(f"{card.matter} {card.stand}" for card in cards_of(term.house))
    return [
        ("questions, people", f"{len(term.asked)}, {len(term.students)} and a staff of 6"),
        ("how they asked", _counts(deeds)),
        ("answers regenerated", str(sum(len(one.regenerated) for one in term.students))),
        ("`kill -9`", str(term.kills)),
        ("cards of the staff", _counts(cards)),
        ("wait in the hours before deadlines, p50 and p99", f"{_at(peak, 0.5)}, {_at(peak, 0.99)}"),
        (
            "CPU of a turn with a class, to one without",
            f"{pairs.inside / max(pairs.outside, 0.01):.2f}",
        ),
    ]


def report(term: Term, losses: Sequence[Loss]) -> str:
    return "\n".join(_lines(term, losses))


def _lines(term: Term, losses: Sequence[Loss]) -> Iterator[str]:
    yield f"seed {term.plan.seed}"
    for name, value in table(term):
        yield f"{name}: {value}"
    wrong = Counter(loss.wrong.value for loss in losses)
    yield f"wrong: {_counts(wrong) if wrong else 'nothing'}"
    for loss in (one for kind in wrong for one in _first(losses, kind)):
        yield f"  {loss.wrong.value}: q{loss.number:05}, {loss.words}"


def _first(losses: Sequence[Loss], kind: str) -> Sequence[Loss]:
    return [loss for loss in losses if loss.wrong.value == kind][:_STORIES]


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "none"


def _at(values: Sequence[float], share: float) -> str:
    return f"{values[min(int(len(values) * share), len(values) - 1)]:.2f} s" if values else "-"
