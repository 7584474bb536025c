"""`python -m tests.term [--seed N] [--quick] [--postgres]`: exits with 1 on anything wrong."""

import argparse
import asyncio
import logging
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from docs.picture_term import draw
from tests.chaos.ledger import Loss
from tests.postgres import Postgres, running_postgres
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
    with ExitStack() as stack:
        postgres = stack.enter_context(running_postgres()) if given.postgres else None
        losses = _hold(plan, folder, postgres, given.picture)
    print(f"{time.monotonic() - began:.0f} s")
    if losses:
        return 1
    shutil.rmtree(folder)
    return 0


def _hold(
    plan: Plan, folder: Path, postgres: Postgres | None, picture: Path | None
) -> Sequence[Loss]:
    term = asyncio.run(play(plan, folder, postgres))
    losses = wrongs(term)
    print(report(term, losses))
    if picture:
        picture.write_text(draw(term.house.rows), "utf-8")
    return losses


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.term", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--questions", type=int, default=8000)
    parser.add_argument("--quick", action="store_true", help="two hundred questions")
    parser.add_argument("--postgres", action="store_true", help="three processes on PostgreSQL")
    parser.add_argument("--picture", type=Path, help="where to draw it")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
