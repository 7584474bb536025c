"""What the program has used of the processor."""

import os
from pathlib import Path

from tests.chaos.houses import House

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_of(house: House) -> float:
    """Seconds, of the process that lives now; 0 where none does."""
    if house.victim is None:
        return 0.0
    stat = Path(f"/proc/{house.victim.process.pid}/stat").read_text("ascii")
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
