"""The short form of the term: `make term` is the long one."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SEED = str(
    datetime.now(UTC).toordinal()
)  # another term each day; `make term SEED=n` plays it again


@pytest.mark.timeout(900)  # it starts the program a few times
def test_a_class_on_two_platforms_has_a_term_in_which_nothing_goes_wrong() -> None:
    """In a process of its own, whose clock leaps."""
    command = [sys.executable, "-m", "tests.term", "--quick", "--seed", SEED]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    print(ended.stdout, ended.stderr)
    assert ended.returncode == 0
    assert "wrong: nothing" in ended.stdout
    assert "exam done" in ended.stdout
