from collections.abc import Callable

Clock = Callable[[], float]  # seconds since the epoch
