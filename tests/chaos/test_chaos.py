"""The short form of the chaos: `make chaos` is the long one."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.chaos.play import Plan, play
from tests.chaos.report import report

# Another one each day; what it was is in the report, and `make chaos SEED=n` plays it again.
SEED = datetime.now(UTC).toordinal()
PLAN = Plan(SEED, messages=50, lives=4, seconds=(1.0, 3.0), exam=10.0)


@pytest.mark.timeout(900)  # it starts the program six times
async def test_no_message_is_lost_or_answered_twice_however_often_the_program_dies(
    tmp_path: Path,
) -> None:
    outcome = await play(PLAN, tmp_path)
    print(report(outcome))
    assert outcome.is_settled
    assert outcome.losses == []
    assert sum(outcome.struck.values()) > 5
    assert outcome.hand.done["kill -9"] > 2
    assert sum(outcome.cards.values()) > 1
