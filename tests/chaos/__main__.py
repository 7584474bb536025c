"""`python -m tests.chaos [--seed N] [--messages N]`: exits with 1 on any loss."""

import argparse
import asyncio
import logging
import random
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.chaos.play import Plan, play
from tests.chaos.report import report
from tests.postgres import running_postgres

_MESSAGES_A_LIFE = 25


def main() -> int:
    given = _arguments()
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # an answer cut off is meant
    folder = Path(tempfile.mkdtemp(prefix="homeroom-chaos-"))
    lives = given.lives or max(2, given.messages // _MESSAGES_A_LIFE)
    plan = Plan(given.seed, given.messages, lives, given.backend)
    print(f"seed {plan.seed}, {plan.messages} messages, {plan.lives} lives in {folder}", flush=True)
    began = time.monotonic()
    with ExitStack() as stack:
        postgres = stack.enter_context(running_postgres()) if given.postgres else None
        outcome = asyncio.run(play(plan, folder, postgres))
    print(report(outcome))
    print(f"{time.monotonic() - began:.0f} s")
    if outcome.losses or not outcome.is_settled:
        return 1
    shutil.rmtree(folder)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--messages", type=int, default=3000)
    parser.add_argument("--lives", type=int, help="how often the program is started and ended")
    parser.add_argument("--backend", choices=("responses", "chat"), default="responses")
    parser.add_argument("--postgres", action="store_true", help="three processes on PostgreSQL")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
