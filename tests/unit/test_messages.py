"""Keys: any text goes in and comes out; and what makes a message the same one."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.messages import Author, ConversationKey, Message, Receipt

ANY_TEXT = st.text(st.characters(), max_size=40) | st.sampled_from(
    ["", ":", "%3A", "a b", "\ud83d\ude42", "\ud800", "\x00", "שלום", "🙂", "%", "+", "/", "'\"%"]
)
KEYS = st.builds(ConversationKey, ANY_TEXT, ANY_TEXT, ANY_TEXT, ANY_TEXT)


@given(KEYS)
def test_a_key_comes_back_from_what_is_written(key: ConversationKey) -> None:
    assert ConversationKey.parse(str(key)) == key


@given(KEYS)
def test_what_is_written_is_plain(key: ConversationKey) -> None:
    assert str(key).isascii()
    assert str(key).isprintable()
    assert " " not in str(key)


@given(KEYS, KEYS)
def test_different_keys_are_written_differently(
    one: ConversationKey, other: ConversationKey
) -> None:
    assert (str(one) == str(other)) == (one == other)


@given(KEYS)
def test_scopes_go_from_the_conversation_itself_to_its_platform(key: ConversationKey) -> None:
    scopes = key.scopes()
    assert scopes[0] == str(key)
    assert len(scopes) == 4
    assert all(near.startswith(f"{far}:") for near, far in pairwise(scopes))


def test_scopes_are_written_as_people_write_them() -> None:
    assert ConversationKey("slack", "T1", "C1", "17.5").scopes() == (
        "slack:T1:C1:17.5",
        "slack:T1:C1",
        "slack:T1",
        "slack",
    )


def test_the_thread_may_be_left_out() -> None:
    assert ConversationKey.parse("slack:T1:C1") == ConversationKey("slack", "T1", "C1", "")


@pytest.mark.parametrize("written", ["", "slack", "slack:T1", "a:b:c:d:e", "a:b:%ff"])
def test_what_is_no_key_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="not a conversation key"):
        ConversationKey.parse(written)


def test_a_message_is_the_same_on_its_platform_only() -> None:
    one = Message(ConversationKey("slack", "T1", "C1"), "5", Author("u", "Ada"), "Hello")
    other = Message(ConversationKey("discord", "1", "2"), "5", Author("u", "Ada"), "Hello")
    assert one.unique_key == "slack:5"
    assert other.unique_key != one.unique_key
    assert one.unique_client_key is None


def test_a_receipt_without_a_turn_is_for_a_message_that_was_there() -> None:
    assert Receipt(None).is_duplicate
    assert not Receipt(1, 1).is_duplicate
