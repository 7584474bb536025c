"""The manifest says what the code does: neither more nor less."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from slack_sdk.web.async_client import AsyncWebClient

import adapters.slack
from adapters.slack.commands import COMMANDS, SHORTCUT
from adapters.slack.manifest import BOT_SCOPES, EVENTS, METHODS, link, manifest

FOLDER = Path(adapters.slack.__file__).parent
TABLES = {"manifest.py", "budget.py"}  # these speak of methods, and call none
# Called by the library where it is told to, under a name of its own.
CALLED_BY_BOLT = {
    "set_suggested_prompts": "assistant.threads.setSuggestedPrompts",
    "AsyncSocketModeHandler": "apps.connections.open",
}
# What an app can be told of a workspace, as far as anybody might write it into this folder.
KNOWN_EVENTS = """
agent_session_stopped app_context_changed app_home_opened app_mention app_rate_limited
app_requested app_uninstalled app_uninstalled_team assistant_thread_context_changed
assistant_thread_started call_rejected channel_archive channel_created channel_deleted
channel_left channel_rename channel_shared channel_unarchive channel_unshared
email_domain_changed emoji_changed entity_details_requested file_change file_created
file_deleted file_public file_shared file_unshared function_executed grid_migration_finished
grid_migration_started group_archive group_close group_deleted group_left group_open
group_rename group_unarchive im_close im_created im_open invite_requested link_shared
member_joined_channel member_left_channel message pin_added pin_removed reaction_added
reaction_removed star_added star_removed subteam_created subteam_members_changed
subteam_updated team_access_granted team_access_revoked team_domain_change team_join
team_rename tokens_revoked user_change user_huddle_changed user_profile_changed
"""


# Slack's own; a manifest that has one of them among its commands is refused altogether.
RESERVED = """
away call collapse dm dnd expand feed feedback invite join kick leave me msg mute open pro
remind remove rename search shortcuts shrug star status topic who
"""


def nodes(skipped: set[str]) -> Iterator[ast.AST]:
    for path in sorted(FOLDER.rglob("*.py")):
        if path.name not in skipped:
            yield from ast.walk(ast.parse(path.read_text("utf-8")))


def words(skipped: set[str]) -> Iterator[str]:
    """Everything that stands in the code: texts, names and attributes."""
    for node in nodes(skipped):
        match node:
            case ast.Constant(value=str(word)) | ast.Name(id=word) | ast.Attribute(attr=word):
                yield word


def methods_called() -> set[str]:
    """As texts ("chat.update") for our own calls, as attributes where the library is used."""
    by_attribute = {method.replace(".", "_"): method for method in METHODS}
    known = {name for name in dir(AsyncWebClient) if "_" in name.strip("_")} - {"api_call"}
    found = set()
    for word in words(TABLES):
        if "." in word and word.replace(".", "_") in known:
            found.add(word)
        elif word in known and word != "token":
            found.add(by_attribute.get(word, word))
    return found | {CALLED_BY_BOLT[word] for word in words(TABLES) if word in CALLED_BY_BOLT}


def test_every_method_that_is_called_has_its_scopes_in_the_table() -> None:
    assert methods_called() == set(METHODS)


def test_every_event_that_is_listened_to_is_subscribed_to_and_no_other() -> None:
    heard = set(words({"manifest.py"})) & set(KNOWN_EVENTS.split())
    assert {event.partition(".")[0] for event in EVENTS} == heard


@pytest.mark.parametrize("kind", ["channels", "groups", "im", "mpim"])
def test_messages_are_heard_in_every_kind_of_conversation_and_can_be_read_back(kind: str) -> None:
    assert f"message.{kind}" in EVENTS
    assert {f"{kind}:history", f"{kind}:read"} <= set(BOT_SCOPES)


def test_the_manifest_asks_for_the_scopes_events_and_commands_of_the_code() -> None:
    made = manifest()
    assert made["oauth_config"]["scopes"]["bot"] == [*BOT_SCOPES]
    assert made["settings"]["event_subscriptions"]["bot_events"] == [*EVENTS]
    listed = [one["command"] for one in made["features"]["slash_commands"]]
    assert listed == [f"/{name}" for name in COMMANDS]
    assert [one["callback_id"] for one in made["features"]["shortcuts"]] == [SHORTCUT]


def test_the_manifest_declares_an_agent_with_a_messages_tab_people_can_write_in() -> None:
    features = manifest()["features"]
    assert "assistant_view" not in features
    assert 1 <= len(features["agent_view"]["suggested_prompts"]) <= 4
    home = features["app_home"]
    assert home["home_tab_enabled"]
    assert home["messages_tab_enabled"]
    assert not home["messages_tab_read_only_enabled"]


def test_nothing_in_the_manifest_is_longer_than_slack_takes() -> None:
    made = manifest()
    shown, features = made["display_information"], made["features"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert len(features["agent_view"]["agent_description"]) <= 300
    assert all(len(one["name"]) <= 24 for one in features["shortcuts"])
    assert all(0 < len(one["description"]) <= 150 for one in features["shortcuts"])
    assert all(0 < len(one["description"]) <= 100 for one in features["slash_commands"])


def test_no_command_has_a_name_that_slack_keeps_for_itself() -> None:
    assert not set(RESERVED.split()) & set(COMMANDS)
    assert all(name.isascii() and name.isalpha() and name.islower() for name in COMMANDS)


def addresses(made: Any) -> list[str]:
    """Every address in a manifest, wherever it stands."""
    if isinstance(made, dict):
        return [one for value in made.values() for one in addresses(value)]
    if isinstance(made, list):
        return [one for value in made for one in addresses(value)]
    return [made] if isinstance(made, str) and made.startswith("https://") else []


def test_with_socket_mode_no_address_is_needed() -> None:
    made = manifest()
    assert made["settings"]["socket_mode_enabled"]
    assert addresses(made) == []


def test_over_http_events_buttons_and_each_command_come_to_the_address() -> None:
    made = manifest(events_at="https://bot.example.org/")
    assert not made["settings"]["socket_mode_enabled"]
    assert made["settings"]["interactivity"]["is_enabled"]
    assert addresses(made) == ["https://bot.example.org/slack/events"] * (len(COMMANDS) + 2)


def test_tokens_rotate_only_where_workspaces_install_by_themselves() -> None:
    """A token that is written into a file has to last."""
    assert not manifest(events_at="https://a.example")["settings"]["token_rotation_enabled"]
    made = manifest(installed_at="https://a.example")
    assert made["settings"]["token_rotation_enabled"]
    assert made["settings"]["socket_mode_enabled"]
    assert addresses(made) == ["https://a.example/slack/oauth_redirect"]


def test_the_link_opens_the_manifest_at_slack() -> None:
    made = manifest(events_at="https://a.example", installed_at="https://a.example")
    assert not set(link(made)) & set(' "<>{}')  # a mail or a terminal would end it there
    address = urlsplit(link(made))
    assert (address.scheme, address.netloc, address.path) == ("https", "api.slack.com", "/apps")
    told = parse_qs(address.query, strict_parsing=True)
    assert told["new_app"] == ["1"]
    assert json.loads(told["manifest_json"][0]) == made
