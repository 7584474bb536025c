"""The next hint, in Slack: the button below a hint, its form, and the hint that comes of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.slack_bot import ALICE, BOB, CHANNEL
from tests.integration.slack_core import SlackCore, slack_core
from tests.integration.test_slack_humans import actions, order


@pytest.fixture
async def core(tmp_path: Path) -> AsyncIterator[SlackCore]:
    async with slack_core(tmp_path) as core:
        yield core


async def test_a_form_that_is_sent_off_brings_the_next_hint_and_an_empty_one_skips_once(
    core: SlackCore,
) -> None:
    core.slack.add_user(BOB, "boss", is_owner=True, is_admin=True)
    async with core.running():
        for line in (
            "class new CS 101",
            f"class teachers <@{BOB}>",
            f"class alerts <@{BOB}> <@{ALICE}>",
            "class staff",
            "class keep 180d",
            "class consent off",
            "class mode hint",
            "class open",
            "staff assignment hw3 solution def mean(values): return sum(values)",
            "staff assignment hw3 here",
        ):
            name, _, words = line.partition(" ")
            await order(core, name, words, BOB)
        thread = await core.ask("why?")
        for number, tried in ((1, "I added them up and got zero"), (2, None)):
            await hinted(core, thread, number)
            await fill_in(core, thread, tried)
        await hinted(core, thread, 3)


async def hinted(core: SlackCore, thread: str, number: int) -> None:
    await core.until(lambda: f"Hint {number} of 3" in "".join(core.replies(thread)))


async def fill_in(core: SlackCore, thread: str, tried: str | None) -> None:
    """Press the button below the newest hint, and send its form off."""
    shown = [one for one in core.slack.messages(CHANNEL, thread) if one.blocks][-1]
    [button] = [one for one in actions(shown) if one.endswith(":next")]
    known = set(core.slack.state.views)
    await core.slack.click(shown.ts, button, user=ALICE)
    await core.until(lambda: set(core.slack.state.views) - known)
    [view] = set(core.slack.state.views) - known
    await core.slack.submit(view, ALICE, {"text": {"text": {"value": tried}}})
