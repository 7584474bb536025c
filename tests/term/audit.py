"""What of a term is not right: three ledgers are compared, the platforms', the model's and ours."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from bot.core.shares import Pace
from bot.rules.solutions import shows_solution
from storage.statements import EVERY_RUN
from tests.chaos.ledger import Book, Loss, Wrong, audit
from tests.chaos.school import cards_of, sent
from tests.chaos.words import asked_in, number_in, tags_in
from tests.fakes.tap import leaks
from tests.term.faculty import EVERY, HEARTS
from tests.term.play import EXAMS, Term
from tests.term.students import Student
from tests.term.timetable import Deed
from tests.unit.solutions import KEPT

_NUMBER = re.compile(r"(?:q(?=\d{5} is what)|a(?=\d{5}\.\d))(\d{5})")  # and no part of an id
_CHAIN = """
SELECT person, n, turn_id, kind, used FROM shares
WHERE person NOT LIKE 'day:%' AND person NOT LIKE 'month:%' ORDER BY person, n
"""
# Who has no hearts left is told alone, and her turn ends without an answer.
_REFUSED = "SELECT text FROM turns WHERE step = 'cancelled' AND command IS NULL"
_ANSWERED_ANEW = """
SELECT text FROM turns WHERE message_key LIKE '%:given/%' GROUP BY text HAVING count(*) > 1
"""
_BILLED = f"""
SELECT turns.text, every_run.input_tokens, every_run.output_tokens
FROM {EVERY_RUN} JOIN turns ON turns.id = every_run.turn_id
"""  # noqa: S608
_UNCOUNTED = """
SELECT text FROM turns WHERE kind = 'answer' AND is_submitted = 1 AND run IS NULL
"""
_OFF = 1e-3


def wrongs(term: Term) -> list[Loss]:
    """Everything that is wrong."""
    return [
        *_lost(term),
        *_negative(term),
        *_shown_inside(term),
        *_mixed(term),
        *_named(term),
        *_sent_without_consent(term),
        *_given_away(term),
        *_left_open(term),
        *_billed_wrong(term),
    ]


def _lost(term: Term) -> Iterator[Loss]:
    """Nothing is lost, and nothing stands twice; what was asked for once more may.

    Staff answer a card anew when its student goes on asking there, and here in the same words.
    """
    given = {card.number for card in cards_of(term.house)}
    anew = {number_in(text) for (text,) in term.house.rows(_ANSWERED_ANEW)}
    refused = {number_in(text) for (text,) in term.house.rows(_REFUSED)}
    again = {number for student in term.students for number in student.regenerated}
    book = Book([student.page() for student in [*term.students, *_compared(term)]])
    for page in book.pages:
        for asked in page.asked:
            if asked.number in given:
                page.told.pop(asked.number, None)
            elif asked.number in refused:
                page.told.setdefault(asked.number, "no hearts")
    paid = term.stage.paid()
    book.paid = {n: runs for n, runs in paid.items() if n not in again and not _is_push(term, n)}
    for loss in audit(book):
        may_stand_twice = loss.number in again | anew
        if not _is_push(term, loss.number) and (loss.wrong is Wrong.LOST or not may_stand_twice):
            yield loss


def _negative(term: Term) -> Iterator[Loss]:
    """No share goes below zero, and no question is charged twice."""
    room = Pace(HEARTS, EVERY).purse(1, "").room
    charged = set()
    for person, n, turn, kind, used in term.house.rows(_CHAIN):
        if not -_OFF <= used <= room + _OFF:
            yield Loss(Wrong.BELOW_ZERO, n, f"{person}: {used} of {room}")
        if turn is not None and (turn, kind) in charged:
            yield Loss(Wrong.BELOW_ZERO, n, f"{person}: turn {turn} {kind} twice")
        charged.add((turn, kind))


def _shown_inside(term: Term) -> Iterator[Loss]:
    """No word of an answer was sent to a student of the course while an exam was on."""
    outside = {one.number for one in term.asked.values() if one.student in term.compared[1]}
    for at, words in sent(term.stage, term.faculty.desk):
        if any(exam.covers(term.clock.at(at)) for exam in EXAMS):
            for number in {number for number, _ in tags_in(words)} - outside:
                yield Loss(Wrong.SHOWN_IN_EXAM, number, words[:80])


def _mixed(term: Term) -> Iterator[Loss]:
    """Nobody's words are in what another is answered from."""
    of_session: dict[str, set[int]] = defaultdict(set)
    for run in term.stage.model.runs:
        numbers = {int(one) for one in _NUMBER.findall(json.dumps(run.request))}
        of_session[run.conversation or run.id] |= numbers
    for numbers in of_session.values():
        students = {id(term.asked[number].student) for number in numbers if number in term.asked}
        if len(students) > 1:
            yield Loss(Wrong.MIXED, min(numbers), f"with {sorted(numbers)[:5]}")


def _named(term: Term) -> Iterator[Loss]:
    """No id and no name of a student of the course is in any body, however it is written."""
    for mark in leaks(term.stage.model, [mark for one in term.students for mark in one.marks]):
        yield Loss(Wrong.NAMED, 0, mark)


def _sent_without_consent(term: Term) -> Iterator[Loss]:
    silent = {one.number for one in term.asked.values() if not one.student.agrees}
    for run in term.stage.model.runs:
        for number in {int(one) for one in _NUMBER.findall(json.dumps(run.request))} & silent:
            yield Loss(Wrong.NOT_AGREED, number, "her words went to the model")


def _given_away(term: Term) -> Iterator[Loss]:
    seen = set()
    for _, words in sent(term.stage, term.faculty.desk):
        for text in _texts(json.loads(words)):
            if text in seen or tags_in(text):
                continue
            seen.add(text)
            if shows_solution(text, KEPT):
                yield Loss(Wrong.GIVEN_AWAY, number_in(text) or 0, text[:80])


def _left_open(term: Term) -> Iterator[Loss]:
    for card in cards_of(term.house):
        if card.stand in {"open", "claimed"}:
            yield Loss(Wrong.LEFT_OPEN, card.number, f"card {card.id}, {card.matter}")


def _billed_wrong(term: Term) -> Iterator[Loss]:
    """The bill of a question is the sum of the runs that the model's server has ended.

    An answer that was found again after a kill has no run, and is counted as one whose tokens
    nobody knows.
    """
    uncounted = {number_in(text) for (text,) in term.house.rows(_UNCOUNTED)}
    paid: dict[int | None, Counter[str]] = defaultdict(Counter)
    for run in term.stage.model.runs:
        if run.status == "completed":
            usage = term.stage.model.usage_of(run)
            read, written = usage["input_tokens"], usage["output_tokens"]
            paid[asked_in(run.input_text)] += Counter(read=read, written=written)
    for text, read, written in term.house.rows(_BILLED):
        paid[number_in(text)].subtract(Counter(read=read or 0, written=written or 0))
    for number, left in paid.items():
        if any(left.values()) and number not in uncounted:
            yield Loss(Wrong.BILLED_WRONG, number or 0, f"not billed, or too much: {dict(left)}")


def _is_push(term: Term, number: int) -> bool:
    return number in term.asked and term.asked[number].deed is Deed.PUSH


def _compared(term: Term) -> list[Student]:
    return [student for side in term.compared for student in side]


def _texts(part: object) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    for inner in (
        part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    ):
        yield from _texts(inner)
