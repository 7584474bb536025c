"""Who may ask, and where."""

from hypothesis import given
from hypothesis import strategies as st

from bot.access import parse_rules, permits

TRAITS = st.sampled_from(["server:1", "category:2", "channel:3", "channel:4", "role:5", "user:6"])
LISTS = st.lists(TRAITS, unique=True)


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
