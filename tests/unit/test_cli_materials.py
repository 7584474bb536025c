"""A folder is added, found, replaced and removed by commands."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import homeroom
from bot.core.errors import ConfigError

SYLLABUS = "# Exams\nThe exam takes ninety minutes.\n# Late work\nTen points a day.\n"


@pytest.fixture(autouse=True)
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DISCORD_TOKEN", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "course"
    folder.mkdir()
    (folder / "syllabus.md").write_text(SYLLABUS)
    (folder / "noise.bin").write_bytes(bytes(range(256)))
    return folder


def materials(*arguments: str) -> Result:
    return CliRunner().invoke(homeroom, ["materials", *arguments])


def test_a_folder_is_added_and_what_cannot_be_read_is_named() -> None:
    shown = materials("add", "course")
    assert shown.output.splitlines() == [
        "course/noise.bin was left out: it is neither text nor PDF nor an Office document.",
        "course/syllabus.md was added: 2 passages.",
        "1 added, 1 left out · for console",
    ]
    assert shown.exit_code == 0
    found = materials("search", "how long is an exam?")
    assert found.output.startswith("course/syllabus.md\n    Exams\n    The exam takes ninety")
    assert "nothing is found for console" in materials("search", "the library").output
    shown = materials("show", "course/syllabus.md")
    assert "[Late work]\nTen points a day." in shown.output


def test_what_is_unchanged_is_left_and_what_has_changed_is_replaced(course: Path) -> None:
    materials("add", "course/syllabus.md")
    assert materials("add", "course/syllabus.md").output == "1 unchanged · for console\n"
    (course / "syllabus.md").write_text(f"{SYLLABUS}# New\nwords\n")
    assert "1 replaced" in materials("add", "course/syllabus.md").output
    [document] = json.loads(materials("list", "--json").output)
    assert (document["name"], document["version"]) == ("syllabus.md", 2)
    assert document["added_at"].startswith("20")


def test_what_is_removed_leaves_no_copy_in_any_file(tmp_path: Path, course: Path) -> None:
    (course / "syllabus.md").write_text("# Zauberwort\nxylophonist quagmire\n" * 50)
    materials("add", "course", "--scope", "console:local:general")
    assert b"xylophonist" in (tmp_path / "homeroom.db").read_bytes()
    assert (
        "is removed"
        in materials("remove", "course/syllabus.md", "--scope", "console:local:general").output
    )
    left = b"".join(file.read_bytes() for file in tmp_path.glob("homeroom.db*"))
    for word in (b"xylophonist", b"quagmire", b"xylophon", b"zauberwort", b"Zauberwort"):
        assert word not in left


def test_a_file_that_cannot_be_read_alone_is_a_failure() -> None:
    assert materials("add", "course/noise.bin").exit_code == 1


@pytest.mark.parametrize("scope", ["matrix", "console:a:b:c", "discord:x"])
def test_a_scope_that_there_cannot_be_is_refused(scope: str) -> None:
    shown = materials("add", "course", "--scope", scope)
    assert isinstance(shown.exception, ConfigError)


def test_where_there_are_platforms_a_scope_has_to_be_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "token")
    assert isinstance(materials("add", "course").exception, ConfigError)


def test_what_is_not_there_cannot_be_shown_or_removed() -> None:
    for command in ("show", "remove"):
        assert isinstance(materials(command, "nothing.pdf").exception, ConfigError)


def test_files_of_a_folder_lie_below_its_address(course: Path) -> None:
    (course / "a b.md").write_text("words")
    materials("add", "course", "--address", "https://a.example/course/")
    addresses = {
        one["name"]: one["address"] for one in json.loads(materials("list", "--json").output)
    }
    assert addresses["course/a b.md"] == "https://a.example/course/a%20b.md"
