"""Who may ask, and where."""

from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.messages import ConversationKey
from bot.core.setting_values import parse_rules
from bot.rules.access import permits, permits_here
from tests.fakes.door import FakeDoor

TRAITS = st.sampled_from(["server:1", "category:2", "channel:3", "channel:4", "role:5", "user:6"])
LISTS = st.lists(TRAITS, unique=True)
KEY = ConversationKey("fake", "school", "general", "t1")
PLATFORM, CHANNEL = "fake", "fake:school:general"


@given(LISTS, LISTS, LISTS)
def test_one_denied_trait_is_enough_whatever_is_allowed(
    traits: list[str], allow: list[str], deny: list[str]
) -> None:
    if set(traits) & set(deny):
        assert not permits(traits, allow, deny)


@given(LISTS, LISTS)
def test_where_nothing_is_allowed_by_name_all_that_is_not_denied_is(
    traits: list[str], deny: list[str]
) -> None:
    assert permits(traits, [], deny) is not bool(set(traits) & set(deny))


@given(LISTS, LISTS.filter(bool))
def test_else_one_allowed_trait_is_needed(traits: list[str], allow: list[str]) -> None:
    assert permits(traits, allow, []) is bool(set(traits) & set(allow))


def test_a_list_is_written_with_commas_or_spaces() -> None:
    assert parse_rules("role:4, user:5  channel:3") == {"role:4", "user:5", "channel:3"}
    assert parse_rules(None) == parse_rules(" ") == frozenset()


async def may_ask(door: FakeDoor, *traits: str) -> bool:
    async def given(named: Collection[str]) -> Collection[str]:
        return traits

    return await permits_here(await door.settings(KEY), given)


@pytest.mark.parametrize(
    ("allow", "deny", "is_permitted"),
    [
        ({}, {}, True),
        ({PLATFORM: "role:5"}, {}, True),
        ({PLATFORM: "role:5", CHANNEL: "user:7"}, {}, False),
        ({PLATFORM: "user:7", CHANNEL: "role:5"}, {}, False),
        ({PLATFORM: "role:5", CHANNEL: "user:6"}, {}, True),
        ({PLATFORM: "role:5", CHANNEL: ""}, {}, True),
        ({CHANNEL: "user:6"}, {PLATFORM: "role:5"}, False),
        ({}, {CHANNEL: "user:6", PLATFORM: "user:7"}, False),
        ({}, {"fake:school:another": "user:6"}, True),
    ],
)
async def test_each_list_that_allows_has_to_permit_and_one_that_denies_is_enough(
    allow: dict[str, str], deny: dict[str, str], *, is_permitted: bool
) -> None:
    door = FakeDoor()
    for name, lists in (("allow", allow), ("deny", deny)):
        for scope, rules in lists.items():
            await door.set(scope, name, rules)
    assert await may_ask(door, "user:6", "role:5") is is_permitted


async def test_traits_are_looked_up_knowing_what_the_lists_name() -> None:
    door = FakeDoor()
    await door.set(PLATFORM, "allow", "role:5")
    await door.set(CHANNEL, "deny", "user:7, role:8")
    asked: list[Collection[str]] = []

    async def traits(named: Collection[str]) -> Collection[str]:
        asked.append(named)
        return ["role:5"]

    assert await permits_here(await door.settings(KEY), traits)
    assert asked == [{"role:5", "user:7", "role:8"}]


async def test_where_the_bot_is_switched_off_nobody_may_ask() -> None:
    door = FakeDoor()
    await door.set(PLATFORM, "answers", "off")
    assert not await may_ask(door, "user:6")
    await door.set(CHANNEL, "answers", "on")  # the closest scope decides
    assert await may_ask(door, "user:6")
