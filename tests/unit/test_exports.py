"""What was said in a place, as a file."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.core.answers import Answer
from bot.core.messages import Attachment, Author, ConversationKey, Message
from bot.core.turns import State, Turn
from bot.rules.exports import MOST_TURNS, as_json

KEY = ConversationKey("discord", "1", "2")


def turn(text: str, *, is_shared: bool = True) -> Turn:
    file = Attachment("1", "notes.txt", "text/plain", 3, "http://x")
    said = Message(KEY, "9", Author("7", "Ann"), text, is_shared=is_shared, attachments=(file,))
    answer = Answer(f"You said: {text}")
    return Turn(
        id=1, conversation_id=1, message=said, state=State.DONE, answer=answer, accepted_at=60.0
    )


def read(data: bytes) -> dict[str, Any]:
    exported: dict[str, Any] = json.loads(data)
    return exported


def test_an_export_has_what_was_asked_and_answered() -> None:
    assert read(as_json([turn("hi")], 10_000)) == {
        "about": {"turns": 1, "left_out": 0, "is_all": True},
        "said": [
            {
                "conversation": "discord:1:2:",
                "asked_at": "1970-01-01T00:01:00+00:00",
                "author": {"id": "7", "name": "Ann"},
                "command": None,
                "text": "hi",
                "files": ["notes.txt"],
                "answer": "You said: hi",
                "answered_at": None,
            }
        ],
    }


def test_what_nobody_else_could_hear_is_not_in_it() -> None:
    assert read(as_json([turn("psst", is_shared=False)], 10_000))["said"] == []


def test_an_export_that_does_not_reach_to_the_beginning_says_so() -> None:
    about = read(as_json([turn("hi")] * MOST_TURNS, 10_000_000))["about"]
    assert about == {"turns": MOST_TURNS, "left_out": 0, "is_all": False}


@given(st.lists(st.text(max_size=200), max_size=30), st.integers(200, 5000))
def test_the_newest_that_fit_are_in_it_and_the_rest_is_counted(texts: list[str], most: int) -> None:
    data = as_json([turn(text) for text in texts], most)
    exported = read(data)
    count = exported["about"]["turns"]
    assert len(data) <= most
    assert [one["text"] for one in exported["said"]] == texts[len(texts) - count :]
    assert count + exported["about"]["left_out"] == len(texts)
