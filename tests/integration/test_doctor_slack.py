"""The doctor at Slack's door: each finding names what is wrong and what mends it."""

import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from adapters.slack.checks import check_slack
from adapters.slack.manifest import BOT_SCOPES
from bot.config import Settings
from bot.core.checks import Check, Level
from tests.fakes.slack_server import (
    APP_TOKEN,
    CLIENT_ID,
    CLIENT_SECRET,
    SIGNING_SECRET,
    FakeSlack,
    Fault,
)

WRONG = "never-to-be-seen"


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as slack:
        yield slack


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where no .env is


def settings(slack: FakeSlack, **given: Any) -> Settings:
    """One workspace over a socket, unless told."""
    usual: dict[str, Any] = {"slack_bot_token": slack.bot.token, "slack_app_token": APP_TOKEN}
    return Settings(slack_api_url=slack.api_url, **(usual | given))


async def examine(slack: FakeSlack, **given: Any) -> dict[str, Check]:
    ahead = given.pop("ahead", 0.0)  # of Slack's clock, in seconds
    found = check_slack(settings(slack, **given), lambda: time.time() + ahead)
    checks = {check.name: check async for check in found}
    secrets = (slack.bot.token, APP_TOKEN, SIGNING_SECRET, CLIENT_SECRET, WRONG)
    assert not any(secret in repr(checks) for secret in secrets)
    assert all(check.mend for check in checks.values() if check.level is not Level.OK)
    return checks


def levels(checks: dict[str, Check]) -> dict[str, str]:
    return {name.removeprefix("slack "): check.level.value for name, check in checks.items()}


async def test_nothing_is_found_where_nothing_is_wrong(slack: FakeSlack) -> None:
    slack.scopes = set(BOT_SCOPES)  # no more than the manifest asks for
    checks = await examine(slack)
    assert levels(checks) == dict.fromkeys(("bot token", "scopes", "app token", "clock"), "ok")
    assert "Test (T01TEST)" in checks["slack bot token"].finding
    assert [call.method for call in slack.calls] == ["auth.test", "apps.connections.open"]


async def test_scopes_that_are_missing_are_named_and_how_to_get_them(slack: FakeSlack) -> None:
    slack.scopes = set(BOT_SCOPES) - {"files:read", "mpim:read"}
    check = (await examine(slack))["slack scopes"]
    assert (check.level, check.finding) == (Level.FAILURE, "missing: files:read, mpim:read")
    assert "reinstall" in check.mend


@pytest.mark.parametrize("error", ["invalid_auth", "account_inactive", "token_revoked"])
async def test_a_bot_token_that_slack_refuses_is_told_with_slacks_own_word(
    error: str, slack: FakeSlack
) -> None:
    slack.expire_token(error=error)
    checks = await examine(slack)
    assert levels(checks) == {"bot token": "failure", "app token": "ok", "clock": "ok"}
    assert error in checks["slack bot token"].finding
    assert "xoxb-" in checks["slack bot token"].mend


async def test_tokens_that_were_taken_for_one_another_are_both_refused(slack: FakeSlack) -> None:
    checks = await examine(slack, slack_bot_token=APP_TOKEN, slack_app_token=slack.bot.token)
    assert levels(checks) == {"bot token": "failure", "app token": "failure", "clock": "ok"}
    assert "not_allowed_token_type" in checks["slack app token"].finding
    assert "connections:write" in checks["slack app token"].mend


async def test_a_persons_token_is_not_taken_for_the_bots(slack: FakeSlack) -> None:
    slack.bot.bot_id = ""
    check = (await examine(slack))["slack bot token"]
    assert (check.level, "person's" in check.finding) == (Level.FAILURE, True)


async def test_over_http_the_signing_secret_is_looked_for_and_no_socket_is_opened(
    slack: FakeSlack,
) -> None:
    given: dict[str, Any] = {"slack_signing_secret": SIGNING_SECRET, "http_port": 8080}
    checks = await examine(slack, slack_app_token=None, **given)
    assert levels(checks)["signing secret"] == "ok"
    assert "127.0.0.1:8080" in checks["slack signing secret"].finding
    assert not slack.called("apps.connections.open")
    checks = await examine(slack, slack_app_token=None)
    assert levels(checks)["signing secret"] == "failure"


