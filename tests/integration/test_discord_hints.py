"""The next hint, on Discord: the button below a hint, its form, and the hint that comes of it."""

from tests.fakes.discord_things import Message
from tests.integration import discord_core
from tests.integration.discord_core import DiscordCore
from tests.integration.test_discord_humans import click, opened

core = discord_core.core


async def hint_of(core: DiscordCore, number: int) -> Message:
    def there() -> list[Message]:
        mark = f"Hint {number} of "
        return [one for one in core.server.from_bot(core.room) if mark in one.content]

    await core.until(there)
    [found] = there()
    return found


async def fill_in(core: DiscordCore, hint: Message, tried: str) -> str:
    """Press the button below it, send its form off, and return what is said to that."""
    form = await click(core, hint, ":next:", core.ann)
    await form.wait()
    sent = await core.server.submit_modal(form, {"text": tried} if tried else {})
    await core.until(lambda: sent.text and "⏳" not in sent.text)
    return sent.text


async def test_a_form_that_is_sent_off_brings_the_next_hint_and_an_empty_one_skips_once(
    core: DiscordCore,
) -> None:
    async with core.running() as process:
        boss = await opened(core)
        await core.told("class", boss, words="mode hint")
        await core.told("staff", boss, words="assignment hw3 here")
        for kept in ("def mean(values): return sum(values)", "total = 0; total += value"):
            await core.told("staff", boss, words=f"assignment hw3 solution {kept}")
        await core.ask()
        for number, tried in ((1, "I added them up and got zero"), (2, "")):
            assert await fill_in(core, await hint_of(core, number), tried) == (
                "Your next hint is coming."
            )
        last = await hint_of(core, 3)
        await process.queue.idle()
        assert not any(":next:" in one for one in last.custom_ids)
        assert any(":human:" in one for one in last.custom_ids)
