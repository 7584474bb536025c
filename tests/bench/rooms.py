"""A class in one place: 200 people in five channels and fifty direct messages; and its limits."""

from collections import defaultdict, deque

CLASS = 200
CHANNELS = 5
_DIRECT = 150  # from here on people write to the bot directly


def room_of(number: int) -> str:
    """Where the question of this number is asked; direct messages have numbers of their own."""
    person = number % CLASS
    return f"C{person % CHANNELS}" if person < _DIRECT else f"D{person}"


class Limits:
    """How many calls of a kind in how many seconds: as a platform documents them."""

    def __init__(self, rates: dict[str, tuple[int, float]]) -> None:
        self._rates = rates
        self._taken: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)

    def wait(self, kind: str, where: str, now: float) -> float:
        """Seconds until a call may be made; it is counted where that is none."""
        if kind not in self._rates:
            return 0.0
        most, seconds = self._rates[kind]
        taken = self._taken[kind, where]
        while taken and taken[0] <= now - seconds:
            taken.popleft()
        if len(taken) >= most:
            return taken[0] + seconds - now
        taken.append(now)
        return 0.0


def perfect(
    ready: dict[str, float], rooms: dict[str, str], most: int, seconds: float
) -> list[float]:
    """When a sender who wastes nothing tells each answer: as soon as its room takes one more."""
    sent: defaultdict[str, list[float]] = defaultdict(list)
    for tag in sorted(ready, key=ready.__getitem__):
        before = sent[rooms[tag]]
        earliest = before[-most] + seconds if len(before) >= most else 0.0
        before.append(max(ready[tag], earliest))
    return sorted(at for room in sent.values() for at in room)
