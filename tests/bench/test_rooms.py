"""The class of the bench: where it asks, what its platform takes, and the best that can be done."""

from collections import Counter

from tests.bench.rooms import CLASS, Limits, perfect, room_of


def test_a_class_asks_in_five_channels_and_fifty_direct_messages() -> None:
    rooms = Counter(room_of(number) for number in range(CLASS))
    assert sorted(rooms.values()) == [1] * 50 + [30] * 5
    assert room_of(CLASS + 3) == room_of(3)


def test_a_limit_is_for_each_place_and_passes() -> None:
    limits = Limits({"a channel": (1, 1.0)})
    assert limits.wait("a channel", "C1", 10.0) == 0.0
    assert limits.wait("a channel", "C2", 10.0) == 0.0
    assert limits.wait("a channel", "C1", 10.25) == 0.75
    assert limits.wait("a channel", "C1", 11.0) == 0.0
    assert limits.wait("else", "C1", 11.0) == 0.0


def test_a_perfect_sender_wastes_nothing() -> None:
    ready = {"a": 1.0, "b": 1.0, "c": 1.5, "d": 9.0}
    rooms = {"a": "C1", "b": "C2", "c": "C1", "d": "C1"}
    assert perfect(ready, rooms, 1, 1.0) == [1.0, 1.0, 2.0, 9.0]
    assert perfect(ready, rooms, 2, 5.0) == [1.0, 1.0, 1.5, 9.0]
