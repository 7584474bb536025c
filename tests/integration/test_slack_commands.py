"""Commands: where the bot is no member, and as keyboards and habits write them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.slack.commands import SHORTCUT
from tests.fakes.slack_state import ChannelKind
from tests.integration.slack_bot import ALICE, BOB, CHANNEL, words_of
from tests.integration.slack_core import SlackCore, slack_core


@pytest.fixture
async def core(tmp_path: Path) -> AsyncIterator[SlackCore]:
    async with slack_core(tmp_path) as core, core.running():
        yield core


def shown(core: SlackCore, channel: str = CHANNEL) -> list[str]:
    """What the bot shows there that is whole."""
    own = [m for m in core.slack.messages(channel) if m.user == core.slack.bot.user]
    return [words_of(m) for m in own if not m.streaming]


async def told_to_model(core: SlackCore) -> list[str]:
    """What the model was told, as soon as something was answered."""
    await core.until(lambda: shown(core))
    return [run.input_text for run in core.model.runs]


@pytest.mark.parametrize("kind", ["group", "mpim"])
@pytest.mark.parametrize(("command", "expected"), [("/ask", "You said: why?"), ("/help", "I also")])
async def test_a_command_in_a_private_channel_is_answered_to_the_person_alone(
    core: SlackCore, kind: ChannelKind, command: str, expected: str
) -> None:
    core.slack.add_channel("C09PRIV", members=[ALICE, BOB], kind=kind)
    await core.slack.command(command, "why?" if command == "/ask" else "", ALICE, "C09PRIV")
    (answer,) = await core.told(1, "C09PRIV")
    assert expected in answer


async def test_one_can_ask_about_a_message_in_a_private_channel(core: SlackCore) -> None:
    core.slack.add_channel("C09PRIV", members=[ALICE, BOB], kind="group")
    ts = await core.slack.say("C09PRIV", BOB, "E = mc²")
    await core.slack.shortcut(SHORTCUT, ALICE, ts)
    (answer,) = await core.told(1, "C09PRIV")
    assert "mc²" in answer


async def test_a_public_command_where_the_bot_is_no_member_says_what_to_do(core: SlackCore) -> None:
    core.slack.add_channel("C09PRIV", members=[ALICE, BOB], kind="group")
    await core.slack.command("/ask", "--public why?", ALICE, "C09PRIV")
    (note,) = await core.told(1, "C09PRIV")
    assert "/invite" in note
    assert core.model.runs == []


@pytest.mark.parametrize("text", ["—public why?", "why? —public", "––public why?"])
async def test_a_telephone_that_joins_two_dashes_asks_publicly_too(
    core: SlackCore, text: str
) -> None:
    await core.slack.command("/ask", text, ALICE, CHANNEL)
    await core.until(lambda: shown(core))
    (answer,) = [m for m in core.slack.messages(CHANNEL) if m.user == core.slack.bot.user]
    assert answer.ephemeral is None
    assert words_of(answer) == "You said: alice: why?"


@pytest.mark.parametrize("text", ["<@U0BOT>: /help", "<@U0BOT>, /help", "*<@U0BOT>* /help"])
async def test_a_command_after_a_mention_with_a_mark_is_a_command(
    core: SlackCore, text: str
) -> None:
    await core.slack.say(CHANNEL, ALICE, text)
    await core.until(lambda: shown(core))
    assert core.model.runs == []


async def test_the_mark_behind_the_mention_is_not_told(core: SlackCore) -> None:
    await core.slack.say(CHANNEL, ALICE, "<@U0BOT>: why?")
    assert await told_to_model(core) == ["alice: why?"]
