"""Payloads become messages: pure, and for any payload whatsoever."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.commands import choices
from adapters.discord.earlier import quote_of
from adapters.discord.events import (
    Asked,
    Audience,
    Heard,
    InteractionWords,
    Place,
    in_own_thread,
    parse_interaction,
    parse_message,
)
from adapters.discord.marks import WAITING, marks_of
from adapters.discord.origins import Origin, traits
from adapters.discord.reading import Me
from bot.core.messages import Author, Message
from bot.core.quoting import Quote

ME = Me("1", ("10",))
CHANNEL = Place(channel="3", guild="2", category="4")
THREAD = Place(channel="3", guild="2", category="4", thread="5")
DIRECT = Place(channel="6", is_direct=True)
ANN = {"id": "7", "username": "ann", "global_name": "Ann"}
BOB = {"id": "8", "username": "bob", "global_name": None}
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
FIELDS = (
    "id author content type mentions mention_roles attachments member referenced_message "
    "webhook_id embeds poll sticker_items components message_snapshots channel_id"
)


def payload(content: str = "<@1> hi", **more: Any) -> dict[str, Any]:
    return {"id": "9", "type": 0, "author": ANN, "content": content, **more}


def heard(content: str = "<@1> hi", place: Place = CHANNEL, **more: Any) -> Heard:
    found = parse_message(payload(content, **more), ME, place)
    assert found
    return found


def asked(place: Place, audience: Audience, person: str = "7") -> Message:
    by = Asked(id="9", application="1", token="t", author=Author(person, "Ann"), is_present=True)
    return parse_interaction(by, InteractionWords(text="hi", audience=audience), place, 0.0)


@given(JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS.split(), JSON)))
def test_no_payload_makes_it_stumble(strange: Any) -> None:
    heard = parse_message(strange, ME, CHANNEL)
    assert isinstance(heard, Message | None)


@given(st.text())
def test_whatever_is_said_in_private_is_heard(text: str) -> None:
    assert heard(text, DIRECT).message.key == DIRECT.key()


@pytest.mark.parametrize(
    "foreign",
    [
        {"author": {**ANN, "bot": True}},
        {"author": {**ANN, "id": "1"}},
        {"webhook_id": "5"},
        {"type": 7},
        {"type": 18},
        {"type": 20},
    ],
)
def test_only_people_say_something(foreign: dict[str, Any]) -> None:
    assert parse_message(payload(**foreign), ME, CHANNEL) is None


@pytest.mark.parametrize(
    ("content", "more", "is_meant"),
    [
        ("<@1> hi", {}, True),
        ("hi <@!1>", {}, True),
        ("<@&10> hi", {"mention_roles": ["10"]}, True),
        ("<@&11> hi", {"mention_roles": ["11"]}, False),
        ("@everyone hi", {"mention_everyone": True}, False),
        ("write `<@1>` or ```\n<@1>\n```", {}, False),
        ("hi", {"referenced_message": {"author": {"id": "1"}}}, True),
        ("hi", {"referenced_message": {"author": BOB, "content": "x"}}, False),
        ("hi", {"referenced_message": None}, False),
        ("", {"referenced_message": {"author": {"id": "1"}}}, False),
    ],
)
def test_who_is_meant(content: str, more: dict[str, Any], *, is_meant: bool) -> None:
    assert heard(content, **more).mentions_bot is is_meant


def test_the_bots_mention_is_left_out_and_others_become_names() -> None:
    found = heard("<@1> ask <@8>, <@&10> `<@8>`", mentions=[BOB])
    assert found.message.text == "ask @bob,  `<@8>`"


def test_a_question_about_somebody_elses_message_quotes_it() -> None:
    other = {"author": BOB, "content": "E = mc²\nI think"}
    assert heard("<@1> right?", referenced_message=other).message.text == (
        "> bob: E = mc²\n>   I think\n\nright?"
    )


def test_a_command_may_be_written_out() -> None:
    message = heard("<@1> /assistant Tutor").message
    assert (message.command, message.text) == ("assistant", "Tutor")


def test_nicknames_come_before_names() -> None:
    assert heard(member={"nick": "Annie", "roles": []}).message.author.name == "Annie"


def test_every_audience_has_a_conversation_of_its_own() -> None:
    messages = [
        *(heard(place=place).message for place in (CHANNEL, THREAD, DIRECT)),
        *(asked(place, Audience.PRIVATE) for place in (CHANNEL, THREAD, DIRECT)),
        asked(CHANNEL, Audience.PRIVATE, person="8"),
        in_own_thread(heard().message),
    ]
    assert len({message.key for message in messages}) == len(messages)
    assert asked(CHANNEL, Audience.EVERYONE).key == heard().message.key


def test_a_private_answer_to_a_shared_conversation_stays_private() -> None:
    message = asked(CHANNEL, Audience.ASKER)
    assert message.key == CHANNEL.key()
    assert not Origin.of(message).has_parts_elsewhere


def test_origins_come_back_as_they_were_stored() -> None:
    message = asked(THREAD, Audience.PRIVATE)
    assert Origin.of(message).as_mapping() == message.origin


def test_a_thread_has_the_traits_of_its_channel() -> None:
    message = heard(place=THREAD, member={"roles": ["11", "12"]}).message
    assert traits(message) == (
        "server:2", "category:4", "channel:3", "channel:5", "role:11", "role:12", "role:2",
        "user:7",
    )  # fmt: skip


@given(JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS.split(), JSON)))
def test_nothing_that_was_said_before_makes_it_stumble(strange: Any) -> None:
    assert isinstance(quote_of(strange, ME), Quote | None)


def test_names_that_begin_with_what_is_typed_come_first() -> None:
    names = ["Editor", "Tutor", "Torte"]
    assert [one.name for one in choices(names, "to")] == ["Torte", "Editor", "Tutor"]
    assert len(choices([str(number) for number in range(100)], "")) == 25


@pytest.mark.parametrize(
    ("detail", "marks"),
    [
        ("1 before you", "1\ufe0f\u20e3"),
        ("10 before you", "🔟"),
        ("19 before you", "🔟 9\ufe0f\u20e3"),
        ("20 before you", WAITING),
        ("0", WAITING),
        ("", WAITING),
    ],
)
def test_a_place_in_the_queue_is_shown_in_keycaps_where_there_are_enough(
    detail: str, marks: str
) -> None:
    assert marks_of(detail) == marks
