"""Text in and out: what is cleaned, how long it is, where it is cut."""

import sys
import unicodedata
from collections import defaultdict
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.core.text import clean, estimate_tokens, open_fence, plural, split

ANY_TEXT = st.text(st.characters(), max_size=200)
LIMITS = st.integers(20, 120)

_WORDS = st.text("abcdefgh.é漢🙂", min_size=1, max_size=30)
_LINES = st.lists(_WORDS, max_size=8).map(" ".join)
_PROSE = st.lists(_LINES, max_size=4).map("\n".join)
_CODE = st.lists(_LINES, max_size=8).map("\n".join)
_FENCES = st.sampled_from(["```", "````", "~~~"])
_LANGUAGES = st.sampled_from(["", "python", "c"])
_BLOCKS = st.builds("{0}{1}\n{2}\n{0}".format, _FENCES, _LANGUAGES, _CODE)
MARKDOWN = st.lists(_PROSE | _BLOCKS, min_size=1, max_size=6).map("\n\n".join)


@given(ANY_TEXT)
def test_clean_text_holds_no_control_character_and_no_surrogate(text: str) -> None:
    found = {char for char in clean(text) if unicodedata.category(char) in ("Cc", "Cs")}
    assert found <= {"\n", "\t"}


@given(ANY_TEXT)
def test_clean_text_stays_as_it_is_when_it_is_cleaned_again(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\x00b\x1b[31mc\x7f\x9bd", "ab[31mcd"),
        ("one\r\ntwo\rthree\tfour", "one\ntwo\nthree\tfour"),
        ("half \ud83d of a pair", "half \ufffd of a pair"),
        ("\ud83d\ude42", "🙂"),  # both halves: what a server's JSON may give one by one
        ("שלום\u200f 🙂 e\u0301", "שלום\u200f 🙂 e\u0301"),
        ("a\u202eb\u2066c\u2069", "abc"),  # turned round
        ("a\U000e0061\U000e007fb", "ab"),  # words nobody sees
        ("o" + "\u0489" * 2000 + "k", "o" + "\u0489" * 8 + "k"),
        ("ก" + "\u0e47\u200d" * 2000, "ก" + "\u0e47\u200d" * 4),
        ("o" + ("\u0489" * 7 + "\xad") * 200 + "k", "o" + "\u0489" * 7 + "\xadk"),
        ("a" + "\u200b\u200c" * 100 + "b", "a" + "\u200b\u200c" * 4 + "b"),  # bits nobody sees
        ("👩\u200d👩\u200d👧\u200d👦" * 9, "👩\u200d👩\u200d👧\u200d👦" * 9),
        ("🙂" * 20 + "…" * 20, "🙂" * 20 + "…" * 20),
        ("\ufeffmark", "\ufeffmark"),
    ],
)
def test_cleaning_takes_what_harms_and_leaves_what_is_language(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(ANY_TEXT, ANY_TEXT)
def test_an_estimate_never_falls_when_text_is_added(text: str, more: str) -> None:
    assert 0 <= estimate_tokens(text) <= estimate_tokens(text + more)


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("a", 1), ("abcd", 1), ("abcde", 2)])
def test_four_bytes_are_estimated_as_one_token(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


def test_an_estimate_counts_bytes_and_takes_any_text() -> None:
    assert estimate_tokens("漢漢漢漢") == 3
    assert estimate_tokens("\ud800") == 1


@pytest.mark.parametrize(("count", "said"), [(0, "0 runs"), (1, "1 run"), (2, "2 runs")])
def test_one_is_singular(count: int, said: str) -> None:
    assert plural(count, "run") == said


@given(ANY_TEXT | MARKDOWN, st.integers(1, 120))
def test_no_part_is_longer_than_the_limit_nor_blank(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert all(len(part) <= limit and part.strip() for part in parts)


@given(_PROSE | ANY_TEXT.filter(lambda text: "```" not in text and "~~~" not in text), LIMITS)
def test_nothing_but_white_space_is_left_out(text: str, limit: int) -> None:
    assert "".join("".join(split(text, limit)).split()) == "".join(text.split())


@given(MARKDOWN, LIMITS)
def test_every_part_ends_each_block_of_code_that_it_begins(text: str, limit: int) -> None:
    assert [part for part in split(text, limit) if not _ends_its_blocks(part)] == []


@given(MARKDOWN, st.integers(44, 120))  # less has no room for the language
def test_code_stays_code_and_prose_stays_prose(text: str, limit: int) -> None:
    assert _substance(split(text, limit)) == _substance([text])


@given(st.lists(_WORDS, min_size=10, max_size=40))
def test_the_language_is_repeated_in_every_part(words: list[str]) -> None:
    text = "\n".join(["```python", *words, "```"])
    assert all(part.startswith("```python\n") for part in split(text, 60))


@given(ANY_TEXT | MARKDOWN)
def test_a_text_that_fits_is_one_part_and_unchanged(text: str) -> None:
    whole = [text] if text.strip() else []
    assert split(text, max(len(text), 1)) == whole
    assert split(text, None) == [text]


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("The first one.\n\nSecond.", 20, ["The first one.\n\n", "Second."]),
        ("a first line\nanother line", 20, ["a first line\n", "another line"]),
        ("words and words and words", 16, ["words and words ", "and words"]),
        ("x" * 25, 10, ["x" * 10, "x" * 10, "x" * 5]),
        # A block begins where it is whole, and what only closes it does not begin a part.
        ("Some words.\n```\ncode\n```\n", 20, ["Some words.\n", "```\ncode\n```\n"]),
        ("```\n12345678901\n```\nEnd.", 19, ["```\n12345678901\n```", "\nEnd."]),
        # Three marks within a longer fence, or further in, close nothing.
        ("````\n```\n12345678\n````\nEnd.", 24, ["````\n```\n12345678\n````\n", "End."]),
        # A sentence with code in it opens no block.
        ("Say ```x``` or\n```y``` to me now", 24, ["Say ```x``` or\n", "```y``` to me now"]),
    ],
)
def test_a_cut_is_made_where_it_disturbs_least(text: str, limit: int, parts: list[str]) -> None:
    assert split(text, limit) == parts


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ("```\ncode", True),
        ("```\ncode\n```", False),
        ("~~~ python\n```\n", True),
        ("```one line```", False),
        ("- a list\n    ```python\n    code\n    ```", False),
        ('```python\ndef f():\n    """\n    ```\n', True),
    ],
)
def test_a_fence_is_open_until_its_like_closes_it(text: str, *, is_open: bool) -> None:
    assert bool(open_fence(text)) is is_open


