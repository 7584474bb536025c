"""What an assistant may use of all that there is, and files of functions that change."""

import json
import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from bot.cli import homeroom
from bot.core.assistants import Assistant
from bot.core.errors import ConfigError
from bot.tools.chest import Chest
from tests.unit.tooling import call, chest_of, question, rewrite, use

ROOT = Path(__file__).parents[2]
OF_NOTES = ("remember", "recall", "forget_this")
MINE = '''"""Mine."""
from __future__ import annotations

from dataclasses import dataclass

from bot.tools import tool


@dataclass
class Die:
    sides: int


@tool(seconds=5)
async def roll(count: int) -> list[int]:
    """Roll."""
    return [Die(6).sides] * _twice(count)


def greet(name: str) -> str:
    """Greet."""
    return f"Hello {name}"


def _twice(count: int) -> int:
    return 2 * count
'''
TOML = """[tools]
files = ["mine.py"]
[tools.roll]
seconds = 7
confirm = true
[assistants.poet]
tools = ["roll", "now"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rewrite(tmp_path / "mine.py", MINE)
    rewrite(tmp_path / "homeroom.toml", TOML)
    return tmp_path


async def names(chest: Chest, *patterns: str) -> list[str]:
    return [tool.name for tool in await chest.offered(Assistant(tools=patterns), question())]


async def test_an_assistant_is_offered_what_it_names(folder: Path) -> None:
    chest = chest_of(folder)
    assert await names(chest, "roll", "now") == ["now", "roll"]
    assert await names(chest, "*") == ["now", "calculate", "roll", "greet", *OF_NOTES]
    assert await names(chest) == []


async def test_the_settings_file_has_the_last_word_on_limits(folder: Path) -> None:
    [roll] = await chest_of(folder).offered(Assistant(tools=("roll",)), question())
    assert (roll.seconds, roll.must_confirm, roll.most) == (7, True, 10)


async def test_tools_are_used_by_their_names(folder: Path) -> None:
    chest = chest_of(folder)
    assert (await chest.use(call("roll", '{"count": 1}'), use())).text == "[6,6]"
    assert (await chest.use(call("greet", '{"name": "Ada"}'), use())).text == "Hello Ada"
    assert (await chest.use(call("_twice", '{"count": 1}'), use())).is_error
    assert "no tool called" in (await chest.use(call("rol"), use())).text


async def test_a_change_is_in_force_at_once_and_after_a_mistake_the_last_good_stays(
    folder: Path,
) -> None:
    chest, path = chest_of(folder), folder / "mine.py"
    rewrite(path, MINE + '\n\ndef more() -> str:\n    """More."""\n    return "more"\n')
    assert "more" in await names(chest, "*")
    with capture_logs() as logs:
        for mistaken in ("def more(\n", MINE + "1 / 0\n"):
            rewrite(path, mistaken)
            assert "more" in await names(chest, "*")
            assert (await chest.use(call("more"), use())).text == "more"
    assert [entry["event"] for entry in logs] == ["tools_rejected", "tools_rejected"]
    assert "mine.py, line 1:" in logs[0]["error"]
    assert f"mine.py, line {MINE.count(chr(10)) + 1}: ZeroDivisionError" in logs[1]["error"]
    rewrite(path, MINE)
    assert "more" not in await names(chest, "*")


async def test_a_file_that_the_settings_file_names_later_is_read(folder: Path) -> None:
    chest = chest_of(folder)
    rewrite(folder / "other.py", 'def other() -> None:\n    """Other."""\n')
    rewrite(folder / "homeroom.toml", TOML.replace('"mine.py"', '"mine.py", "other.py"'))
    assert "other" in await names(chest, "*")
    rewrite(folder / "homeroom.toml", "")
    assert await names(chest, "*") == ["now", "calculate", *OF_NOTES]


MISTAKES = {
    "def f(x) -> None:\n    '''F.'''\n": "mine.py, line 1: f: x needs a type",
    "\ndef f(*x: int) -> None:\n    '''F.'''\n": "mine.py, line 2: f: no model can fill in",
    "\n\ndef f() -> None: pass\n": "mine.py, line 3: f: needs a docstring",
    "def now() -> None:\n    '''N.'''\n": "mine.py: there is a tool called now already",
    "def recall() -> None:\n    '''R.'''\n": "mine.py: there is a tool called recall already",
    "import nowhere_to_be_found\n": "mine.py, line 1: ModuleNotFoundError",
    "x = (\n": "mine.py, line 1: '(' was never closed",
    "raise SystemExit\n": "mine.py, line 1: SystemExit",
    "\x00": "mine.py, line",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_one_line_with_file_and_line(folder: Path, text: str) -> None:
    rewrite(folder / "mine.py", text)
    with pytest.raises(ConfigError) as caught:
        chest_of(folder)
    assert MISTAKES[text] in str(caught.value)
    assert "\n" not in str(caught.value)


TOML_MISTAKES = {
    "[tools]\nfiles = 'mine.py'\n": "line 2: tools.files: Input should be a valid tuple",
    "[tools.roll]\nsecond = 1\n": "line 2: tools.roll.second: there is no such setting",
    "[tools.roll]\nseconds = 0\n": "line 2: tools.roll.seconds: Input should be greater than 0",
    "[tools.roll]\nmay = 'teachers'\n": "line 2: tools.roll.may: it is a list such as user:1",
    "[tools]\nfile = ['mine.py']\n": "line 2: tools.file: Input should be",
    "[tools]\nfiles = ['nowhere.py']\n": "nowhere.py: cannot be read",
    "[assistants.poet]\ntools = ['roll']\n": "line 2: assistants.poet.tools: there is no tool",
    "[assistants.poet]\ntools = ['cal:*']\n": "line 2: assistants.poet.tools: there is no server",
    "[servers.cal]\n": "line 1: servers.cal: it has either a command or an address",
    "[servers.cal]\naddress = 'cal'\n": "line 1: servers.cal: an address begins with http://",
    "[servers.cal]\ncommand = ['x']\ntoken = 'T'\n": "servers.cal: only an address takes a token",
    "[servers.Cal]\ncommand = ['x']\n": "line 1: servers.Cal: String should match pattern",
}


@pytest.mark.parametrize("text", TOML_MISTAKES)
def test_a_mistake_in_the_settings_file_is_told_with_its_line(folder: Path, text: str) -> None:
    rewrite(folder / "homeroom.toml", text)
    with pytest.raises(ConfigError) as caught:
        chest_of(folder)
    assert TOML_MISTAKES[text] in str(caught.value)


async def test_the_worked_example_of_the_documents_is_one(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "tools.md").read_text("utf-8")
    written = [
        re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)[0] for kind in ("python", "toml")
    ]
    rewrite(tmp_path / "mine.py", written[0])
    rewrite(tmp_path / "homeroom.toml", written[1])
    chest = chest_of(tmp_path)
    output = await chest.use(call("roll_dice", '{"count": 4}'), use())
    assert len(json.loads(output.text)) == 4


def test_a_file_may_be_called_like_a_library(folder: Path) -> None:
    rewrite(folder / "json.py", MINE)
    rewrite(folder / "homeroom.toml", '[tools]\nfiles = ["json.py"]\n')
    chest_of(folder)
    assert sys.modules["json"] is json


def test_tools_are_listed_and_tried_without_a_model(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("CODE", "off")
    run = CliRunner().invoke
    listed = run(homeroom, ["tools", "list"])
    assert re.search(r"^roll +7 s, 10 a turn, confirmed", listed.output, re.MULTILINE)
    as_json = json.loads(run(homeroom, ["tools", "list", "--json"]).output)
    assert {"now", "calculate", "roll", "greet", *OF_NOTES} <= {tool["name"] for tool in as_json}
    tried = run(homeroom, ["tools", "try", "greet", '{"name": "Ada"}'])
    assert (tried.output, tried.exit_code) == ("Hello Ada\n", 0)
    assert run(homeroom, ["tools", "try", "greet"]).exit_code == 1
    shown = run(homeroom, ["assistants", "show", "poet"])
    assert "tools: roll, now\n" in shown.output


def test_an_assistant_is_made_with_its_tools(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    words = ["assistants", "create", "--name", "tutor", "--instructions", "Help."]
    made = CliRunner().invoke(homeroom, [*words, "--tool", "greet", "--tool", "calculate"])
    assert made.exit_code == 0
    shown = CliRunner().invoke(homeroom, ["assistants", "show", "tutor", "--json"])
    assert json.loads(shown.output)["tools"] == ["greet", "calculate"]
