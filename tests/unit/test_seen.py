"""What people see of rarer messages, as both platforms tell of them."""

from typing import Any

import pytest

from adapters.discord.reading import Me
from adapters.discord.reading import contents_of as on_discord
from adapters.slack.contents import contents_of as in_slack
from tests.fakes import JSON

BOB = {"id": "2", "username": "bob"}


def said(*runs: JSON) -> JSON:
    return {"type": "rich_text_section", "elements": [*runs]}


def item(words: str) -> JSON:
    return said({"type": "text", "text": words})


def listed(*items: JSON, **more: Any) -> JSON:
    return {"type": "rich_text_list", "elements": [*items], **more}


def cell(**more: Any) -> JSON:
    return {"type": "raw_number", **more}


SLACK = {
    "lists within lists": (
        [
            listed(item("Wash"), item("Cut"), style="ordered"),
            listed(item("thinly"), style="bullet", indent=1),
            listed(item("Fry"), style="ordered", offset=2),
        ],
        "1. Wash\n2. Cut\n  - thinly\n3. Fry",
    ),
    "a colour": ([said({"type": "color", "value": "#F405B3"})], "#F405B3"),
    "a date": ([said({"type": "date", "timestamp": 1, "fallback": "July 11"})], "July 11"),
}


@pytest.mark.parametrize(("elements", "words"), SLACK.values(), ids=SLACK)
def test_rich_text_in_slack_is_read_as_it_is_seen(elements: list[JSON], words: str) -> None:
    blocks = [{"type": "rich_text", "elements": elements}]
    assert in_slack({"blocks": blocks}).typed == words


def test_a_number_in_a_table_is_read_with_and_without_its_text() -> None:
    rows = [[cell(value=7), cell(value=5, text="5 kg"), cell(value=0)]]
    assert in_slack({"blocks": [{"type": "table", "rows": rows}]}).typed == "7 | 5 kg | 0"


POLL = {
    "question": {"text": "Lunch?"},
    "answers": [
        {"answer_id": 1, "poll_media": {"text": "Pizza", "emoji": {"id": None, "name": "🍕"}}},
        {"answer_id": 2, "poll_media": {"emoji": {"id": None, "name": "🥗"}}},
    ],
}
ENDED = {
    "type": "poll_result",
    "fields": [
        {"name": "poll_question_text", "value": "Lunch?"},
        {"name": "victor_answer_votes", "value": "3"},
        {"name": "victor_answer_text", "value": "Pizza"},
    ],
}
BUTTON = {"type": 2, "style": 1, "custom_id": "x", "emoji": {"name": "👍"}}
DISCORD = {
    "a poll with pictures": ({"poll": POLL}, "Poll: Lunch?\n- 🍕 Pizza\n- 🥗"),
    "a poll and its votes": (
        {"poll": POLL | {"results": {"answer_counts": [{"id": 1, "count": 3}]}}},
        "Poll: Lunch?\n- 🍕 Pizza (3 votes)\n- 🥗",
    ),
    "what a poll came to": (
        {"type": 46, "embeds": [ENDED]},
        "Poll: Lunch?\nMost votes: Pizza",
    ),
    "a button with a picture": (
        {"components": [{"type": 1, "components": [BUTTON]}]},
        "(button: 👍)",
    ),
}


@pytest.mark.parametrize(("more", "words"), DISCORD.values(), ids=DISCORD)
def test_what_discord_shows_is_read_as_it_is_seen(more: JSON, words: str) -> None:
    message = {"author": BOB, "type": 0, "content": "", **more}
    assert on_discord(message, Me("1")).shown == [words]


def test_a_file_of_which_discord_tells_no_name_is_a_file() -> None:
    message = {"author": BOB, "type": 0, "content": "", "attachments": [{"id": "7", "url": "u"}]}
    (file,) = on_discord(message, Me("1")).attachments
    assert (file.id, file.name) == ("7", "file")
