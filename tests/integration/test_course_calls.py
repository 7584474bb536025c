"""What hearts, cards and endorsed answers ask of the database for a question in a course."""

from tests.integration import discord_core
from tests.integration.discord_core import DiscordCore
from tests.integration.test_discord_humans import opened

core = discord_core.core
TABLES = ("shares", "cards", "endorsements")


async def test_a_warm_question_asks_each_of_them_once(core: DiscordCore) -> None:
    async with core.running() as process:
        await opened(core)
        for question in ("why?", "and then?"):
            core.counting.statements.clear()
            await core.told("ask", question=question)
            await process.queue.idle()
        asked = [one for one in core.counting.statements if any(name in one for name in TABLES)]
        assert len(asked) == len(TABLES)


async def test_without_a_course_they_are_asked_nothing(core: DiscordCore) -> None:
    async with core.running() as process:
        await core.told("ask", question="why?")
        await process.queue.idle()
        asked = [one for one in core.counting.statements if any(name in one for name in TABLES)]
        assert asked == []
