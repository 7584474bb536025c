"""An exam in Slack, from the bell to what staff give afterwards."""

import time

from storage.sqlite import SqliteDatabase
from tests.integration.announced import ANSWER, announced
from tests.integration.slack_bot import ALICE, BOB, CHANNEL, words_of
from tests.integration.slack_core import SlackCore
from tests.integration.test_slack_humans import core, opened, order, whispers

__all__ = ["core"]


def seen(core: SlackCore) -> str:
    return "\n".join(words_of(one) for one in core.slack.messages(CHANNEL))


async def test_what_is_under_way_at_the_bell_is_seen_by_nobody_until_staff_give_it(
    core: SlackCore,
) -> None:
    async with core.running():
        await opened(core, BOB)
        core.model.hold()
        thread = await core.ask("before the bell?")
        await core.until(lambda: core.model.runs)
        database = await SqliteDatabase.open(core.folder / "homeroom.db")
        await announced(database, time.time())
        await database.close()
        assert (await order(core, "class", "exam on 1", BOB)).startswith("On: Exam 1")
        inside = await core.ask("inside?")
        core.model.release()
        await core.until(lambda: "An exam is on" in "".join(core.replies(inside)))
        await core.until(lambda: "An exam is on" in "".join(core.replies(thread)))
        before = len(whispers(core, ALICE))
        await core.slack.command("/ask", "and alone?", ALICE, CHANNEL)
        await core.until(lambda: len(whispers(core, ALICE)) > before)
        assert ANSWER not in seen(core)
        assert len(core.model.runs) == 1
        assert await order(core, "class", "give 1", BOB) == "That exam is still on."
        await order(core, "class", "exam off 1", BOB)
        assert await order(core, "class", "give 1", BOB) == "Given: 1 answer."
        await core.until(lambda: ANSWER in "".join(core.replies(thread)))
        assert seen(core).count(ANSWER) == 1
