"""The simulation says of a thousand conversations what was measured of them."""

import json
from pathlib import Path
from statistics import median

import pytest

from tests.bench.simulation import Costs, burst, flow

MEASURED = json.loads(Path(__file__).with_name("measured.json").read_text())["figures"]
VALUES = {figure["name"]: figure["value"] for figure in MEASURED}


@pytest.mark.parametrize("platform", ["slack", "discord"])
def test_half_of_a_thousand_conversations_are_through_when_it_was_measured(platform: str) -> None:
    core = burst(Costs.measured(MEASURED, platform, 1000), 1000)
    told = 1000 * (median(core.to_model) + median(core.to_platform))
    burst_of_1000 = f"{platform}: burst of 1000"
    seen = (
        VALUES[f"{burst_of_1000}, event to model p50"]
        + VALUES[f"{burst_of_1000}, answer to platform p50"]
    )
    assert told == pytest.approx(seen, rel=0.2)


def test_where_the_core_is_idle_a_turn_waits_for_nobody() -> None:
    core = flow(Costs(0.002, 0.001), 200, rate=0.1)
    assert median(core.to_model) == pytest.approx(0.002)
    assert median(core.to_platform) == pytest.approx(0.001)


def test_beyond_what_the_core_can_do_turns_wait_without_end() -> None:
    core = flow(Costs(0.002, 0.001), 2000, rate=500, model=0.1)
    assert core.busy / core.now > 0.9
    assert max(core.to_model) > 1
