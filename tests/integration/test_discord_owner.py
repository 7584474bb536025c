"""What an owner and a person set or take, of the whole bot on Discord."""

import json

from tests.fakes.discord_permissions import Permission
from tests.integration import discord_core
from tests.integration.discord_core import DiscordCore

core = discord_core.core

MINUTE = 60.0


async def test_a_limit_of_questions_holds_over_restarts_and_shards(core: DiscordCore) -> None:
    core.server.shards = 2
    admin = core.boss()
    async with core.running():
        await core.told("homeroom limits", admin, questions=2, where="server")
        await core.reply(await core.ask("one"))
    async with core.running():
        other = core.guild.add_text_channel("other")
        await core.reply(await core.ask("two", channel=other), other)
        refused = await core.ask("three")
        dm = core.server.open_dm(core.ann)
        await core.until(lambda: core.server.from_bot(dm))  # told once and alone, as all refusals
        assert core.server.from_bot(dm)[0].content.startswith("You have asked 2 questions in this")
        assert not core.replies(refused)
        assert "hi" in await core.reply(await core.ask("hi", core.server.add_user("bob")))
        assert "nothing" in (await core.told("status")).casefold()
        core.server.advance(61 * MINUTE)
        assert "four" in await core.reply(await core.ask("four"))
    assert len(core.model.runs) == 4


async def test_what_a_person_wrote_is_deleted_everywhere_on_demand(core: DiscordCore) -> None:
    async with core.running() as process:
        await core.reply(await core.ask("my secret"))
        dm = core.server.open_dm(core.ann)
        said = await core.server.say(dm, core.ann, "my other secret")
        await core.until(lambda: core.replies(said, dm))
        await core.reply(await core.ask("hello", core.server.add_user("bob")))
        assert "2 messages of yours" in await core.told("privacy", delete=True, sure=True)
        await process.queue.idle()
        kept = json.dumps(await process.rows("SELECT * FROM turns"))
        assert "secret" not in kept
        assert "hello" in kept
        assert "remember" in await core.reply(await core.ask("do you remember?"))
    assert len({run.conversation for run in core.model.runs}) == len(core.model.runs)


async def test_an_administrator_gets_what_was_said_in_the_open_as_a_file(
    core: DiscordCore,
) -> None:
    admin = core.boss()
    async with core.running():
        await core.reply(await core.ask("in the open"))
        whispered = await core.slash("ask", question="a whisper", private=True)
        await core.until(lambda: whispered.text)
        asked = await core.slash("homeroom export", admin)
        await core.until(lambda: asked.original and asked.original.attachments)
    assert asked.ephemeral
    assert asked.original
    [file] = asked.original.attachments
    exported = json.loads(file.data)
    [said] = exported["said"]
    assert (said["text"], said["answer"]) == ("in the open", "You said: Ann: in the open")
    assert exported["about"] == {"turns": 1, "left_out": 0, "is_all": True}


async def test_who_only_manages_the_server_gets_no_export(core: DiscordCore) -> None:
    manager = core.boss(Permission.MANAGE_GUILD)
    async with core.running():
        assert "Only administrators" in await core.told("homeroom export", manager)


async def test_who_is_denied_stops_nobody(core: DiscordCore) -> None:
    admin, bob = core.boss(), core.server.add_user("bob")
    core.guild.add_member(bob)
    core.model.hold()
    async with core.running():
        await core.told("homeroom access", admin, rule="deny", person=bob)
        question = await core.ask("why?")
        await core.until(lambda: core.model.runs)
        await core.ask("/stop all", bob)
        assert "not open to you here" in await core.told("stop", bob)
        core.model.release()
        assert "why?" in await core.reply(question)
