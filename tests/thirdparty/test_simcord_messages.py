"""The Discord adapter in a Discord that others wrote: messages, permissions, buttons, catch-up."""

import discord
import pytest
import simcord

from bot.core.errors import Undeliverable
from bot.core.forms import read_filled
from tests.thirdparty.simcord_stage import SimStage

pytestmark = pytest.mark.simcord(shard_count=1)


async def test_a_mention_is_answered_as_a_reply_that_pings_nobody_else(stage: SimStage) -> None:
    question = await stage.ann.send(stage.channel, f"{stage.mention} who is here?")
    await stage.answer(f"@everyone, <@{stage.guild.owner.id}>")
    reply = stage.channel.last_message
    assert reply
    assert reply.reference
    assert reply.reference.message_id == question.id
    assert not reply.mention_everyone
    assert stage.pinged(reply) == {stage.ann.id}


async def test_a_direct_message_is_answered_there(stage: SimStage) -> None:
    await stage.ann.send_dm("hello")
    await stage.answer("hello to you")
    last = stage.ann.user.dm_channel.last_message
    assert last
    assert last.content == "hello to you"


@pytest.mark.simcord(shard_count=2)
async def test_a_server_of_the_other_shard_is_heard_as_well(stage: SimStage) -> None:
    other = stage.env.create_guild(shard_id=1)
    room, ann = other.create_text_channel("general"), other.add_member(stage.ann.user)
    await ann.send(room, f"{stage.mention} why?")
    assert stage.heard.key.space == str(other.id)
    await stage.answer()
    assert room.last_message
    assert room.last_message.content == "because"


async def test_a_thread_is_a_conversation_of_its_own(stage: SimStage) -> None:
    stage.door.chosen["discord", "threads"] = "on"
    await stage.ann.send(stage.channel, f"{stage.mention} why?")
    await stage.answer()
    [thread] = stage.channel.threads
    then = await stage.ann.send(thread, f"{stage.mention} and then?")
    assert (stage.heard.id, stage.heard.key.thread) == (str(then.id), str(thread.id))
    await stage.answer("nothing")
    assert [one.content for one in thread.history()][-3::2] == ["because", "nothing"]


async def test_an_edited_question_is_replaced_and_a_deleted_one_withdrawn(
    stage: SimStage,
) -> None:
    question = await stage.ann.send(stage.channel, f"{stage.mention} why?")
    await stage.ann.edit(question, f"{stage.mention} how?")
    await stage.ann.delete(question)
    assert stage.door.replaced == [(stage.heard.unique_key, "how?")]
    assert stage.door.withdrawn == [stage.heard.unique_key]


async def test_where_it_may_not_write_the_answer_goes_to_the_person(stage: SimStage) -> None:
    quiet = quiet_channel(stage, "send_messages")
    await stage.ann.send(quiet, f"{stage.mention} why?")
    await stage.answer()
    last = stage.ann.user.dm_channel.last_message
    assert last
    assert last.content == "because"


async def test_direct_messages_that_are_not_taken_close_that_way(stage: SimStage) -> None:
    quiet = quiet_channel(stage, "send_messages")
    await stage.ann.send(quiet, f"{stage.mention} why?")
    dm = stage.ann.user.dm_channel.id
    stage.env.inject_error("POST", f"/channels/{dm}/messages", status=403, code=50007)
    with pytest.raises(Undeliverable):
        await stage.answer()


async def test_buttons_outlive_a_restart(stage: SimStage) -> None:
    await stage.ann.send(stage.channel, f"{stage.mention} why?")
    await stage.answer()
    reply, asked = stage.channel.last_message, stage.heard
    assert reply
    await stage.restart()
    used = await stage.ann.click(reply, label="Regenerate")
    assert (stage.heard.command, stage.heard.text) == ("again", asked.unique_key)
    assert used.ephemeral


async def test_a_vote_can_have_a_reason(stage: SimStage) -> None:
    await stage.ann.send(stage.channel, f"{stage.mention} why?")
    await stage.answer()
    assert stage.channel.last_message
    asked = stage.heard
    down = f"homeroom:down:{asked.unique_key}"
    form = await stage.ann.click(stage.channel.last_message, custom_id=down)
    sent = await stage.ann.submit_modal(form, {"reason": "too short"})
    assert [one.command for one in stage.door.accepted] == [None, "down", "reason"]
    assert read_filled(stage.heard.text) == (asked.unique_key, {"reason": "too short"})
    assert sent.ephemeral


async def test_a_long_answer_is_a_file(stage: SimStage) -> None:
    await stage.ann.send(stage.channel, f"{stage.mention} tell me all")
    await stage.answer("word " * 2000)
    last = stage.channel.last_message
    assert last
    [file] = last.attachments
    assert (await file.read()).decode() == "word " * 2000


async def test_a_bot_is_not_answered(stage: SimStage) -> None:
    other = stage.guild.add_member(stage.env.create_user("other", bot=True))
    await other.send(stage.channel, f"{stage.mention} why?")
    await stage.guild.create_webhook(stage.channel).send(f"{stage.mention} why?")
    assert stage.door.accepted == []


async def test_what_could_not_be_written_down_is_caught_up_with(stage: SimStage) -> None:
    await stage.ann.send(stage.channel, f"{stage.mention} first")
    stage.door.failures = 1_000_000
    await stage.ann.send(stage.channel, f"{stage.mention} second")
    assert [message.text for message in stage.door.accepted] == ["first"]
    stage.door.failures = 0
    await stage.restart()
    assert [message.text for message in stage.door.accepted] == ["first", "second"]


async def test_what_can_be_delivered_nowhere_is_said_to_be_undeliverable(stage: SimStage) -> None:
    await stage.ann.send(stage.channel, f"{stage.mention} why?")
    stage.env.inject_error("POST", "/channels/*/messages", status=404, code=10003, times=2)
    with pytest.raises(Undeliverable):
        await stage.answer()


def quiet_channel(stage: SimStage, permission: str) -> simcord.ChannelHandle:
    """One in which the bot lacks a permission."""
    assert stage.env.bot.user
    lacking = discord.PermissionOverwrite(**{permission: False})
    return stage.guild.create_text_channel("quiet", overwrites={stage.env.bot.user: lacking})
