"""What an owner sees: `homeroom doctor`, and the commands a platform is set up with."""

import json
from collections.abc import AsyncIterator

import pytest

from adapters.slack.manifest import BOT_SCOPES, METHODS
from tests.e2e.program import SECRET, Program, until
from tests.fakes.discord_server import FakeDiscord
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.slack_server import APP_TOKEN, Call, FakeSlack

OTHERS = {"link", "files.upload", "files.download", "response_url"}  # of Slack's, but no methods

# What is called at the end of each of the things that people do below, and how often.
LAST = {
    "assistant.threads.setSuggestedPrompts": 1,
    "files.completeUploadExternal": 1,
    "files.download": 1,
    "response_url": 2,
    "views.publish": 1,
}


@pytest.fixture
async def slack(hosted: Program) -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as slack:
        hosted.settings |= {
            "SLACK_BOT_TOKEN": slack.bot.token,
            "SLACK_APP_TOKEN": APP_TOKEN,
            "SLACK_API_URL": slack.api_url,
        }
        yield slack


@pytest.fixture
async def discord(hosted: Program) -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as discord:
        discord.add_guild("School").add_text_channel("general")
        hosted.settings |= {"DISCORD_TOKEN": discord.token, "DISCORD_API_URL": discord.api_url}
        yield discord


async def test_the_doctor_looks_at_every_platform_that_is_set_up(
    hosted: Program, slack: FakeSlack, discord: FakeDiscord
) -> None:
    ended = await hosted.run("doctor")
    assert ended.code == 0, ended.out
    names = [line.split(":")[0] for line in ended.out.splitlines()]
    assert names[4:] == [
        f"✓ {name}"
        for name in (
            "slack bot token", "slack scopes", "slack app token", "slack clock",
            "discord token", "discord intents", "discord servers", "discord server School",
        )
    ]  # fmt: skip
    assert ended.err == ""


async def test_what_is_wrong_is_told_with_what_mends_it_and_without_a_secret(
    hosted: Program, slack: FakeSlack, discord: FakeDiscord
) -> None:
    slack.scopes -= {"files:read"}
    hosted.settings["SLACK_APP_TOKEN"] = hosted.settings["DISCORD_TOKEN"] = SECRET
    ended = await hosted.run("doctor")
    assert ended.code == 1
    wrong = [line for line in ended.out.splitlines() if line.startswith(("✗", "  →"))]
    assert [line.split(":")[0] for line in wrong[::2]] == [
        "✗ slack scopes", "✗ slack app token", "✗ discord token",
    ]  # fmt: skip
    assert "files:read" in wrong[0]
    assert all(line.startswith("  → ") for line in wrong[1::2])
    assert not any(one in ended.out + ended.err for one in (SECRET, slack.bot.token))


async def test_platforms_that_are_out_of_reach_are_failures_and_no_tracebacks(
    hosted: Program, slack: FakeSlack, discord: FakeDiscord
) -> None:
    await slack.stop()
    await discord.stop()
    ended = await hosted.run("doctor", "--json")
    failed = [check["name"] for check in json.loads(ended.out) if check["level"] == "failure"]
    assert (ended.code, failed, ended.err) == (1, ["slack", "discord"], "")


@pytest.mark.parametrize("place", ["127.0.0.1:1/x", "[nowhere/x"], ids=["away", "no address"])
async def test_a_database_that_cannot_be_reached_is_one_line_without_its_password(
    place: str, bare: Program
) -> None:
    bare.settings["DATABASE_URL"] = f"postgresql://ada:{SECRET}@{place}"
    ended = await bare.run("doctor")
    assert (ended.code, ended.err) == (1, "")
    assert "✗ database: DATABASE_URL" in ended.out
    assert all(line.startswith(("✓ ", "✗ ", "  → ")) for line in ended.out.splitlines())
    assert SECRET not in ended.out


@pytest.mark.parametrize("command", [("slack", "manifest"), ("slack", "key"), ("-h",)])
async def test_a_platform_is_set_up_before_anything_is_set(
    command: tuple[str, ...], bare: Program
) -> None:
    ended = await bare.run(*command)
    assert ended.code == 0
    assert ended.out


async def test_no_platforms_library_is_loaded_where_it_is_not_set_up(bare: Program) -> None:
    bare.settings["PYTHONPROFILEIMPORTTIME"] = "1"
    loaded = (await bare.run("doctor")).err
    assert "bot.doctor" in loaded
    assert "slack_sdk" not in loaded
    assert "discord.client" not in loaded


async def test_an_invitation_without_a_token_says_what_to_set(bare: Program) -> None:
    ended = await bare.run("discord", "invite")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("homeroom: DISCORD_TOKEN is not set")


async def test_the_invitation_is_made_of_the_token(hosted: Program, discord: FakeDiscord) -> None:
    ended = await hosted.run("discord", "invite")
    assert f"client_id={discord.bot.id}&" in ended.out
    assert not discord.calls


async def test_the_scopes_of_the_manifest_are_enough_for_all_that_people_do(
    hosted: Program, slack: FakeSlack, server: FakeOpenAI
) -> None:
    slack.scopes = set(BOT_SCOPES)
    server.answer = lambda asked: "long " * 12_000 if "long" in asked else "short"
    listed = 'allow = "group:S01CLASS"\n'
    (hosted.folder / "homeroom.toml").write_text(f"[settings.slack]\n{listed}")
    await hosted.start("run")
    await until(lambda: slack.sockets.opened)
    await use_everything(slack)
    await until(lambda: len(answers_in_public(slack)) >= 3)
    await until(lambda: all(len(slack.called(method)) >= count for method, count in LAST.items()))
    refused = [call.method for call in slack.calls if call.answer == "missing_scope"]
    assert not refused
    assert {call.method for call in slack.calls} <= METHODS.keys() | OTHERS


def answers_in_public(slack: FakeSlack) -> list[Call]:
    """Streamed, or posted whole where they came faster than anybody reads."""
    return [*slack.called("chat.stopStream"), *slack.called("chat.postMessage")]


async def use_everything(slack: FakeSlack) -> None:
    """What people do, in every kind of conversation."""
    alice, bob, mention = "U01ALICE", "U02BOB", slack.bot.mention
    slack.add_usergroup("S01CLASS", "class", [alice, bob])
    slack.add_channel("C02SECRET", kind="group")
    slack.add_channel("C03FEW", kind="mpim")
    for room in ("C01GEN", "C02SECRET", "C03FEW"):
        before = await slack.say(room, bob, "said before")
        await slack.say(room, alice, f"{mention} hello", thread_ts=before)
    file = slack.add_file("notes.txt", b"notes")
    await slack.say(slack.dm(alice), alice, "a long answer to this, please", files=[file])
    await slack.command("/ask", "privately", alice, "C01GEN")
    await slack.shortcut("ask_about_message", alice, before)
    for tab in ("home", "messages"):
        await slack.open_home(alice, tab)
