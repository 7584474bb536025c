"""Who may ask, and what comes along with a question."""

import pytest

from bot.core.errors import (
    NotAllowed,
    Refusal,
)
from bot.core.messages import Attachment
from tests.fakes.reading import before
from tests.integration import discord_stage
from tests.integration.discord_stage import Stage

stage, empty_stage = discord_stage.stage, discord_stage.empty_stage


async def test_who_is_denied_is_told_once_and_in_private(stage: Stage) -> None:
    stage.door.chosen[f"discord:{stage.guild.id}", "deny"] = f"channel:{stage.channel.id}"
    thread = await stage.server.start_thread(stage.channel, stage.ann, "topic")
    for question in (await stage.ask(), await stage.ask(channel=thread)):
        with pytest.raises(NotAllowed):
            await stage.door.admit(question)
    asked, question = await stage.slash(private=True)
    with pytest.raises(NotAllowed):
        await stage.door.admit(question)
    assert "not open to you here" in asked.text
    assert len(stage.shown(stage.server.open_dm(stage.ann))) == 1
    assert stage.shown() == []


async def test_a_channel_that_is_off_admits_nobody(stage: Stage) -> None:
    question = await stage.ask()
    await stage.door.admit(question)
    stage.door.chosen[f"discord:{stage.guild.id}:{stage.channel.id}", "answers"] = "off"
    with pytest.raises(NotAllowed):
        await stage.door.admit(question)


@pytest.mark.parametrize("rule", ["allow", "deny"])
async def test_everybodys_role_is_everybodys(stage: Stage, rule: str) -> None:
    stage.door.chosen[f"discord:{stage.guild.id}", rule] = f"role:{stage.guild.everyone.id}"
    question = await stage.ask()
    if rule == "allow":
        await stage.door.admit(question)
        return
    with pytest.raises(NotAllowed):
        await stage.door.admit(question)


async def test_the_operators_lists_come_before_the_servers(empty_stage: Stage) -> None:
    stage = empty_stage
    await stage.start()
    stage.door.chosen["discord", "deny"] = f"server:{stage.guild.id}"
    stage.door.chosen[f"discord:{stage.guild.id}", "allow"] = f"user:{stage.ann.id}"
    with pytest.raises(NotAllowed):
        await stage.door.admit(await stage.ask())


async def test_a_role_counts_also_for_what_was_read_from_history(stage: Stage) -> None:
    role = stage.guild.add_role("banned")
    stage.guild.add_member(stage.ann, roles=[role])
    stage.door.chosen[f"discord:{stage.guild.id}", "deny"] = f"role:{role.id}"
    live = await stage.ask()
    await stage.stop()
    said = await stage.server.say(stage.channel, stage.ann, "?", mentions=[stage.server.bot])
    await stage.start()
    for question in (live, await stage.accepted(said)):
        with pytest.raises(NotAllowed):
            await stage.door.admit(question)


async def test_what_was_said_in_a_thread_before_is_told_with_names(stage: Stage) -> None:
    bob = stage.server.add_user("bob")
    thread = await stage.server.start_thread(stage.channel, stage.ann, "topic")
    await stage.server.say(thread, bob, "pi is 4")
    await stage.server.say(thread, stage.ann, "no, 3")
    question = await stage.ask("who is right?", thread)
    assert await before(stage.adapter, question) == "Bob: pi is 4\nAnn: no, 3"
    assert await before(stage.adapter, await stage.ask()) == ""


async def test_a_file_is_fetched_and_looked_at(stage: Stage) -> None:
    png = b"\x89PNG\r\n\x1a\n" + bytes(8)
    for data, mime in ((png, "image/png"), (b"plain", "text/plain")):
        file = stage.server.attach("file", data, mime)
        _, question = await stage.slash(file=file)
        assert await stage.adapter.fetch(question, question.attachments[0]) == data


async def test_files_from_elsewhere_or_too_large_or_gone_are_refused(stage: Stage) -> None:
    here = stage.server.attach("a.txt", b"abc", "text/plain").url
    gone = stage.server.attach("a.txt", b"abc", "text/plain")
    del stage.server.files[gone.id]
    question = await stage.ask()
    for url, size in (("http://127.0.0.1:1/a.txt", 3), (here, 11 << 20), (gone.url, 3)):
        file = Attachment("1", "a.txt", "text/plain", size, url)
        with pytest.raises(Refusal):
            await stage.adapter.fetch(question, file)
