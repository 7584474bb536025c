"""Starts the program with a clock that a hand can set: `python -m tests.chaos.launcher FILE ...`.

On SIGUSR1 the clock goes by as many seconds wrong as the file says, and if a second number stands
there, as if the machine had slept for so long. Only this launcher, which nothing but the chaos and
the term use, touches clocks; the program is the one that is installed.
"""

import signal
import sys
import time
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

_true_time = time.time
_true_clock = time.clock_gettime
_off_by = 0.0
_slept = 0.0


def _wrong_time() -> float:
    return _true_time() + _off_by


def _after_sleep(clock: int) -> float:
    return _true_clock(clock) + (_slept if clock == time.CLOCK_BOOTTIME else 0.0)


def _set_clock(*_: object) -> None:
    global _off_by, _slept
    off_by, _space, slept = _FILE.read_text("ascii").partition(" ")
    _off_by, _slept = float(off_by or 0), float(slept or 0)


if __name__ == "__main__":
    _FILE = Path(sys.argv[1])
    time.time = _wrong_time
    time.clock_gettime = _after_sleep
    signal.signal(signal.SIGUSR1, _set_clock)
    _set_clock()
    if _slept:  # no socket has slept: the library would take each leap for a dead one
        sockets = import_module("slack_sdk.socket_mode.aiohttp")
        vars(sockets)["time"] = SimpleNamespace(time=_true_time)
    sys.argv = ["homeroom", *sys.argv[2:]]
    from bot.cli import main

    main()
