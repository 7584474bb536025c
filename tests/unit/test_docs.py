"""What the documents tell people to do can be done."""

import re
import tomllib
from pathlib import Path
from typing import cast

import click
import pytest
from click.testing import CliRunner

import bot
from adapters.discord.admin import HomeroomGroup
from adapters.discord.commands import ASKS
from adapters.discord.inbox import DiscordInbox
from adapters.slack.commands import COMMANDS as OF_SLACK
from bot.cli import homeroom
from bot.config import setting_names
from bot.homeroom_toml import AssistantFile
from bot.platforms import TABLE
from bot.work.commands import COMMANDS
from docs.picture_states import draw
from docs.settings_page import page

ROOT = Path(bot.__file__).parent.parent
DOCUMENTS = [
    ROOT / "README.md",
    *(ROOT / "docs" / f"{one}.md" for one in ("slack", "discord", "classes", "tools", "materials")),
]
NAMES = homeroom.list_commands(click.Context(homeroom))
OF_ADAPTERS = {"ask", "homeroom", "invite"}  # the last is Slack's own


@pytest.fixture(params=DOCUMENTS, ids=[path.name for path in DOCUMENTS])
def document(request: pytest.FixtureRequest) -> str:
    return Path(request.param).read_text("utf-8")


def test_every_command_that_is_shown_is_one(document: str) -> None:
    shown = set(re.findall(r"(?<!`/)homeroom ((?:[a-z]+ ?)+(?:--?[a-z]+)?)", document))
    assert shown
    for words in shown:
        assert_known(words.split())


def assert_known(words: list[str]) -> None:
    """Follow a command's name as far as it goes, and find its option."""
    command: click.Command = homeroom
    while words and isinstance(command, click.Group):
        below = command.get_command(click.Context(command), words.pop(0))
        assert below, words
        command = below
    options = [option for each in command.params for option in each.opts]
    assert all(word in options for word in words if word.startswith("-")), (command.name, words)


def test_every_setting_that_is_named_is_one(document: str) -> None:
    named = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", document))
    assert named - of_servers(document) <= set(setting_names())


def of_servers(document: str) -> set[str]:
    """Variables that an example gives to somebody else's server."""
    tables = [tomllib.loads(one) for one in re.findall(r"```toml\n(.*?)```", document, re.DOTALL)]
    servers = [one for table in tables for one in table.get("servers", {}).values()]
    return {name for one in servers for name in (*one.get("environment", ()), one.get("token"))}


def test_every_example_of_the_settings_file_is_read(document: str, tmp_path: Path) -> None:
    for written in re.findall(r"```toml\n(.*?)```", document, re.DOTALL):
        assert tomllib.loads(written)
        path = tmp_path / "homeroom.toml"
        path.write_text(written, "utf-8")
        AssistantFile(path, TABLE).load()


def test_every_slash_command_that_is_listed_is_one(document: str) -> None:
    shown = set(re.findall(r"`/([a-z]+)\b[^/`]*`", document))
    assert shown <= {*COMMANDS, *OF_ADAPTERS}


def test_the_commands_for_those_who_run_a_server_are_all_explained() -> None:
    text = (ROOT / "docs" / "discord.md").read_text("utf-8")
    assert set(re.findall(r"`/homeroom ([a-z_]+)", text)) == {
        command.name for command in HomeroomGroup(cast("DiscordInbox", None)).commands
    }


def test_the_pages_of_the_platforms_name_all_their_commands() -> None:
    of_discord = ASKS & {*COMMANDS, "ask"}
    for name, known in (("slack", set(OF_SLACK)), ("discord", of_discord)):
        text = (ROOT / "docs" / f"{name}.md").read_text("utf-8")
        listed = re.search(r"^Commands: (.*?)\.\s", text, re.MULTILINE | re.DOTALL)
        assert listed
        assert set(re.findall(r"`/(\w+)`", listed[1])) == known


def test_the_page_of_settings_is_what_the_table_says() -> None:
    assert (ROOT / "docs" / "settings.md").read_text("utf-8") == page()


def test_the_picture_of_the_states_is_drawn_from_the_steps_there_are() -> None:
    assert (ROOT / "docs" / "states.svg").read_text("utf-8") == draw()


@pytest.mark.parametrize("path", DOCUMENTS, ids=[path.name for path in DOCUMENTS])
def test_every_link_leads_somewhere(path: Path) -> None:
    text = path.read_text("utf-8")
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (path.parent / target).is_file(), target


def test_the_table_of_commands_names_them_all() -> None:
    table = (ROOT / "README.md").read_text("utf-8").partition("## Commands")[2]
    shown = {name for name in NAMES if re.search(rf"`{name}\b", table)}
    assert shown == set(NAMES)
    rows = re.findall(r"^\| `(/?\w+(?: \w+)?)", table, re.MULTILINE)
    assert len(rows) == len(set(rows))
    assert {name for name in COMMANDS if f"`/{name}" in table} == set(COMMANDS)


def test_the_help_of_each_command_can_be_asked_for() -> None:
    for name in NAMES:
        assert CliRunner().invoke(homeroom, [name, "-h"]).exit_code == 0
