"""The commands an owner sets a platform up with."""

import base64
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.fernet import Fernet

from adapters.discord.invite import NEEDED, application_id_of, invite_url
from adapters.slack.manifest import link, manifest
from bot.cli import homeroom, main
from bot.core.errors import ConfigError, StartAnew

NUMBER = "123456789012345678"
TOKEN = base64.b64encode(NUMBER.encode()).decode().rstrip("=") + ".Gabcde.never-to-be-seen"
FEWEST = 309_237_763_136  # view, send, send in threads, open threads, history, embed, attach, react


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DISCORD_TOKEN", "DISCORD_APPLICATION_ID"):
        monkeypatch.delenv(name, raising=False)


def run(*words: str, **environment: str) -> Result:
    return CliRunner(env=environment).invoke(homeroom, words)


def test_the_manifest_is_printed_for_a_pipe_and_what_comes_next_beside_it() -> None:
    ended = run("slack", "manifest")
    assert ended.exit_code == 0
    assert json.loads(ended.stdout) == manifest()
    assert "reinstall after creating" in ended.stderr


def test_the_link_is_one_line_and_what_comes_next_stands_beside_it() -> None:
    ended = run("slack", "manifest", "--link")
    assert ended.stdout == f"{link(manifest())}\n"
    assert "reinstall after creating" in ended.stderr


def test_the_addresses_given_stand_in_the_manifest() -> None:
    events, pages = "https://events.example", "https://pages.example"
    ended = run("slack", "manifest", "--http", events, "--oauth", pages)
    assert json.loads(ended.stdout) == manifest(events_at=events, installed_at=pages)


@pytest.mark.parametrize("option", ["--http", "--oauth"])
def test_an_address_that_slack_would_refuse_is_refused_here(option: str) -> None:
    ended = run("slack", "manifest", option, "http://bot.example.org")
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert "https://" in ended.stderr


def test_each_key_is_new_and_tokens_can_be_encrypted_with_it() -> None:
    keys = [run("slack", "key").stdout.strip() for _ in range(2)]
    assert keys[0] != keys[1]
    assert Fernet(keys[0]).decrypt(Fernet(keys[0]).encrypt(b"token")) == b"token"


def test_the_invitation_names_the_application_of_the_token_and_asks_for_the_least() -> None:
    ended = run("discord", "invite", DISCORD_TOKEN=TOKEN)
    assert ended.stdout == f"{invite_url(NUMBER)}\n"
    assert "never-to-be-seen" not in ended.output
    for wanted in (f"client_id={NUMBER}", f"permissions={FEWEST}", "bot+applications.commands"):
        assert wanted in ended.stdout
    assert NEEDED.value == FEWEST


def test_an_application_that_is_named_comes_before_the_tokens() -> None:
    given = {"DISCORD_TOKEN": TOKEN, "DISCORD_APPLICATION_ID": "876543210987654321"}
    assert "client_id=876543210987654321&" in run("discord", "invite", **given).stdout


@pytest.mark.parametrize("environment", [{}, {"DISCORD_TOKEN": "not.a.token"}], ids=["none", "bad"])
def test_without_an_application_it_is_said_what_is_missing(environment: dict[str, str]) -> None:
    ended = run("discord", "invite", **environment)
    assert isinstance(ended.exception, ConfigError)
    assert "DISCORD_APPLICATION_ID" in str(ended.exception)


@pytest.mark.parametrize("token", ["", ".", "é.x", "abc", "QUJD.x.y", "MTIz!.x", "=.x"])
def test_a_token_that_begins_with_no_number_tells_no_application(token: str) -> None:
    assert application_id_of(token) is None


@pytest.mark.parametrize(("error", "code"), [(ConfigError("x"), 2), (StartAnew("x"), 75)])
def test_what_ends_the_bot_has_an_exit_code(
    error: ConfigError, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A unit of systemd's leaves a wrong setting alone, and starts anew what has to be."""

    def fail() -> None:
        raise error

    monkeypatch.setattr("bot.cli.homeroom", fail)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == code
