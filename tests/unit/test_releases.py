"""What is installed, and what a version is called."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUN, TOOLS = ROOT / "requirements.lock", ROOT / "requirements-dev.lock"
PIN = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)


def pins(lock: Path) -> set[tuple[str, str]]:
    return set(PIN.findall(lock.read_text("utf-8")))


@pytest.mark.parametrize("lock", [RUN, TOOLS], ids=["run", "tools"])
def test_a_lock_pins_each_package_by_hash_and_names_no_server(lock: Path) -> None:
    text = lock.read_text("utf-8")
    packages = re.split(PIN.pattern.replace("(", "(?:"), text, flags=re.MULTILINE)[1:]
    assert packages
    assert all("--hash=sha256:" in package for package in packages)
    assert "://" not in text
    assert "index" not in text


def test_testing_adds_to_what_runs_and_changes_none_of_it() -> None:
    assert pins(RUN) < pins(TOOLS)


def test_running_installs_no_tools() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    tools = {re.split(r"[<>=]", one)[0] for one in project["dependency-groups"]["dev"][1:]}
    assert {"mypy", "pytest", "ruff"} <= tools
    assert not tools & {name for name, _ in pins(RUN)}


def test_the_changelog_begins_with_this_version_and_its_day() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    headings = re.findall(
        r"^## (\S+) · \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE
    )
    assert headings[0] == project["project"]["version"]
