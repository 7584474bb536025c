"""The ledger: what was asked, what stands there, what was paid; and what of it is not right."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations, pairwise

from tests.chaos.words import Tag, tags_of


class Wrong(StrEnum):
    LOST = "lost"
    TWICE = "posted twice"
    OUT_OF_ORDER = "out of order"
    PAID_TWICE = "paid twice"
    MADE_TWICE = "call made twice"
    NOT_MADE = "call not made"
    MISPLACED = "edited into a notice"
    STRAY = "unknown to us"
    SHOWN_IN_EXAM = "shown in an exam"
    LEFT_OPEN = "left on the board"
    BELOW_ZERO = "share below zero"
    MIXED = "in another's prompt"
    NAMED = "named to the model"
    NOT_AGREED = "sent without consent"
    GIVEN_AWAY = "solution shown"
    BILLED_WRONG = "billed wrong"


@dataclass(frozen=True)
class Loss:
    """One thing that must not be."""

    wrong: Wrong
    number: int  # of the question
    words: str


@dataclass(frozen=True)
class Asked:
    """A question that somebody was told is taken, or that nobody was told is not."""

    number: int
    said_at: float  # by the platform's clock
    taken_at: float  # when it was delivered for the time that counted


@dataclass
class Page:
    """One conversation."""

    name: str
    asked: list[Asked] = field(default_factory=list)
    standing: list[Tag] = field(default_factory=list)  # what the bot's messages show, in order
    told: dict[int, str] = field(default_factory=dict)  # that it was not taken
    is_in_order: bool = True  # answers stand as the questions do


@dataclass
class Book:
    pages: list[Page] = field(default_factory=list)
    paid: Mapping[int, int] = field(default_factory=dict)  # question -> runs that came to an end
    is_paid_once: bool = True  # whether the backend has runs at the server


def audit(book: Book) -> list[Loss]:
    """Everything that is wrong, the worst first."""
    losses = [loss for page in book.pages for loss in _audit_page(page)]
    if book.is_paid_once:
        losses += [
            Loss(Wrong.PAID_TWICE, number, f"{runs} runs") for number, runs in book.paid.items()
            if runs > 1
        ]  # fmt: skip
    return losses


def _audit_page(page: Page) -> Sequence[Loss]:
    seen = Counter(page.standing)
    return [
        *(loss for asked in page.asked for loss in _audit_answer(page, asked.number, seen)),
        *_audit_order(page),
    ]


def _audit_answer(page: Page, number: int, seen: Counter[Tag]) -> Sequence[Loss]:
    """Its lines stand there once each, or its person was told that it was not taken."""
    tags = tags_of(number)
    missing = [line for _, line in tags if not seen[number, line]]
    doubled = [line for _, line in tags if seen[number, line] > 1]
    losses = []
    if missing and (number not in page.told or len(missing) < len(tags)):
        losses.append(Loss(Wrong.LOST, number, f"{page.name}: no line {_few(missing)}"))
    if doubled:
        losses.append(Loss(Wrong.TWICE, number, f"{page.name}: twice line {_few(doubled)}"))
    return losses


def _audit_order(page: Page) -> Sequence[Loss]:
    """An answer stands before another one only if its question was said, or delivered, before."""
    place = {tag: at for at, tag in reversed([*enumerate(page.standing)])}
    answered = [asked for asked in page.asked if (asked.number, 1) in place]
    swapped = _swapped(page, answered, place) if page.is_in_order else ()
    return [*swapped, *_torn(page)]


def _swapped(page: Page, answered: Sequence[Asked], place: Mapping[Tag, int]) -> Sequence[Loss]:
    losses = []
    for one, other in combinations(answered, 2):
        first, second = sorted((one, other), key=lambda asked: place[asked.number, 1])
        if first.said_at > second.said_at and first.taken_at > second.taken_at:
            words = f"{page.name}: before the answer to q{second.number:05}"
            losses.append(Loss(Wrong.OUT_OF_ORDER, first.number, words))
    return losses


def _torn(page: Page) -> Sequence[Loss]:
    """The lines of one answer follow one another."""
    once = list(dict.fromkeys(page.standing))
    return [
        Loss(Wrong.OUT_OF_ORDER, number, f"{page.name}: line {line} after line {before}")
        for (earlier, before), (number, line) in pairwise(once)
        if number == earlier and line < before
    ]


def _few(lines: Sequence[int]) -> str:
    shown = ", ".join(str(line) for line in lines[:5])
    return f"{shown} ..." if len(lines) > 5 else shown
