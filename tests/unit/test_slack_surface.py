"""What Slack is sent of a model's words: `test_rendering` holds what is true of every surface."""

from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.posting import plain
from adapters.slack.surface import is_linked, shown, streamed, title


@given(st.text())
def test_words_for_where_slacks_own_notation_is_read_have_no_bracket_at_all(text: str) -> None:
    assert not set(plain(text)) & {"<", ">"}


def test_only_the_asker_is_mentioned_and_without_one_nobody() -> None:
    assert shown("<@U1> and <@U2>", "U1") == "<@U1> and \u2039@U2>"
    assert shown("<@U1>", "") == "\u2039@U1>"


def test_an_address_is_live_when_the_answer_is_whole_and_not_before() -> None:
    words = "See https://a.example and more"
    assert is_linked(shown(words, "U1"))
    assert not is_linked(streamed(words, "U1"))


def test_a_title_is_one_line_of_words() -> None:
    assert title("<!channel>\n![x](http://a.example) `b`", 60) == (
        "\u2039!channel> \u01c3[x] (http://a.example) \u02cbb\u02cb"
    )
    assert len(title("<@U9> " * 500, 60)) == 60
