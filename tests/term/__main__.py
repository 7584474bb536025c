"""`python -m tests.term [--seed N] [--quick]`: a term; exits with 1 on anything that is wrong."""

import argparse
import asyncio
import logging
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from docs.picture_term import draw
from tests.term.audit import wrongs
from tests.term.play import play
from tests.term.report import report
from tests.term.timetable import Plan, quick


def main() -> int:
    given = _arguments()
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # an answer cut off is meant
    folder = Path(tempfile.mkdtemp(prefix="homeroom-term-"))
    plan = quick(given.seed) if given.quick else Plan(given.seed, given.questions)
    print(f"seed {plan.seed}, {plan.questions} questions in {folder}", flush=True)
    began = time.monotonic()
    term = asyncio.run(play(plan, folder))
    losses = wrongs(term)
    print(report(term, losses))
    print(f"{time.monotonic() - began:.0f} s")
    if given.picture:
        with closing(sqlite3.connect(term.house.database)) as database:
            given.picture.write_text(draw(database), "utf-8")
    if losses:
        return 1
    shutil.rmtree(folder)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.term", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--questions", type=int, default=8000)
    parser.add_argument("--quick", action="store_true", help="two hundred questions")
    parser.add_argument("--picture", type=Path, help="where to draw it")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
