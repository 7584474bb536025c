"""Starts the program with a clock that a hand can set: `python -m tests.chaos.launcher FILE ...`.

On SIGUSR1 the clock goes by as many seconds wrong as the file says. Only this launcher, which
nothing but the chaos uses, touches the clock; the program is the one that is installed.
"""

import signal
import sys
import time
from pathlib import Path

_true_time = time.time
_off_by = 0.0


def _wrong_time() -> float:
    return _true_time() + _off_by


def _set_clock(*_: object) -> None:
    global _off_by  # noqa: PLW0603 - a clock is a global thing
    _off_by = float(_FILE.read_text("ascii") or 0)


if __name__ == "__main__":
    _FILE = Path(sys.argv[1])
    time.time = _wrong_time
    signal.signal(signal.SIGUSR1, _set_clock)
    _set_clock()
    sys.argv = ["homeroom", *sys.argv[2:]]
    from bot.cli import main

    main()
