"""The ledger notices each thing that must not be, and nothing else."""

import pytest

from tests.chaos.ledger import Asked, Book, Page, Wrong, audit
from tests.chaos.words import Tag, answer_to, number_in, question, tags_in, tags_of

ONE, TWO = 1, 2  # question 1 is answered with two lines, question 2 with three
RIGHT = tags_of(ONE) + tags_of(TWO)


def page(*standing: Tag, told: dict[int, str] | None = None) -> Page:
    asked = [Asked(ONE, said_at=1.0, taken_at=1.0), Asked(TWO, said_at=2.0, taken_at=2.0)]
    return Page("here", asked, [*standing], told or {})


def wrongs(book: Book) -> list[tuple[Wrong, int]]:
    return [(loss.wrong, loss.number) for loss in audit(book)]


def test_an_answer_says_which_question_it_answers() -> None:
    assert number_in(f"Ann: {question(ONE)}\n\nBob: {question(TWO)}") == TWO
    assert tags_in(answer_to(question(TWO))) == tags_of(TWO)
    assert number_in("nothing") is None


def test_what_is_right_is_right() -> None:
    book = Book([page(*RIGHT)], paid={ONE: 1, TWO: 1})
    assert wrongs(book) == []


@pytest.mark.parametrize(
    ("standing", "wrong", "number"),
    [
        (tags_of(ONE), Wrong.LOST, TWO),
        (RIGHT[:-1], Wrong.LOST, TWO),
        (RIGHT[1:], Wrong.LOST, ONE),
        ([*RIGHT, *tags_of(ONE)], Wrong.TWICE, ONE),
        ([*RIGHT, RIGHT[-1]], Wrong.TWICE, TWO),
        (tags_of(TWO) + tags_of(ONE), Wrong.OUT_OF_ORDER, TWO),
        ([*tags_of(ONE), *reversed(tags_of(TWO))], Wrong.OUT_OF_ORDER, TWO),
    ],
)
def test_what_is_lost_or_doubled_or_swapped_is_noticed(
    standing: list[Tag], wrong: Wrong, number: int
) -> None:
    assert (wrong, number) in wrongs(Book([page(*standing)]))


def test_a_run_that_is_paid_twice_is_noticed_where_runs_can_be_looked_up() -> None:
    book = Book([page(*RIGHT)], paid={ONE: 2})
    assert wrongs(book) == [(Wrong.PAID_TWICE, ONE)]
    book.is_paid_once = False
    assert wrongs(book) == []


def test_a_word_that_it_was_not_taken_is_no_loss_but_half_an_answer_is() -> None:
    assert wrongs(Book([page(*tags_of(ONE), told={TWO: "Ask later."})])) == []
    assert wrongs(Book([page(*RIGHT, told={TWO: "Ask later."})])) == []
    half = page(*RIGHT[:-1], told={TWO: "Ask later."})
    assert wrongs(Book([half])) == [(Wrong.LOST, TWO)]


def test_what_was_delivered_in_another_order_may_be_answered_in_it() -> None:
    swapped = page(*tags_of(TWO), *tags_of(ONE))
    swapped.asked[0] = Asked(ONE, said_at=1.0, taken_at=3.0)
    assert wrongs(Book([swapped])) == []
