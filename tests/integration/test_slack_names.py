"""In a course no model is told who anybody in Slack is, whichever way she is named there."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.slack.commands import SHORTCUT
from tests.fakes.tap import FILE_NAME, KWAME, LINK, VERA, leaks
from tests.integration.slack_bot import BOB, CHANNEL
from tests.integration.slack_core import SlackCore, slack_core
from tests.integration.test_slack_humans import order, whispers

SHE, HE = "U7ZVERA340919", "U7ZKWAME340919"
MARKS = [SHE, HE, VERA.name, KWAME.name, VERA.mail, KWAME.mail, FILE_NAME, LINK, "C73409192"]
COURSE = (
    "new CS 101",
    f"teachers <@{BOB}>",
    f"alerts <@{BOB}> <@{HE}>",
    "staff",
    "keep 180d",
    "consent off",
    "open",
)


@pytest.fixture
async def core(tmp_path: Path) -> AsyncIterator[SlackCore]:
    async with slack_core(tmp_path) as core:
        core.slack.add_user(BOB, "boss", is_owner=True, is_admin=True)
        core.slack.add_user(SHE, VERA.name)
        core.slack.add_user(HE, KWAME.name)
        for user in (SHE, HE):
            await core.slack.join(CHANNEL, user)
        yield core


async def test_mentions_threads_links_files_and_menus_name_nobody(core: SlackCore) -> None:
    file = core.slack.add_file(FILE_NAME, f"# {VERA.name}, {VERA.mail}\n".encode())
    bot = core.slack.bot.mention
    async with core.running():
        for words in COURSE:
            await order(core, "class", words, BOB)
        thread = await core.slack.say(CHANNEL, HE, f"as <@{SHE}> says, see <{LINK}|here>")
        asked = f"{bot} <@{HE}> ({KWAME.name}, <mailto:{KWAME.mail}|{KWAME.mail}>) says <{LINK}>"
        await core.slack.say(CHANNEL, SHE, asked, thread, files=[file])
        await core.until(lambda: core.replies(thread))
        await core.slack.say(CHANNEL, HE, f"{bot} and <@{SHE}>, <#C73409192>?", thread)
        await core.until(lambda: len(core.replies(thread)) == 2)
        await core.slack.shortcut(SHORTCUT, SHE, thread)
        await core.until(lambda: whispers(core, SHE))
        await core.slack.command("/ask", f"what does <@{HE}|x> mean", SHE, CHANNEL)
        await core.until(lambda: len(whispers(core, SHE)) == 2)
    assert len(core.model.runs) == 4
    assert leaks(core.model, MARKS) == []
    told = core.model.runs[0].input_text
    assert told.count("Student") >= 4
    assert {"(a link)", "file1.py"} == {one for one in ("(a link)", "file1.py") if one in told}


async def test_whoever_is_spoken_of_is_called_by_name(core: SlackCore) -> None:
    core.model.answer = lambda asked: f"Ask {asked.partition('@')[2].partition(':')[0]}."
    async with core.running():
        for words in COURSE:
            await order(core, "class", words, BOB)
        thread = await core.slack.say(CHANNEL, SHE, f"{core.slack.bot.mention} hi <@{HE}>: why?")
        await core.until(lambda: core.replies(thread))
        assert core.replies(thread)[0].startswith(f"Ask {KWAME.name}.")
    assert leaks(core.model, MARKS) == []
