"""`make bench`: measure, print, and save as JSON and as a picture.

`python -m tests.bench [--quick] [--only latency,polls,...] [--to build/bench]`
"""

import argparse
import asyncio
import os
import platform
import resource
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp

from tests.bench import bill, classroom, day, growth, latency, page, polls, standing, tooled
from tests.bench.figures import save, show
from tests.bench.picture import draw
from tests.bench.scenes import Stage

SCENES: dict[str, Callable[[Stage], Awaitable[None]]] = {
    "bill": bill.measure,
    "start": standing.measure_start,
    "latency": latency.measure,
    "day": day.measure,
    "class": classroom.measure,
    "second": latency.measure_second_floor,
    "polls": polls.measure,
    "disk": standing.measure_disk,
    "tools": tooled.measure,
    "boxes": tooled.measure_boxes,
    "soak": standing.measure_soak,
    "waiting": standing.measure_waiting,
    "growth": growth.measure,
    "page": page.measure,
}


async def play(stage: Stage, names: list[str], to: Path) -> None:
    """Scene by scene; what was measured is kept, also when a later one fails."""
    for name in names:
        begun = time.monotonic()
        await SCENES[name](stage)
        print(f"-- {name}: {time.monotonic() - begun:.0f} s", flush=True)
        save(stage.figures, about(), to.with_suffix(".json"))
        draw(stage.figures, to.with_suffix(".svg"))


async def run(names: list[str], to: Path, *, is_quick: bool) -> Stage:
    timeout = aiohttp.ClientTimeout(total=300)
    with tempfile.TemporaryDirectory(prefix="homeroom-bench-") as folder:
        async with aiohttp.ClientSession(timeout=timeout) as session:
            stage = Stage(session, Path(folder), is_quick)
            await play(stage, names, to)
    return stage


def about() -> dict[str, object]:
    return {
        "at": time.strftime("%Y-%m-%d %H:%M:%S"),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "cores": len(os.sched_getaffinity(0)),
        "load": os.getloadavg(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default=",".join(SCENES))
    parser.add_argument("--to", type=Path, default=Path("build/bench"))
    given = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # each waiting run holds a socket
    stage = asyncio.run(run(given.only.split(","), given.to, is_quick=given.quick))
    print(f"\n{show(stage.figures)}\n")


if __name__ == "__main__":
    main()
