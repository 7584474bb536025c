"""A set-up that is not usable is said in one line, with exit code 2 and without a secret."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.program import SECRET, Program, Running

HALF_FILLED = [
    ({"BACKEND": "responses"}, "OPENAI_API_KEY"),
    ({"BACKEND": "chat", "OPENAI_MODEL": "m"}, "OPENAI_BASE_URL"),
    ({"OPENAI_API_KEY": SECRET}, "OPENAI_MODEL"),
    ({"SLACK_BOT_TOKEN": SECRET}, "SLACK_APP_TOKEN"),
    ({"OPENAI_API_KEY_FILE": "/nowhere/key"}, "OPENAI_API_KEY_FILE"),
    ({"LOG_LEVEL": "loud"}, "LOG_LEVEL"),
]
BAD_PLACES = [
    ("postgres://nowhere/x", "DATABASE_URL"),
    ("sqlite:////proc/nowhere/homeroom.db", "/proc/nowhere"),
    ("sqlite:///folder", "folder"),
]


def assert_refused(ended: Running, *words: str) -> None:
    assert ended.code == 2, ended.err
    lines = [line for line in ended.err.splitlines() if line.startswith("homeroom: ")]
    assert lines == ended.err.splitlines()[-1:], ended.err
    assert all(word in lines[0] for word in words), ended.err
    assert "Traceback" not in ended.err
    assert SECRET not in ended.err + ended.out


@pytest.mark.parametrize(("settings", "missing"), HALF_FILLED, ids=[n for _, n in HALF_FILLED])
async def test_settings_that_are_half_filled_in_name_what_is_missing(
    settings: dict[str, str], missing: str, bare: Program
) -> None:
    bare.settings = settings
    assert_refused(await bare.run("run"), missing)


@pytest.mark.parametrize(("url", "named"), BAD_PLACES)
async def test_a_database_that_cannot_be_opened_is_named(
    url: str, named: str, bare: Program
) -> None:
    (bare.folder / "folder").mkdir()
    bare.settings = {"DATABASE_URL": url}
    assert_refused(await bare.run("chat"), named)


def not_a_database(path: Path) -> None:
    path.write_bytes(b"This is no database. " * 500)


def newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 9999")
    connection.close()


def damaged(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE conversations (id INTEGER)")
    connection.close()
    pages = bytearray(path.read_bytes())
    pages[100:] = b"\xff" * (len(pages) - 100)
    path.write_bytes(pages)


@pytest.mark.parametrize("spoil", [not_a_database, newer, damaged])
async def test_a_file_that_is_no_sound_database_is_refused_and_stays_as_it_is(
    spoil: Callable[[Path], None], bare: Program
) -> None:
    path = bare.folder / "homeroom.db"
    spoil(path)
    before = path.read_bytes()
    assert_refused(await bare.run("chat", given="hello\n"), "homeroom.db")
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("[assistants.Tutor]\ntemperature = 9\n", ("line 2", "assistants.Tutor.temperature")),
        ("[assistants\n", ("line 1",)),
    ],
    ids=["value", "syntax"],
)
async def test_a_mistake_in_the_assistants_names_its_key_and_line(
    written: str, words: tuple[str, ...], bare: Program
) -> None:
    (bare.folder / "homeroom.toml").write_text(written)
    assert_refused(await bare.run("chat"), "homeroom.toml", *words)


async def test_a_command_that_only_looks_names_a_place_that_is_not_there(bare: Program) -> None:
    bare.settings = {"DATABASE_URL": "sqlite:///nowhere/homeroom.db"}
    assert_refused(await bare.run("threads", "list"), "nowhere")


async def test_settings_are_read_from_the_folder(bare: Program) -> None:
    (bare.folder / ".env").write_text("BACKEND=chat\nOPENAI_MODEL=m\n")
    assert_refused(await bare.run("run"), "OPENAI_BASE_URL")


async def test_another_package_over_our_folders_is_named(bare: Program) -> None:
    other = bare.folder / "elsewhere" / "adapters-1.3.0.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: adapters\nVersion: 1.3.0\n")
    (other / "RECORD").write_text("adapters/__init__.py,,\n")
    bare.settings = {"PYTHONPATH": str(other.parent), "BACKEND": "chat"}
    ended = await bare.run("doctor", "--json")
    [told] = [check for check in json.loads(ended.out) if check["name"] == "installation"]
    assert "adapters is installed over" in told["finding"]
