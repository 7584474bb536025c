"""What the program has used of the processor."""

import os
from pathlib import Path

from tests.chaos.houses import House

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_of(house: House) -> float:
    """Seconds, of the processes that live now together."""
    return sum(_seconds(pid) for pid in house.pids)


def _seconds(pid: int) -> float:
    stat = Path(f"/proc/{pid}/stat").read_text("ascii")
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
