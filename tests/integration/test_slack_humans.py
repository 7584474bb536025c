"""A person instead of the model, in Slack: from the button below an answer to what comes back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.slack_server import Message as Shown
from tests.integration.slack_bot import ALICE, BOB, CHANNEL, words_of
from tests.integration.slack_core import SlackCore, slack_core


@pytest.fixture
async def core(tmp_path: Path) -> AsyncIterator[SlackCore]:
    async with slack_core(tmp_path) as core:
        yield core


async def order(core: SlackCore, name: str, words: str, user: str) -> str:
    before = len(whispers(core, user))
    await core.slack.command(f"/{name}", words, user, CHANNEL)
    await core.until(lambda: len(whispers(core, user)) > before)
    return words_of(whispers(core, user)[-1])


def whispers(core: SlackCore, user: str) -> list[Shown]:
    return [one for one in core.slack.messages(CHANNEL) if one.ephemeral == user]


def cards(core: SlackCore) -> list[Shown]:
    said = core.slack.messages(CHANNEL)
    return [one for one in said if "**#1**" in words_of(one) and not one.ephemeral]


def actions(message: Shown) -> list[str]:
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return [element["action_id"] for row in rows for element in row]


async def opened(core: SlackCore, boss: str) -> None:
    core.slack.add_user(boss, "boss", is_owner=True, is_admin=True)
    for words in (
        "new CS 101",
        f"teachers <@{boss}>",
        f"alerts <@{boss}> <@{ALICE}>",
        "staff",
        "keep 180d",
        "consent off",
        "open",
    ):
        said = await order(core, "class", words, boss)
    assert said == "“CS 101” is open."


async def test_a_question_goes_to_the_staffs_channel_and_their_answer_comes_back(
    core: SlackCore,
) -> None:
    boss = BOB
    async with core.running():
        await opened(core, boss)
        agreed = len(whispers(core, ALICE))
        thread = await core.ask("why?")
        await core.answers(thread)
        [answer] = [one for one in core.slack.messages(CHANNEL, thread) if one.blocks]
        [human] = [one for one in actions(answer) if ":human:" in one]
        await core.slack.click(answer.ts, human, user=ALICE)
        await core.until(lambda: len(whispers(core, ALICE)) > agreed)
        choice = whispers(core, ALICE)[-1]
        [question, *_] = [one for one in actions(choice) if one.endswith(":question")]
        await core.slack.click(choice.ts, question, user=ALICE)
        await core.until(lambda: cards(core))
        [card] = cards(core)
        assert "why?" in words_of(card)
        await core.slack.click(card.ts, "homeroom_button:staff:claim", user=boss)
        await core.until(lambda: "homeroom_button:reply:answer" in actions(cards(core)[0]))
        [card] = cards(core)
        await core.slack.click(card.ts, "homeroom_button:reply:answer", user=boss)
        await core.until(lambda: core.slack.state.views)
        view = next(reversed(core.slack.state.views))
        await core.slack.submit(view, boss, {"text": {"text": {"value": "Because of rain."}}})
        await core.until(lambda: "answered by" in words_of(cards(core)[0]))
        await core.until(lambda: "— boss, of the staff" in "".join(core.replies(thread)))
        assert len(cards(core)) == 1