def test_a_megabyte_of_code_is_cut_into_parts_that_fit() -> None:
    parts = split("```python\n" + "print('many times')\n" * 50_000 + "```", 2000)
    assert len(parts) > 500
    assert max(map(len, parts)) <= 2000


@pytest.mark.parametrize(
    ("begin", "piece"), [("", "```\n"), ("```\n", "\n"), ("~~~\n", "\n "), ("", "````a\n\n")]
)
def test_four_times_the_text_is_four_times_the_work(begin: str, piece: str) -> None:
    few, many = (_calls_of_split(begin + piece * times) for times in (6_000, 24_000))
    assert many < few * 5


def _calls_of_split(text: str) -> int:
    counted = count()
    sys.setprofile(lambda *_: next(counted))
    try:
        split(text, 1900)
    finally:
        sys.setprofile(None)
    return next(counted)


def _ends_its_blocks(part: str) -> bool:
    """Another reader of Markdown finds a word put behind the part outside of any block."""
    return MarkdownIt("commonmark").parse(f"{part}\n\nEND")[-2].content == "END"


def _substance(parts: list[str]) -> dict[str, str]:
    """What another reader of Markdown finds in the parts, by language; "prose" is the rest."""
    found: dict[str, str] = defaultdict(str)
    for part in parts:
        for token in MarkdownIt("commonmark", {"html": False}).parse(part):
            if token.type == "fence":
                found[f"code {token.info}"] += "".join(token.content.split())
            elif token.type == "inline":
                found["prose"] += "".join(token.content.split())
    return {kind: text for kind, text in found.items() if text}
