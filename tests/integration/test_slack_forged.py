"""Presses in Slack that no button of theirs stands behind: of a question another asked alone."""

import sqlite3
from contextlib import closing

import pytest

from tests.fakes.slack_server import Message as Shown
from tests.integration.slack_bot import ALICE, BOB, CHANNEL, words_of
from tests.integration.slack_core import SlackCore
from tests.integration.test_slack_humans import core, whispers

__all__ = ["core"]
VERBS = ("again", "up", "stop", "alone", "publish", "confirm", "endorse", "human")
SECRET = "my secret"
GONE = "I no longer have that question."
OLD = "homeroom_regenerate"  # as 0.1.0 drew it, which old messages still have


async def press(core: SlackCore, on: Shown, action: str, value: str) -> None:
    """Bob's, as by a client that sends what it likes: the button stands there for the moment."""
    forged = {"type": "button", "action_id": action, "value": value}
    kept, on.blocks = on.blocks, [{"type": "actions", "elements": [forged]}]
    await core.slack.click(on.ts, action, value, BOB)
    on.blocks = kept


def asked(core: SlackCore) -> list[str]:
    with closing(sqlite3.connect(core.folder / "homeroom.db")) as database:
        return [key for (key,) in database.execute("SELECT message_key FROM turns ORDER BY id")]


def buttons(shown: Shown) -> list[str]:
    elements = [one for block in shown.blocks for one in block.get("elements", ())]
    return [one["value"] for one in elements if "value" in one]


@pytest.mark.parametrize("is_admin", [False, True])
async def test_forged_presses_do_nothing_to_what_another_asked_alone(
    core: SlackCore, *, is_admin: bool
) -> None:
    core.slack.state.users[BOB]["is_admin"] = is_admin
    async with core.running():
        await core.slack.command("/ask", SECRET, ALICE, CHANNEL)
        await core.until(lambda: [one for one in whispers(core, ALICE) if one.blocks])
        hers = asked(core)[0]
        thread = await core.slack.say(CHANNEL, BOB, f"{core.slack.bot.mention} hello")
        await core.answers(thread)
        [own] = [one for one in core.slack.messages(CHANNEL, thread) if one.blocks]
        head = next(one for one in buttons(own) if ":again:" in one).partition(":again:")[0]
        for verb in VERBS:
            await press(core, own, f"homeroom_button:{verb}", f"{head}:{verb}:{hers}")
        await press(core, own, "homeroom_feedback", f"up|{hers}")
        await press(core, own, OLD, hers)
        # Of again, up (twice), publish and the old one; the others name nothing that is there.
        await core.until(lambda: [words_of(one) for one in whispers(core, BOB)].count(GONE) == 5)
        assert len(core.model.runs) == 2
        with closing(sqlite3.connect(core.folder / "homeroom.db")) as database:
            assert database.execute("SELECT * FROM votes").fetchall() == []
        told = [words_of(one) for one in core.slack.messages(CHANNEL) if one.ephemeral != ALICE]
        assert not [words for words in told if SECRET in words]
