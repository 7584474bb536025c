"""Other work that the machine has to do meanwhile."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_BUSY = "while True: pass"


@contextmanager
def load(loops: int) -> Iterator[None]:
    """So many loops that never wait: it widens each gap in which a process can be killed."""
    running = [subprocess.Popen([sys.executable, "-c", _BUSY]) for _ in range(loops)]
    try:
        yield
    finally:
        for loop in running:
            loop.kill()
            loop.wait()
