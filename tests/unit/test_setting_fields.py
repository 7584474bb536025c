"""Each setting of the table is one question, the same on every platform."""

import pytest

from bot.core.assistants import Assistant
from bot.core.catalogue import Binding, Catalogue, Chosen
from bot.core.forms import Asks, Field
from bot.core.messages import ConversationKey
from bot.core.setting_fields import field_in, field_of
from bot.core.setting_values import Count, Setting
from bot.platforms import TABLE

SPACE = {"slack": "T1", "discord": "1"}
SETTINGS = [(platform, one) for platform in SPACE for one in TABLE.on(platform)]


def asked_in(platform: str, setting: Setting, value: str = "") -> Field:
    scope = f"{platform}:{SPACE[platform]}"
    bindings = [Binding(scope, setting.name, value, 1.0)] if value else []
    known = {name: Assistant(name=name) for name in ("Homeroom", "Tutor")}
    scopes = ConversationKey(platform, SPACE[platform], "").scopes()
    return field_in(setting, Chosen(scopes, Catalogue(TABLE, known), bindings), scope)


@pytest.mark.parametrize(
    ("platform", "setting"), SETTINGS, ids=lambda one: getattr(one, "name", one)
)
def test_whatever_can_be_picked_can_be_set(platform: str, setting: Setting) -> None:
    asked = asked_in(platform, setting)
    terms = TABLE.terms[platform]
    assert [setting.values.read(one, terms) for one in asked.options] == [*asked.options]
    assert asked.value in {*asked.options, ""}
    assert bool(asked.options) != bool(asked.hint) or setting.name == "assistant"


@pytest.mark.parametrize("platform", SPACE)
def test_a_number_that_is_in_force_is_among_those_that_are_offered(platform: str) -> None:
    [limit] = [one for one in TABLE.on(platform) if one.name == "limit"]
    assert isinstance(limit.values, Count)
    asked = asked_in(platform, limit, "7")
    assert (asked.asks, asked.value) == (Asks.COUNT, "7")
    assert [*asked.options][3:7] == ["3", "5", "7", "10"]
    assert asked.said["7"] == limit.values.said("7")


def test_who_answers_is_picked_out_of_those_there_are() -> None:
    [assistant] = [one for one in TABLE.on("slack") if one.name == "assistant"]
    asked = asked_in("slack", assistant, "Tutor")
    assert (asked.options, asked.value) == (["Homeroom", "Tutor"], "Tutor")
    assert field_of(assistant).asks is Asks.WORDS  # where nobody knows which there are


def test_words_that_are_typed_open_with_what_people_set() -> None:
    [deny] = [one for one in TABLE.on("slack") if one.name == "deny"]
    assert asked_in("slack", deny, "user:U1").value == "user:U1"
    assert asked_in("slack", deny).value == ""
