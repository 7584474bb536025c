"""Files handed in, and sources pressed, on Slack and Discord as their adapters hear it."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from tests.fakes.slack_state import Message
from tests.integration import discord_core
from tests.integration.discord_core import DiscordCore
from tests.integration.slack_bot import ALICE, CHANNEL
from tests.integration.slack_core import SlackCore, slack_core
from tests.unit.test_reading import archive, pdf

core = discord_core.core

SYLLABUS = pdf("Welcome", "Late essays lose ten points a day.")
NEWER = pdf("Welcome", "Late essays lose twenty points a day.")
REPLACED = "Syllabus.pdf, version 1, page 2"
FOLDER = archive(
    **{"course__a.md": b"# Rooms\nThe lab is in room seven.", "course__b.bin": bytes(range(256))}
)
ASKED = "What about late essays?"
PASSAGE = "Late essays lose ten points a day."


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[SlackCore]:
    async with slack_core(tmp_path) as one:
        one.model.answer = lambda _: "They lose ten points [1]."
        yield one


def buttons(message: Message, verb: str) -> Sequence[str]:
    elements = [one for block in message.blocks for one in block.get("elements") or ()]
    return [str(one["action_id"]) for one in elements if f"{verb}:" in str(one.get("value"))]


async def test_in_slack_files_are_handed_in_and_a_source_is_pressed(slack: SlackCore) -> None:
    slack.slack.state.users[ALICE]["is_admin"] = True
    files = [
        slack.slack.add_file("Syllabus.pdf", SYLLABUS, "application/pdf"),
        slack.slack.add_file("more.zip", FOLDER, "application/zip"),
    ]
    async with slack.running():
        said = f"{slack.slack.bot.mention} /materials add"
        asked = await slack.slack.say(CHANNEL, ALICE, said, files=files)
        await slack.until(lambda: "added" in "".join(slack.replies(asked)))
        added = "".join(slack.replies(asked))
        assert "Syllabus.pdf was added: 2 passages" in added
        assert "more.zip/course/a.md was added: 1 passage" in added
        assert "more.zip/course/b.bin was left out" in added
        thread = await slack.ask(ASKED)
        [answer] = await slack.answers(thread)
        assert "Syllabus.pdf, page 2" in answer
        [shown] = [m for m in slack.slack.messages(CHANNEL, thread) if buttons(m, "sources")]
        [action] = buttons(shown, "sources")
        await slack.slack.click(shown.ts, action, user=ALICE)
        assert PASSAGE in (await slack.told())[-1]
    assert len(slack.model.runs) == 1


async def test_in_slack_a_source_that_was_replaced_says_which_version_it_was(
    slack: SlackCore,
) -> None:
    slack.slack.state.users[ALICE]["is_admin"] = True

    async def hand_in(content: bytes, outcome: str) -> None:
        files = [slack.slack.add_file("Syllabus.pdf", content, "application/pdf")]
        said = f"{slack.slack.bot.mention} /materials add"
        asked = await slack.slack.say(CHANNEL, ALICE, said, files=files)
        await slack.until(lambda: f"was {outcome}" in "".join(slack.replies(asked)))

    async with slack.running():
        await hand_in(SYLLABUS, "added")
        thread = await slack.ask(ASKED)
        await slack.answers(thread)
        await hand_in(NEWER, "replaced")
        [shown] = [m for m in slack.slack.messages(CHANNEL, thread) if buttons(m, "sources")]
        await slack.slack.click(shown.ts, buttons(shown, "sources")[0], user=ALICE)
        told = (await slack.told())[-1]
        assert REPLACED in told
        assert PASSAGE in told
        later = await slack.ask(ASKED)
        assert "Syllabus.pdf, version 2, page 2" in (await slack.answers(later))[0]


async def test_on_discord_a_source_that_was_replaced_says_which_version_it_was(
    core: DiscordCore,
) -> None:
    core.model.answer = lambda _: "They lose ten points [1]."
    async with core.running() as process:
        await core.ask("/materials add", core.boss(), attachments=[("Syllabus.pdf", SYLLABUS)])
        await process.has_ended(1)
        question = await core.ask(ASKED)
        await core.reply(question)
        await core.ask("/materials add", core.boss(), attachments=[("Syllabus.pdf", NEWER)])
        await process.has_ended(3)
        answer = core.replies(question)[-1]
        pressed = next(one for one in answer.custom_ids if ":sources:" in one)
        clicked = await core.server.click(answer, pressed, core.ann)
        await core.server.until(lambda: PASSAGE in clicked.text)
        assert REPLACED in clicked.text
        later = await core.ask(ASKED)
        assert "Syllabus.pdf, version 2, page 2" in await core.reply(later)


async def test_on_discord_files_are_handed_in_and_a_source_is_pressed(core: DiscordCore) -> None:
    core.model.answer = lambda _: "They lose ten points [1]."
    boss = core.boss()
    files = [("Syllabus.pdf", SYLLABUS), ("more.zip", FOLDER)]
    async with core.running() as process:
        await core.ask("/materials add", boss, attachments=files)
        await process.has_ended(1)
        added = "\n".join(one.content for one in core.server.from_bot(core.room))
        assert "Syllabus.pdf was added: 2 passages" in added
        question = await core.ask(ASKED)
        assert "Syllabus.pdf, page 2" in await core.reply(question)
        answer = core.replies(question)[-1]
        pressed = next(one for one in answer.custom_ids if ":sources:" in one)
        clicked = await core.server.click(answer, pressed, core.ann)
        await core.server.until(lambda: PASSAGE in clicked.text)
        assert clicked.ephemeral
    assert len(core.model.runs) == 1


async def test_whoever_does_not_teach_hands_in_nothing(core: DiscordCore) -> None:
    async with core.running() as process:
        await core.ask("/materials add", attachments=[("Syllabus.pdf", SYLLABUS)])
        await process.has_ended(1)
        assert await process.rows("SELECT * FROM documents") == []
