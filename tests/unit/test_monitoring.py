"""What is shipped for Prometheus and Grafana asks for what is there, in words they understand."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bot.metrics import Metrics

FOLDER = Path(__file__).parents[2] / "monitoring"
NAME = re.compile(r"\bhomeroom_[a-z_]+")
needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="no promtool: apt-get install prometheus"
)


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "dashboard.json").read_text("utf-8"))
    return found


def asked() -> list[str]:
    """Every expression of the dashboard, as it is sent."""
    targets = [target for panel in dashboard()["panels"] for target in panel["targets"]]
    wild = {"$instance": ".*", "$__rate_interval": "1m"}
    return [re.sub(r"\$\w+", lambda found: wild[found[0]], target["expr"]) for target in targets]


def promtool(*arguments: str) -> str:
    command = ["promtool", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=FOLDER)
    return "" if ended.returncode == 0 else ended.stdout + ended.stderr


def test_every_number_that_is_asked_for_is_counted() -> None:
    counted = Metrics({"version": "1"})
    there = set(NAME.findall(counted.written("")[0].decode()))
    for text in ("\n".join(asked()), (FOLDER / "alerts.yml").read_text("utf-8")):
        names = {re.sub(r"_bucket$", "", name) for name in NAME.findall(text)}
        assert names <= there


def test_the_dashboard_says_where_its_numbers_come_from_nowhere() -> None:
    board = dashboard()
    assert (board["id"], board["uid"]) == (None, "homeroom")
    assert {one["name"] for one in board["templating"]["list"]} == {"source", "instance"}
    places = [tuple(panel["gridPos"].values()) for panel in board["panels"]]
    assert len(set(places)) == len(places)
    for panel in board["panels"]:
        for one in (panel, *panel["targets"]):
            assert one["datasource"]["uid"] == "${source}", panel["title"]


@needs_promtool
def test_the_alerts_are_rules_and_ring_when_they_should() -> None:
    assert promtool("check", "rules", "alerts.yml") == ""
    assert promtool("test", "rules", "alerts_test.yml") == ""


@needs_promtool
def test_the_dashboard_asks_in_words_that_prometheus_understands(tmp_path: Path) -> None:
    rules = [{"record": f"asked:{n}", "expr": expr} for n, expr in enumerate(asked())]
    written = tmp_path / "asked.yml"
    written.write_text(json.dumps({"groups": [{"name": "asked", "rules": rules}]}))
    assert promtool("check", "rules", str(written)) == ""
