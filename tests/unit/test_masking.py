"""Names as people write them, and what a model is told in their place."""

import pytest

from bot.core.aliases import Alias
from bot.core.named import Named
from bot.rules.masking import SOMEONE, Mask, NoMask, revealed


def alias(subject: str, label: str, name: str) -> Alias:
    return Alias(
        course=1, conversation_id=1, subject=subject, person=subject, alias=label, name=name, at=1.0
    )


ANN = alias("U1", "Student K47", "Ann Bérg")
WILL = alias("U2", "Tutor B12", "Will")
XIAO = alias("U3", "Student C33", "王小明")
FILE = alias("file:F1", "file1.py", "berg_hw3.py")
MASK = Mask([ANN, WILL, XIAO, FILE])


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("I am Ann Bérg.", "I am Student K47."),
        ("ANN BERG and berg, ann", "Student K47 and Student K47"),
        ("see ann_berg-notes", "see Student K47-notes"),
        ("Ann  Berg's loop", "Student K47's loop"),
        ("@ann bérg, look", "Student K47, look"),
        ("@Will, will this work?", "Tutor B12, will this work?"),
        ("问王小明说的", "问Student C33说的"),
        ("write to ann.berg@uni.example.", "write to (an address)."),
        ("in berg_hw3.py, line 4", "in file1.py, line 4"),
    ],
)
def test_what_is_somebodys_name_is_not_told(typed: str, told: str) -> None:
    assert MASK.text(typed) == told


@pytest.mark.parametrize(
    "words",
    [
        "Will this work in May?",
        "Joann Bergman and the Bergs",
        "W@x.T and weights@inputs.transpose(1) and weights@inputs.shape[0]",
        "@property\ndef ann(self): ...",
        "print(self.ann)",
    ],
)
def test_what_is_no_full_name_stays(words: str) -> None:
    assert MASK.text(words) == words


def test_what_an_adapter_names_is_not_guessed() -> None:
    named = (
        Named("@Will", "U2", "Will"),
        Named("@U9", "U9"),
        Named("#C7", instead="#channel"),
        Named("> Bo: ", "", "Bo"),
    )
    words = "> Bo: ask @Will\n\n@U9 will say it in #C7"
    told = f"> {SOMEONE}: ask @Tutor B12\n\n{SOMEONE} will say it in #channel"
    assert MASK.text(words, named) == told


def test_an_answer_comes_back_with_names_and_no_markup_of_theirs() -> None:
    bold = alias("U4", "Student D44", "**B**o `x` [y](z)")
    said = "Student K47, see file1.py; so did Student D44, not Student K470."
    shown = "Ann Bérg, see berg_hw3.py; so did Bo x y(z), not Student K470."
    assert revealed(said, [ANN, FILE, bold]) == shown


def test_outside_of_a_course_all_is_told_as_it_is() -> None:
    assert NoMask().text("I am Ann Bérg, ann.berg@uni.example") == (
        "I am Ann Bérg, ann.berg@uni.example"
    )


def test_a_long_text_is_gone_through_in_one_go() -> None:
    assert MASK.text("ann. " * 40_000 + "Ann Berg").endswith("Student K47")
