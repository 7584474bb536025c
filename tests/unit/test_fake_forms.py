"""The fakes refuse forms that the platforms refuse, and send off what a person would."""

from typing import Any

import pytest

from tests.fakes.discord_faults import DiscordError
from tests.fakes.discord_forms import check_form, filled_in
from tests.fakes.slack_state import SlackError
from tests.fakes.slack_views import checked, sent


def label(component: dict[str, Any]) -> dict[str, Any]:
    return {"type": 18, "label": "Who", "component": component}


def form(*parts: dict[str, Any], title: str = "A form") -> dict[str, Any]:
    return {"title": title, "custom_id": "c", "components": [*parts]}


WHO = {"type": 7, "custom_id": "who", "required": False, "min_values": 0, "max_values": 25}


@pytest.mark.parametrize(
    "bad",
    [
        form(*[label(WHO)] * 6),
        form(),
        form(label(WHO), title="t" * 46),
        form(label({**WHO, "required": True})),
        form(label({**WHO, "max_values": 26})),
        form({**label(WHO), "label": "l" * 46}),
        form(label({"type": 3, "custom_id": "one", "options": []})),
    ],
)
def test_discord_refuses_what_is_no_form(bad: dict[str, Any]) -> None:
    check_form(form(label(WHO)))
    with pytest.raises(DiscordError):
        check_form(bad)


def test_a_field_of_discords_that_was_left_alone_is_sent_as_it_was() -> None:
    [sent_off] = filled_in(form(label(WHO)), {})
    assert sent_off["component"]["values"] == []
    with pytest.raises(LookupError):
        filled_in(form(label(WHO)), {"what": ["1"]})


def view(element: dict[str, Any], **changes: Any) -> dict[str, Any]:
    block = {"type": "input", "block_id": "who", "optional": True, "element": element}
    title = {"type": "plain_text", "text": "A form"}
    return {"type": "modal", "title": title, "blocks": [block], **changes}


PEOPLE = {"type": "multi_users_select", "action_id": "who"}


@pytest.mark.parametrize(
    "bad",
    [
        view(PEOPLE, title={"type": "plain_text", "text": "t" * 25}),
        view(PEOPLE, private_metadata="m" * 3001),
        view({}),
        view({"type": "multi_usergroups_select", "action_id": "who"}),
    ],
)
def test_slack_refuses_what_is_no_form(bad: dict[str, Any]) -> None:
    assert checked(view(PEOPLE), "modal")
    with pytest.raises(SlackError):
        checked(bad, "modal")


def test_a_field_of_slacks_that_was_left_alone_is_sent_empty() -> None:
    assert sent(view(PEOPLE), {})["who"]["who"]["selected_users"] == []
    with pytest.raises(LookupError):
        sent(view(PEOPLE), {"what": {}})
