"""An exam on Discord, from the bell to what staff give afterwards."""

from tests.integration import discord_core
from tests.integration.announced import ANSWER, announced
from tests.integration.discord_core import DiscordCore
from tests.integration.test_discord_humans import opened

core = discord_core.core


def seen(core: DiscordCore) -> str:
    return "\n".join(one.content for one in core.server.from_bot(core.room))


async def test_what_is_under_way_at_the_bell_is_seen_by_nobody_until_staff_give_it(
    core: DiscordCore,
) -> None:
    async with core.running() as process:
        boss = await opened(core)
        core.model.hold()
        question = await core.ask("before the bell?")
        await core.until(lambda: core.model.runs)
        await announced(process.database, core.server.clock.now())
        assert (await core.told("class", boss, words="exam on 1")).startswith("On: Exam 1")
        inside = await core.ask("inside?")
        core.model.release()
        await core.until(lambda: seen(core).count("An exam is on") > 1)
        await process.queue.idle()
        told = [one for one in core.server.from_bot(core.room) if "An exam is on" in one.content]
        assert {one.reference for one in told} == {question, inside}
        assert ANSWER not in seen(core)
        alone = await core.told("ask", core.ann, question="and alone?", private=True)
        assert "An exam is on" in alone
        assert len(core.model.runs) == 1
        assert await core.told("class", boss, words="give 1") == "That exam is still on."
        await core.told("class", boss, words="exam off 1")
        assert await core.told("class", boss, words="give 1") == "Given: 1 answer."
        await core.until(lambda: ANSWER in seen(core))
        await process.queue.idle()
        assert seen(core).count(ANSWER) == 1
