"""What stands in the home tab is something that Slack takes, whatever the assistants are called."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.slack.home.tab import OF_CHANNEL, OF_DIRECT, TabChoice, Visit, parse_visit
from adapters.slack.home.view import Facts, SettingPlace, tab, view
from bot.core.assistants import Assistant
from bot.core.catalogue import Binding, Catalogue, Chosen
from bot.core.messages import ConversationKey
from bot.platforms import TABLE
from tests.fakes import JSON
from tests.fakes.slack_views import checked

NAMES = st.lists(st.text(min_size=1, max_size=200), max_size=120)


@settings(deadline=None)
@given(NAMES, st.text(max_size=90))
@example([f"Tutor {number}" for number in range(120)], "Tutor 119")
@example(["T" * 90], "T" * 90)
def test_any_assistants_make_a_tab_that_slack_takes(names: list[str], in_force: str) -> None:
    known = {name: Assistant(name=name) for name in ["Homeroom", *names]}
    bindings = [
        Binding("slack:T1:C1", "assistant", in_force, 1.0),
        Binding("slack:T1:C1", "deny", "user:U1", 1.0),
        Binding("slack:T1", "limit", "7", 1.0),
    ]
    direct, shown = (
        Chosen(ConversationKey("slack", "T1", channel).scopes(), Catalogue(TABLE, known), bindings)
        for channel in ("D1", "C1")
    )
    facts = Facts(
        SettingPlace("D1", OF_DIRECT, direct), shown=SettingPlace("C1", OF_CHANNEL, shown)
    )
    made = checked(view("D1", "C1", [*tab(facts)]), "home")
    assert value_of(made, "C1|deny") == "user:U1"
    assert value_of(made, "C1|limit") == "7"


def value_of(made: JSON, block_id: str) -> Any:
    [block] = [one for one in made["blocks"] if one.get("block_id") == block_id]
    if "element" in block:
        return block["element"].get("initial_value")
    return block["accessory"]["initial_option"]["value"]


def clicked(action: JSON, **more: Any) -> JSON:
    body = {"type": "block_actions", "user": {"id": "U1", "team_id": "T1"}, "team": {"id": "T1"}}
    shown = {"type": "home", "private_metadata": "D1|C1"}
    return body | {"view": shown, "actions": [action]} | more


def chosen(block_id: str, value: str = "Tutor") -> JSON:
    action = {"action_id": "homeroom_setting", "block_id": block_id}
    return action | {"selected_option": {"value": value}}


def test_a_value_that_is_chosen_says_for_which_place() -> None:
    visit = Visit("T1", "T1", "U1", "D1", "C1")
    assert parse_visit(clicked(chosen("D1|assistant"))) == (
        visit,
        TabChoice("D1", "assistant", "Tutor"),
    )
    place = {"action_id": "homeroom_place", "selected_conversation": "C2"}
    assert parse_visit(clicked(place)) == (Visit("T1", "T1", "U1", "D1", "C2"), None)


def test_in_an_organisation_a_click_belongs_to_the_workspace_of_the_person() -> None:
    body = clicked(chosen("D1|stream", "off"), team=None, enterprise={"id": "E1"})
    assert parse_visit(body) == (
        Visit("E1", "T1", "U1", "D1", "C1"),
        TabChoice("D1", "stream", "off"),
    )


@pytest.mark.parametrize(
    "body",
    [
        clicked(chosen("D1|deny")),
        clicked(chosen("assistant")),
        clicked(chosen("D1|assistant", "")),
        clicked({"action_id": "homeroom_regenerate", "value": "x"}),
        clicked(chosen("D1|assistant"), view={"type": "modal", "private_metadata": "D1|"}),
        clicked(chosen("D1|assistant"), view={"type": "home", "private_metadata": ""}),
        clicked(chosen("D1|assistant"), user={}),
        {"type": "event_callback", "event": {"type": "app_home_opened", "tab": "messages"}},
        {"type": "event_callback", "event": {"type": "app_home_opened", "tab": "home"}},
    ],
)
def test_what_is_no_choice_in_the_tab_sets_nothing(body: JSON) -> None:
    assert parse_visit(body) is None
