"""What lies in deploy/ names what there is, and gives a container no more than it needs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click import Context

from bot.cli import homeroom
from bot.config import setting_names

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
OF_OTHERS = {"HOMEROOM_HOME", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"}


def written(name: str) -> str:
    return (DEPLOY / name).read_text("utf-8")


def test_hadolint_has_nothing_to_say_about_the_containerfile() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    if not hadolint.exists():
        pytest.skip("there is no hadolint")
    command = [str(hadolint), str(DEPLOY / "Containerfile")]
    judged = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (judged.returncode, judged.stdout) == (0, "")


def test_all_that_is_copied_into_the_image_is_there_and_let_in() -> None:
    let_in = set(re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE))
    copied = re.findall(r"^COPY (?!--)(.+) \S+$", written("Containerfile"), re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    assert names == let_in
    assert all((ROOT / name).exists() for name in names)


@pytest.mark.parametrize("name", ["compose.yaml", "kubernetes.yaml", "Containerfile"])
def test_every_setting_that_is_named_is_one(name: str) -> None:
    text = written(name)
    named = set(re.findall(r"\b([A-Z]+_[A-Z_]+)\b", text))
    linux = {"PYTHONDONTWRITEBYTECODE", "CMD-SHELL"}
    assert named - linux <= set(setting_names()) | OF_OTHERS


@pytest.mark.parametrize("name", ["compose.yaml", "kubernetes.yaml", "Containerfile"])
def test_every_command_that_is_named_is_one(name: str) -> None:
    shown = re.findall(r'\["homeroom", "(\w+)"(?:, "(--\w+)")?\]', written(name))
    shown += re.findall(r'(?:CMD|args:) \["(\w+)"()\]', written(name))
    assert shown or name == "compose.yaml"
    for command, option in shown:
        found = homeroom.get_command(Context(homeroom), command)
        assert found
        options = [one for each in found.params for one in each.opts]
        assert not option or option in options


def test_a_container_is_nobody_s_and_cannot_be_written() -> None:
    assert "USER 10001" in written("Containerfile")
    compose, kubernetes = written("compose.yaml"), written("kubernetes.yaml")
    for line in ("read_only: true", "- ALL", "no-new-privileges:true"):
        assert line in compose
    for line in ("readOnlyRootFilesystem: true", "runAsNonRoot: true", "drop: [ALL]"):
        assert line in kubernetes


def test_what_is_meant_for_the_same_is_called_the_same() -> None:
    """A volume, a service or a secret that is only written once is a misspelling."""
    compose = written("compose.yaml")
    for name in ("database", "homeroom"):
        assert len(re.findall(rf"\b{name}\b", compose)) > 2
    assert len(re.findall(r"homeroom:\$\{POSTGRES_PASSWORD", compose)) == 1
    assert "@database/homeroom" in compose


@pytest.mark.parametrize("name", ["running.md", "code.md"])
def test_what_the_guides_tell_people_to_type_is_there(name: str) -> None:
    text = (ROOT / "docs" / name).read_text("utf-8")
    shown = re.findall(r"^homeroom (\w+)", text, re.MULTILINE)
    shown += re.findall(r"`homeroom (\w+)", text)
    assert shown
    assert set(shown) <= set(homeroom.list_commands(Context(homeroom)))
    assert set(re.findall(r"\b((?:CODE|WEB|LOG|TURNS)_[A-Z_]+)\b", text)) <= set(setting_names())
    for path in re.findall(r"`((?:deploy|monitoring)/[\w.]+)`", text):
        assert (ROOT / path).exists(), path
