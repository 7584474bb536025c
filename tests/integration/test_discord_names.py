"""In a course no model is told who anybody on Discord is, whichever way she is named there."""

from tests.fakes.tap import FILE_NAME, KWAME, VERA, leaks
from tests.integration import discord_core
from tests.integration.discord_core import DiscordCore
from tests.integration.test_discord_humans import opened

core = discord_core.core


async def test_mentions_replies_links_files_and_options_name_nobody(core: DiscordCore) -> None:
    she, he = core.server.add_user(VERA.name), core.server.add_user(KWAME.name)
    link = f"https://discord.com/channels/{core.guild.id}/{core.room.id}/73409192837465"
    code = (FILE_NAME, f"# {VERA.name}, {VERA.mail}\n".encode())
    marks = [str(she.id), str(he.id), VERA.name, KWAME.name, VERA.mail, FILE_NAME, link]
    async with core.running() as process:
        await opened(core)
        said = await core.server.say(core.room, he, f"I am {KWAME.name}, see {link}")
        await core.server.say(
            core.room,
            she,
            f"{core.server.bot.mention} what does {he.mention} ({VERA.mail}) mean by {link}?",
            mentions=[core.server.bot, he],
            reply_to=said,
            attachments=[code],
        )
        await core.until(core.ends)
        await core.told("ask", she, question=f"and <@{he.id}>? and <#{core.room.id}>?")
        await process.queue.idle()
    assert len(core.model.runs) == 2
    assert leaks(core.model, [*marks, str(core.room.id)]) == []
    told = core.model.runs[0].input_text
    assert told.count("Student") >= 3
    assert {"(a link)", "file1.py"} == {one for one in ("(a link)", "file1.py") if one in told}