@pytest.mark.parametrize(
    ("ahead", "is_signed", "level"),
    [
        (30, True, "ok"),
        (120, True, "warning"),
        (-400, True, "failure"),
        (400, False, "warning"),  # a socket needs no signatures
    ],
)
async def test_a_clock_that_is_minutes_off_is_told_and_fails_where_slack_signs(
    ahead: float, *, is_signed: bool, level: str, slack: FakeSlack
) -> None:
    token = None if is_signed else APP_TOKEN
    given = {"slack_app_token": token, "slack_signing_secret": SIGNING_SECRET}
    assert levels(await examine(slack, ahead=ahead, **given))["clock"] == level


@pytest.mark.parametrize(
    ("wrong", "level", "said"),
    [
        ({}, "ok", "accepted"),
        ({"slack_client_secret": WRONG}, "failure", "bad_client_secret"),
        ({"slack_client_id": "999.999"}, "failure", "invalid_client_id"),
    ],
    ids=["right", "secret", "id"],
)
async def test_for_several_workspaces_the_apps_id_and_secret_are_tried(
    wrong: dict[str, str], level: str, said: str, slack: FakeSlack
) -> None:
    known = {"slack_client_id": CLIENT_ID, "slack_client_secret": CLIENT_SECRET}
    checks = await examine(slack, slack_bot_token=None, **(known | wrong))
    assert levels(checks)["oauth"] == level
    assert said in checks["slack oauth"].finding


async def test_a_key_that_tokens_cannot_be_kept_under_is_told_with_how_to_make_one(
    slack: FakeSlack,
) -> None:
    known = {"slack_client_id": CLIENT_ID, "slack_client_secret": CLIENT_SECRET}
    many = {"slack_bot_token": None, **known}
    good = Fernet.generate_key().decode()
    assert levels(await examine(slack, secret_key=good, **many))["secret key"] == "ok"
    check = (await examine(slack, secret_key=WRONG, **many))["slack secret key"]
    assert (check.level, "homeroom slack key" in check.mend) == (Level.FAILURE, True)


async def test_a_slack_that_cannot_be_reached_is_one_failure(slack: FakeSlack) -> None:
    await slack.stop()
    assert levels(await examine(slack)) == {"slack": "failure"}


@pytest.mark.parametrize(
    ("fault", "level", "said"),
    [
        (Fault.rate_limited(), "warning", "patience"),
        (Fault.server_error(503), "failure", "503"),
        (Fault.html(), "failure", "200"),
    ],
    ids=["busy", "broken", "another page"],
)
async def test_a_slack_that_is_not_itself_is_told_apart_from_a_wrong_token(
    fault: Fault, level: str, said: str, slack: FakeSlack
) -> None:
    slack.fail("auth.test", fault)
    check = (await examine(slack))["slack bot token"]
    assert (check.level.value, said in check.finding) == (level, True), check


async def test_what_is_not_told_is_a_warning_and_no_failure(slack: FakeSlack) -> None:
    body = json.dumps({"ok": True, "bot_id": "B", "user": "homeroom", "team": "Test"})
    slack.fail("auth.test", Fault(status=200, body=body, headers={"Date": "some day"}))
    over = {"slack_app_token": None, "slack_signing_secret": SIGNING_SECRET}
    assert levels(await examine(slack, **over)) == {
        "bot token": "ok", "scopes": "warning", "signing secret": "ok", "clock": "warning",
    }  # fmt: skip


@pytest.mark.parametrize("fault", [Fault.dropped_before(), Fault.broken_json()])
async def test_a_connection_that_breaks_is_no_traceback(fault: Fault, slack: FakeSlack) -> None:
    slack.fail("*", fault, times=9)
    assert "failure" in levels(await examine(slack)).values()
