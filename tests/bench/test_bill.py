"""What the bench says of the bill."""

from tests.bench.bill import cost, whole, within_room


def test_a_long_conversation_costs_less_within_its_room_cached_or_not() -> None:
    sent_whole, kept = list(whole()), list(within_room())
    assert max(run.input for run in kept) < max(run.input for run in sent_whole) / 4
    for is_cached in (False, True):
        assert cost(kept, is_cached=is_cached) < cost(sent_whole, is_cached=is_cached)
