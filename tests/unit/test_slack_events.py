"""What Slack tells, as what was said."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack.buttons import drawn, parse_press
from adapters.slack.commands import COMMANDS, SHORTCUT, parse_command_body, parse_shortcut
from adapters.slack.events import Deletion, Edit, Said, parse_event
from adapters.slack.home.tab import parse_visit
from adapters.slack.installing.workspaces import organisation_of
from adapters.slack.reading import read
from bot.core.controls import below_answer
from bot.core.messages import Author, ConversationKey, Message

JSON = dict[str, Any]
KEYS = st.sampled_from(
    [
        *("type", "subtype", "event", "channel", "ts", "thread_ts", "user", "text", "team", "id"),
        *("team_id", "message", "previous_message", "deleted_ts", "authorizations", "user_id"),
        *(
            "files",
            "size",
            "bot_id",
            "command",
            "trigger_id",
            "actions",
            "action_id",
            "value",
            "view",
        ),
    ]
)
VALUES = st.sampled_from(
    [
        *("event_callback", "message", "app_mention", "message_changed", "message_deleted", "C1"),
        *("agent_session_stopped", "block_actions", "message_action", "/ask", "tombstone", "1.0"),
        *(
            "homeroom_feedback",
            "homeroom_regenerate",
            "up|x",
            "home",
            "app_home_opened",
            "me_message",
            "<@U0BOT> <!here|x>",
        ),
    ]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=9),
    max_leaves=30,
)


def envelope(event: JSON, **more: Any) -> JSON:
    ours = {"enterprise_id": None, "team_id": "T1", "user_id": "U0BOT", "is_bot": True}
    body = {"type": "event_callback", "team_id": "T9", "event_id": "Ev1", "event": event}
    return body | {"authorizations": [ours]} | more


def spoken(**fields: Any) -> JSON:
    said = {"type": "message", "channel": "C1", "channel_type": "channel", "user": "U1"}
    return said | {"ts": "5.0", "text": "hello"} | fields


def heard(**fields: Any) -> Said:
    said = parse_event(envelope(spoken(**fields)))
    assert isinstance(said, Said)
    return said


@settings(deadline=None)
@given(ANYTHING)
def test_no_json_makes_the_parsers_raise(body: object) -> None:
    for told in (body, {"type": "event_callback", "event": body}):
        assert isinstance(parse_event(told), Said | Edit | Deletion | None)
    for parse in (parse_command_body, parse_shortcut, parse_press):
        message = parse(body, 0.0)
        assert message is None or (message.key.platform, message.id != "") == ("slack", True)
    visit = parse_visit(body)
    assert visit is None or visit[0].person


@settings(deadline=None)
@given(st.text())
def test_no_text_makes_reading_raise(text: str) -> None:
    assert isinstance(read(text, "U0BOT"), str)


def test_both_events_of_a_mention_are_the_same_message() -> None:
    said = spoken(text="<@U0BOT> hello", client_msg_id="c1")
    mention = {name: value for name, value in said.items() if name != "channel_type"}
    first = parse_event(envelope(said, event_id="Ev1"))
    second = parse_event(envelope(mention | {"type": "app_mention"}, event_id="Ev2"))
    assert first == second
    assert isinstance(first, Said)
    assert first.mentions_bot
    assert first.message.text == "hello"
    assert first.message.client_id == "c1"


def test_the_ids_are_those_of_our_side_of_a_shared_channel() -> None:
    message = heard().message
    assert message.key == ConversationKey("slack", "T1", "C1", "5.0")
    assert message.id == "T1:C1:5.0"


def test_in_an_organisation_the_space_is_the_organisation() -> None:
    ours = {"enterprise_id": "E1", "team_id": None, "user_id": "U0BOT", "is_bot": True}
    said = parse_event(envelope(spoken(), authorizations=[ours], enterprise_id="E9"))
    assert isinstance(said, Said)
    assert said.message.key.space == "E1"
    assert said.message.origin["team"] == "T9"  # the workspace it happened in


def test_a_reply_belongs_to_its_thread() -> None:
    said = heard(thread_ts="3.0")
    assert said.message.key.thread == "3.0"
    assert said.is_in_thread
    assert not heard(thread_ts="5.0").is_in_thread


def test_a_direct_message_is_a_thread_of_its_own_and_needs_no_mention() -> None:
    said = heard(channel="D1", channel_type="im")
    assert said.is_direct
    assert not said.message.is_shared
    assert said.message.key.thread == "5.0"


def test_in_a_channel_several_people_talk() -> None:
    assert heard().message.is_shared
    assert heard(channel="G1", channel_type="mpim").message.is_shared


@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast", "me_message"])
def test_what_a_person_says_in_another_way_is_a_message_too(subtype: str) -> None:
    assert heard(subtype=subtype).message.text == "hello"


@pytest.mark.parametrize(
    "fields",
    [
        {"user": "U0BOT"},
        {"user": "U0BOT", "bot_id": "B0"},
        {"user": "USLACKBOT"},
        {"subtype": "channel_join"},
        {"subtype": "channel_topic", "bot_id": "B1"},
        {"user": None},
        {"ts": None},
    ],
)
def test_the_bot_itself_slackbot_and_what_merely_happens_ask_nothing(fields: JSON) -> None:
    assert parse_event(envelope(spoken(**fields))) is None


@pytest.mark.parametrize(
    ("fields", "ids"),
    [
        ({}, set()),
        ({"bot_id": "B1"}, {"B1", "U1"}),
        ({"bot_profile": {"id": "B1"}}, {"B1", "U1"}),
        ({"app_id": "A1"}, {"A1", "U1"}),
        ({"subtype": "bot_message", "bot_id": "B1", "user": None}, {"B1"}),
        ({"subtype": "bot_message"}, {"U1"}),
    ],
)
def test_what_another_bot_says_carries_all_it_may_be_listed_under(
    fields: JSON, ids: set[str]
) -> None:
    said = heard(**fields)
    assert said.bot_ids == ids
    assert said.is_bot is bool(ids)
    assert ("bot" in said.message.origin) is bool(ids)


def test_files_come_along() -> None:
    file = {"id": "F1", "name": "a.py", "mimetype": "text/x-python", "size": 7}
    message = heard(subtype="file_share", files=[file | {"url_private": "https://x/a"}]).message
    assert [(a.name, a.mime, a.size, a.url) for a in message.attachments] == [
        ("a.py", "text/x-python", 7, "https://x/a")
    ]


def test_a_command_in_words_is_a_command() -> None:
    message = heard(text="<@U0BOT> /assistant Tutor").message
    assert (message.command, message.text) == ("assistant", "Tutor")


def test_an_edited_message_is_an_edit_of_what_was_said() -> None:
    change: JSON = {"type": "message", "subtype": "message_changed", "channel": "C1", "ts": "9.0"}
    now: JSON = {"user": "U1", "ts": "5.0", "text": "<@U0BOT> newer", "edited": {"user": "U1"}}
    change |= {"message": now}
    change |= {"previous_message": {"user": "U1", "ts": "5.0", "text": "old"}}
    edit = parse_event(envelope(change))
    assert isinstance(edit, Edit)
    assert edit.said.message.unique_key == "slack:T1:C1:5.0"
    assert (edit.said.message.text, edit.thread) == ("newer", ("C1", "5.0"))
    assert edit.adds_mention
    change["previous_message"] = change["message"]
    assert parse_event(envelope(change)) is None  # only a link's preview came
    change["message"] = {"user": "U0BOT", "ts": "5.0", "text": "mine"}
    assert parse_event(envelope(change)) is None


def test_a_deleted_message_is_a_deletion_also_when_a_tombstone_stays() -> None:
    gone = {"type": "message", "subtype": "message_deleted", "channel": "C1", "deleted_ts": "5.0"}
    parsed = parse_event(envelope(gone | {"previous_message": {"user": "U1", "ts": "5.0"}}))
    assert isinstance(parsed, Deletion)
    assert parsed.message_id == "T1:C1:5.0"
    stone = {"subtype": "tombstone", "user": "USLACKBOT", "ts": "5.0", "text": "deleted"}
    change = {"type": "message", "subtype": "message_changed", "channel": "C1", "message": stone}
    change |= {"previous_message": {"user": "U1", "ts": "5.0", "text": "old"}}
    parsed = parse_event(envelope(change))
    assert isinstance(parsed, Deletion)
    assert parsed.message_id == "T1:C1:5.0"


def test_the_stop_button_is_a_stop_in_that_thread() -> None:
    press = {"type": "agent_session_stopped", "channel": "D1", "thread_ts": "3.0", "user": "U1"}
    said = parse_event(envelope(press | {"event_ts": "8.0", "streaming_message_ts": ["4.0"]}))
    assert isinstance(said, Said)
    assert said.message.command == "stop"
    assert said.message.key == ConversationKey("slack", "T1", "D1", "3.0")
    assert said == parse_event(envelope(press | {"event_ts": "8.0"}, event_id="Ev2"))


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("<@U0BOT> hi", "hi"),
        ("ask <@U2|ann> or <@U3> in <#C1|general>", "ask @ann or @U3 in #general"),
        ("<!here> <!subteam^S1|@staff>", "@here @staff"),
        (
            "<https://a.example|this> <https://a.example>",
            "this (https://a.example) https://a.example",
        ),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("1 &lt; 2 &amp;&amp; &amp;lt;", "1 < 2 && &lt;"),
    ],
)
def test_slacks_notation_is_read_as_words(written: str, words: str) -> None:
    assert read(written, "U0BOT") == words


def command(name: str = "/ask", text: str = "why?") -> Message:
    body = {"command": name, "text": text, "user_id": "U1", "user_name": "ann"}
    body |= {"channel_id": "C1", "team_id": "T1", "trigger_id": "t1", "response_url": "http://x"}
    message = parse_command_body(body, 60.0)
    assert message is not None
    return message


def test_what_is_asked_by_command_is_private_and_a_conversation_of_its_own() -> None:
    message = command()
    assert (message.command, message.text) == (None, "why?")
    assert message.key == ConversationKey("slack", "T1", "C1", "private:U1")
    assert message.origin["private"]
    assert not message.is_shared


def test_a_question_can_be_asked_for_all_to_see() -> None:
    message = command(text="--public why?")
    assert message.text == "why?"
    assert "private" not in message.origin
    assert message.key != command().key
    assert command(text="what does --publicity mean").origin["private"]


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "ask"])
def test_every_other_command_is_a_command_of_the_bot(name: str) -> None:
    message = command(f"/{name}", "Tutor")
    assert (message.command, message.text) == (name, "Tutor")


def test_to_ask_stop_is_to_stop() -> None:
    assert command(text=" Stop ").command == "stop"


def test_a_command_sent_twice_is_one_message() -> None:
    assert command() == command()


def test_to_ask_about_a_message_quotes_it_privately() -> None:
    body: JSON = {"type": "message_action", "callback_id": SHORTCUT, "trigger_id": "t1"}
    body |= {"team": {"id": "T1"}, "channel": {"id": "C1"}, "user": {"id": "U1", "name": "ann"}}
    message = parse_shortcut(body | {"message": {"text": "a &lt; b\nc", "ts": "5.0"}}, 0.0)
    assert message is not None
    assert "> someone: a < b\n>   c" in message.text
    assert message.origin["private"]


def test_the_controls_below_an_answer_say_which_question_they_mean() -> None:
    controls = drawn(below_answer("slack:T1:C1:5.0"))
    feedback, again = (row["elements"][0] for row in controls)
    body: JSON = {"type": "block_actions", "team": {"id": "T1"}, "channel": {"id": "C1"}}
    body |= {"user": {"id": "U2", "name": "bob"}}
    blame = {"action_id": feedback["action_id"], "value": feedback["negative_button"]["value"]}
    wish = {"action_id": again["action_id"], "value": again["value"]}
    old = {"action_id": "homeroom_regenerate", "value": "slack:T1:C1:5.0"}  # as 0.1.0 drew it
    said = [
        parse_press(body | {"actions": [a | {"action_ts": "7.0"}]}, 0.0) for a in (blame, wish, old)
    ]
    assert [one and one.command for one in said] == ["down", "again", "again"]
    assert [one and one.text for one in said] == ["slack:T1:C1:5.0"] * 3
    assert [one and one.author for one in said] == [Author("U2", "bob")] * 3


@pytest.mark.parametrize(
    ("said", "place"), [(True, "E1"), ("true", "E1"), (False, ""), ("false", "")]
)
def test_an_organisation_is_a_place_where_the_app_is_installed_in_all_of_it(
    said: object, place: str
) -> None:
    body = {"is_enterprise_install": said, "enterprise_id": "E1", "team_id": "T1"}
    assert organisation_of(body) == place


@pytest.mark.parametrize("subtype", ["me_message", "thread_broadcast", "a_subtype_of_next_year"])
def test_a_mention_is_heard_of_whatever_kind_it_is(subtype: str) -> None:
    assert heard(type="app_mention", subtype=subtype).mentions_bot


def test_where_the_app_also_acts_for_a_person_the_bot_is_still_the_bot() -> None:
    person = {"team_id": "T1", "user_id": "U1", "is_bot": False}
    bot = {"team_id": "T1", "user_id": "U0BOT", "is_bot": True}
    said = parse_event(
        envelope(spoken(user="U1", text="<@U0BOT> hi"), authorizations=[person, bot])
    )
    assert isinstance(said, Said)
    assert (said.message.text, said.mentions_bot) == ("hi", True)


def test_a_mention_of_a_group_is_none_of_the_bot() -> None:
    assert not heard(text="<!subteam^S1|@helpers> why?").mentions_bot
