"""Marks of an answer mean passages that were given, or they are not there."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.materials import Passage, Source
from bot.core.prompts import numbered
from bot.rules.citing import (
    named,
    only_sourced,
    source_lines,
    title_of,
    with_found_marks,
    with_known_marks,
    without_half_mark,
)
from bot.words import Language, speaking


def source(number: int = 1, name: str = "Syllabus.pdf", address: str = "") -> Source:
    text = "Late essays lose ten points a day."
    return Source(
        passage_id=number,
        passage=Passage(text=text, place="page 3", heading="Essays › Late"),
        name=name,
        version=1,
        number=number,
        address=address,
    )


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Ten points [1].", "Ten points [1]."),
        ("Ten points[1][2].", "Ten points[1][2]."),
        ("Ten points [1, 2; 9].", "Ten points [1][2]."),
        ("Ten points [[2]] and 【1†source】.", "Ten points [2] and [1]."),
        ("Nothing [7] of it 【8】.", "Nothing of it."),
        ("A link [1](https://a.example) stays.", "A link [1](https://a.example) stays."),
        ("`a[7]` and\n```\nb[8]\n```\nend [9]", "`a[7]` and\n```\nb[8]\n```\nend"),
        ("~~~\nopen [9]", "~~~\nopen [9]"),
        ("[see here] [x1]", "[see here] [x1]"),
    ],
)
def test_marks_of_unknown_passages_are_removed_and_code_is_left(written: str, shown: str) -> None:
    assert with_known_marks(written, {1, 2}) == shown


@given(st.text("[]【】†, ;0123456789ab`\n ", max_size=60))
def test_no_mark_is_left_outside_of_code_that_names_nothing(text: str) -> None:
    shown = with_known_marks(text, {1, 2})
    assert set(named(shown)) <= {1, 2}
    assert with_known_marks(shown, {1, 2}) == shown or "[" in text


@given(st.text("[]【】†, ;0123456789ab ", max_size=30))
def test_a_preview_never_ends_in_half_a_mark(text: str) -> None:
    shown = without_half_mark(text)
    assert not re.search(r"\[[\d ,;]*$|【[^】]*$", shown) or len(text) > 80
    assert text.startswith(shown)


def test_whole_marks_stay_in_a_preview() -> None:
    assert without_half_mark("Ten points [1]") == "Ten points [1]"
    assert without_half_mark("Ten points [1") == "Ten points"
    assert without_half_mark("Ten points [[1]") == "Ten points"


def test_a_sentence_that_repeats_a_passage_says_so_by_itself() -> None:
    twice = (
        "Late essays lose points. Late essays lose ten points a day. Ask Bob about Mars rockets."
    )
    assert with_found_marks(twice, [source()]) == (
        "Late essays lose points. Late essays lose ten points a day. [1] "
        "Ask Bob about Mars rockets."
    )
    text = "Essays that are late lose ten points each day.\n\nThe moon is made of green cheese."
    assert with_found_marks(text, [source()]) == (
        "Essays that are late lose ten points each day. [1]\n\nThe moon is made of green cheese."
    )
    assert with_found_marks("Yes.", [source()]) == "Yes."
    assert with_found_marks(text, []) == text


def test_only_what_names_a_source_is_said_and_the_code_behind_it() -> None:
    text = "Known [1].\n\n```\na\n\nb\n```\n\nUnknown.\n\n```\nc\n```\n\nMore [2]."
    assert only_sourced(text) == "Known [1].\n\n```\na\n\nb\n```\n\nMore [2]."
    assert only_sourced("Nothing.") == ""


def test_a_source_is_named_with_its_place_and_leads_to_its_document() -> None:
    assert source_lines({1: source(), 2: source(2)}, [1]) == (
        "Sources:\n[1] Syllabus.pdf, page 3 · Essays › Late"
    )
    linked = source(address="https://a.example/a(b)")
    assert source_lines({1: linked}, [1]) == (
        "Sources:\n[1] [Syllabus.pdf, page 3 · Essays › Late](https://a.example/a%28b%29)"
    )
    assert source_lines({}, [1]) == ""


def test_where_a_source_stands_is_said_in_ones_language_and_told_a_model_in_english() -> None:
    one = replace(source(), is_replaced=True)
    with speaking(Language.GERMAN):
        lines = source_lines({1: one}, [1])
        assert lines == "Quellen:\n[1] Syllabus.pdf, Fassung 1, Seite 3 · Essays › Late"
        sheet = replace(one, passage=Passage(text="a", place="sheet Noten {x}"))
        assert title_of(sheet) == "Syllabus.pdf, Fassung 1, Blatt Noten {x}"
        assert "version 1, page 3" in numbered(one)
        own = replace(one, passage=Passage(text="a", place="elsewhere"))
        assert title_of(own) == "Syllabus.pdf, Fassung 1, elsewhere"


def test_a_title_is_only_words() -> None:
    hostile = source(name="[x](javascript:a) **b** `c`", address="javascript:alert(1)")
    line = source_lines({1: hostile}, [1])
    assert "](" not in line.replace("Sources:\n[1] ", "")
    assert "*" not in line
    assert "`" not in line
