"""Which questions are the same one. A wrong yes gives somebody the answer to another question."""

import pytest

from bot.rules.likeness import nearest, same_question

SAME = [
    ("When is homework 3 due?", "hi, when's homework 3 due please??"),
    ("May we work in pairs on the project?", "are we allowed to work in pairs on the project?"),
    ("How do I install Python 3.12 on Windows?", "how to install python 3.12 on windows"),
    ("How do I submit to the autograder?", "how do i submti to the autograder"),
]
OTHER = [
    ("When is homework 3 due?", "When is homework 4 due?"),
    ("When is the exam held?", "Where is the exam held?"),
    ("Where do I hand in project A?", "Where do I hand in project B?"),
    ("Where do I hand in project A?", "Where do I hand in a project?"),
    ("How do I install Python on Windows?", "How do I uninstall Python on Windows?"),
    ("Is recursion graded?", "Is recursion not graded?"),
    ("Does 'list index out of range' matter?", "Does 'string index out of range' matter?"),
    ("Help please?", "How do I?"),
    ("What is exercise 2.1 about?", "What is exercise 2.2 about?"),
    ("", ""),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_idle_words_order_and_a_slip_of_the_pen_make_no_other_question(
    one: str, other: str
) -> None:
    assert same_question(one, other)
    assert same_question(other, one)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_a_word_that_differs_makes_another_question(one: str, other: str) -> None:
    assert not same_question(one, other)
    assert not same_question(other, one)


def test_the_nearest_share_the_rarest_words() -> None:
    known = ["When is homework 3 due?", "Where is the exam held?", "Is the lecture recorded?"]
    assert nearest("what's the deadline of homework 3", known, 1) == [0]
    assert set(nearest("which room for the exam, and is it recorded", known, 3)) == {1, 2}
    assert nearest("xyzzy", known, 3) == []
