"""From a public answer to a private one by one press, and back, on Discord."""

from tests.integration import discord_core
from tests.integration.discord_core import DiscordCore
from tests.integration.test_discord_humans import click, opened

core = discord_core.core


async def test_a_form_below_a_public_answer_asks_alone_and_a_press_makes_that_public(
    core: DiscordCore,
) -> None:
    async with core.running() as process:
        await opened(core)
        question = await core.ask()
        await core.until(lambda: core.replies(question))
        [answer] = core.replies(question)
        form = await click(core, answer, ":alone:", core.ann)
        await form.wait()
        asked = await core.server.submit_modal(form, {"text": "May I ask?"})
        await core.until(lambda: "May I ask?" in asked.text and "hearts" in asked.text)
        assert asked.ephemeral
        await process.queue.idle()
        before = len(core.server.from_bot(core.room))
        private = asked.original
        assert private is not None
        pressed = await click(core, private, ":publish:discord", core.ann)
        await core.until(lambda: pressed.text == "Everybody here can read it now.")
        await core.until(lambda: len(core.server.from_bot(core.room)) > before)
        public = core.server.from_bot(core.room)[-1]
        assert "**Somebody asked:**\n\n> May I ask?" in public.content
        assert core.ann.name not in public.content
