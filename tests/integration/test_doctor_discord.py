"""The doctor at Discord's door: each finding names what is wrong and what mends it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from adapters.discord.checks import check_discord
from adapters.discord.invite import invite_url
from bot.config import Settings
from bot.core.checks import Check, Level
from tests.fakes.discord_permissions import Permission
from tests.fakes.discord_server import FakeDiscord, Fault


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as discord:
        yield discord


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where no .env is


async def examine(discord: FakeDiscord, **given: Any) -> dict[str, Check]:
    usual = {"discord_token": discord.token, "discord_api_url": discord.api_url}
    found = check_discord(Settings(**(usual | given)))
    checks = {check.name.removeprefix("discord "): check async for check in found}
    assert discord.token not in repr(checks)
    assert all(check.mend for check in checks.values() if check.level is not Level.OK)
    return checks


def levels(checks: dict[str, Check]) -> dict[str, str]:
    return {name: check.level.value for name, check in checks.items()}


async def test_nothing_is_found_where_nothing_is_wrong(discord: FakeDiscord) -> None:
    discord.add_guild("School").add_text_channel("general")
    checks = await examine(discord)
    assert levels(checks) == dict.fromkeys(("token", "intents", "servers", "server School"), "ok")
    assert str(discord.bot.id) in checks["token"].finding
    assert checks["servers"].finding == "1: School"
    assert checks["server School"].finding == "it can answer in 1 channel"
    assert not discord.identifies  # a look takes nothing from the day's budget


async def test_a_token_that_is_not_accepted_is_told_and_nothing_more_is_asked(
    discord: FakeDiscord,
) -> None:
    checks = await examine(discord, discord_token="never.to.be.seen")
    assert levels(checks) == {"token": "failure"}
    assert "DISCORD_TOKEN" in checks["token"].mend
    assert len(discord.calls) == 1


async def test_another_applications_id_is_told(discord: FakeDiscord) -> None:
    check = (await examine(discord, discord_application_id="123456789"))["token"]
    assert (check.level, "123456789" in check.finding) == (Level.WARNING, True)


async def test_message_content_is_missing_only_where_it_is_wanted(discord: FakeDiscord) -> None:
    check = (await examine(discord, discord_message_content=True))["intents"]
    assert (check.level, "message content: all granted" in check.finding) == (Level.OK, True)
    discord.gateway.granted_intents.clear()
    assert levels(await examine(discord))["intents"] == "ok"
    check = (await examine(discord, discord_message_content=True))["intents"]
    assert (check.level, "missing: message content" in check.finding) == (Level.WARNING, True)
    assert "Message Content Intent" in check.mend


async def test_an_address_that_takes_the_commands_away_is_told(discord: FakeDiscord) -> None:
    discord.interactions_url = "https://other.example/interactions"
    check = (await examine(discord))["interactions"]
    assert (check.level, "other.example" in check.finding) == (Level.FAILURE, True)
    assert "Interactions Endpoint URL" in check.mend


async def test_where_it_is_in_no_server_the_invitation_is_shown(discord: FakeDiscord) -> None:
    discord.add_guild("Elsewhere", joined=False)
    check = (await examine(discord))["servers"]
    assert (check.level, check.mend) == (Level.WARNING, f"open {invite_url(discord.bot.id)}")


async def test_permissions_that_are_missing_are_named_with_their_channels(
    discord: FakeDiscord,
) -> None:
    school = discord.add_guild("School")
    silent = {school.everyone: (0, int(Permission.SEND_MESSAGES_IN_THREADS))}
    bare = Permission.ADD_REACTIONS | Permission.ATTACH_FILES
    school.add_text_channel("fine")
    school.add_text_channel("one", overwrites=silent)
    school.add_forum("two", overwrites=silent)
    school.add_text_channel("three", overwrites={school.everyone: (0, int(bare))})
    check = (await examine(discord))["server School"]
    assert check.level is Level.WARNING
    assert check.finding == (
        "#one #two: no send messages in threads; #three: no attach files, add reactions"
    )


async def test_a_channel_that_is_hidden_from_the_bot_is_no_mistake(discord: FakeDiscord) -> None:
    school = discord.add_guild("School")
    school.add_text_channel("general")
    hidden = {school.everyone: (0, int(Permission.VIEW_CHANNEL))}
    school.add_text_channel("staff", overwrites=hidden)
    check = (await examine(discord))["server School"]
    assert check.level is Level.OK
    assert check.finding == "it can answer in 1 channel; 1 hidden from it"


async def test_many_servers_and_channels_take_a_bounded_number_of_calls_and_words(
    discord: FakeDiscord,
) -> None:
    for number in range(40):
        school = discord.add_guild(f"School {number}")
        for room in range(20):
            mute = {school.everyone: (0, int(Permission.SEND_MESSAGES))}
            school.add_text_channel(f"room-{room}", overwrites=mute)
    checks = await examine(discord)
    assert len(discord.calls) < 40
    assert checks["servers"].finding.endswith("School 9 and 30 more")
    assert "#room-4 and 15 more: no send messages" in checks["server School 0"].finding


async def test_a_discord_that_cannot_be_reached_is_one_failure(discord: FakeDiscord) -> None:
    await discord.stop()
    assert levels(await examine(discord)) == {"discord": "failure"}


async def test_an_answer_that_is_not_discords_is_no_traceback(discord: FakeDiscord) -> None:
    page = Fault(status=200, body="<html>Please log in to this network</html>")
    discord.fail("GET", "/users/@me", page)
    assert levels(await examine(discord)) == {"discord": "failure"}
