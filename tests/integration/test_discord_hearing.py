"""What is said on Discord reaches the bot once, in order, whatever happens to the connection."""

import asyncio

import pytest

from bot.errors import ConfigError
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_permissions import Permission
from tests.fakes.discord_things import PRIVATE_THREAD
from tests.integration import discord_stage
from tests.integration.discord_stage import Stage

stage, empty_stage = discord_stage.stage, discord_stage.empty_stage

HOUR = 3600.0


async def test_a_mention_is_accepted_without_the_mention(stage: Stage) -> None:
    message = await stage.ask("what is a turn?")
    assert (message.text, message.author.name, message.is_shared) == (
        "what is a turn?", "Ann", True
    )  # fmt: skip
    assert str(message.key) == f"discord:{stage.guild.id}:{stage.channel.id}:"


async def test_a_mention_of_the_bots_own_role_counts(empty_stage: Stage) -> None:
    stage = empty_stage
    await stage.start(reads_messages=True)
    said = await stage.server.say(stage.channel, stage.ann, "why?", mentions=[stage.guild.bot_role])
    assert (await stage.accepted(said)).text == "why?"


async def test_a_mention_that_discord_hides_is_told_so(stage: Stage) -> None:
    await stage.server.say(stage.channel, stage.ann, "why?", mentions=[stage.guild.bot_role])
    await stage.server.until(stage.replies)
    assert "by my name" in stage.shown()[0]
    assert not stage.door.accepted


async def test_a_reply_to_the_bot_counts_and_a_reply_to_others_does_not(stage: Stage) -> None:
    await stage.answer(await stage.ask())
    other = await stage.server.say(stage.channel, stage.ann, "hello all")
    await stage.server.say(stage.channel, stage.ann, "indeed", reply_to=other)
    [answer] = stage.replies()
    said = await stage.server.say(stage.channel, stage.ann, "and then?", reply_to=answer)
    assert (await stage.accepted(said)).text == "and then?"
    assert len(stage.door.accepted) == 2


async def test_a_direct_message_is_a_conversation_of_two(stage: Stage) -> None:
    dm = stage.server.open_dm(stage.ann)
    message = await stage.accepted(await stage.server.say(dm, stage.ann, "psst"))
    assert (message.key.space, message.is_shared) == ("dm", False)


async def test_bots_and_the_bot_itself_start_nothing(stage: Stage) -> None:
    robot = stage.server.add_user("robot", bot=True)
    await stage.server.say(stage.channel, robot, "hi", mentions=[stage.server.bot])
    await stage.answer(await stage.ask())
    await stage.ask("again")
    assert [one.text for one in stage.door.accepted] == ["why?", "again"]


async def test_a_thread_is_a_conversation_and_a_private_one_another(stage: Stage) -> None:
    public = await stage.server.start_thread(stage.channel, stage.ann, "public")
    private = await stage.server.start_thread(
        stage.channel, stage.ann, "private", kind=PRIVATE_THREAD, invited=[stage.server.bot]
    )
    keys = {(await stage.ask(channel=one)).key for one in (stage.channel, public, private)}
    assert len(keys) == 3
    assert {key.channel for key in keys} == {str(stage.channel.id)}


async def test_a_thread_is_followed_once_the_bot_was_addressed_in_it(empty_stage: Stage) -> None:
    stage = empty_stage
    await stage.start(reads_messages=True)
    thread = await stage.server.start_thread(stage.channel, stage.ann, "topic")
    await stage.server.say(thread, stage.ann, "not for the bot")
    await stage.ask("for the bot", thread)
    said = await stage.server.say(thread, stage.ann, "and this as well")
    await stage.accepted(said)
    assert [one.text for one in stage.door.accepted] == ["for the bot", "and this as well"]


async def test_a_channel_is_followed_where_the_setting_says_so(empty_stage: Stage) -> None:
    stage = empty_stage
    stage.door.chosen[f"discord:{stage.guild.id}:{stage.channel.id}", "follow"] = "channel"
    await stage.start(reads_messages=True)
    await stage.accepted(await stage.server.say(stage.channel, stage.ann, "just so"))


async def test_a_sleeping_thread_that_wakes_is_recognised(stage: Stage) -> None:
    thread = await stage.server.start_thread(stage.channel, stage.ann, "old", text="long ago")
    thread.archive()
    await stage.restart()
    message = await stage.ask("still there?", thread)
    assert message.key.thread == str(thread.id)


async def test_without_the_content_intent_everything_else_works(empty_stage: Stage) -> None:
    stage = empty_stage
    stage.server.gateway.granted_intents.clear()
    await stage.start(reads_messages=True)
    await stage.server.until(lambda: stage.server.gateway.sessions)
    await stage.server.say(stage.channel, stage.ann, "blank for us")
    assert (await stage.ask("why?")).text == "why?"
    assert len(stage.door.accepted) == 1


async def test_twenty_people_in_one_channel_are_heard_in_the_order_of_ids(stage: Stage) -> None:
    people = [stage.server.add_user(f"p{number}") for number in range(20)]
    stage.door.is_open.clear()
    said = [
        await stage.server.say(stage.channel, person, "?", mentions=[stage.server.bot])
        for person in people
    ]
    stage.door.is_open.set()
    heard = await stage.door.messages(20)
    assert [one.id for one in heard] == [str(number) for number in said]


async def test_edits_and_deletions_reach_the_bot_and_previews_of_links_do_not(
    stage: Stage,
) -> None:
    message = await stage.ask("teh question")
    await stage.server.unfurl(stage.channel, int(message.id))
    mention = stage.server.bot.mention
    await stage.server.edit(stage.channel, int(message.id), f"{mention} the question")
    await stage.server.delete(stage.channel, int(message.id))
    await stage.door.until(lambda: stage.door.withdrawn)
    assert stage.door.replaced == [(message.unique_key, "the question")]
    assert stage.door.withdrawn == [message.unique_key]


async def test_what_cannot_be_written_down_is_refused_with_a_notice(stage: Stage) -> None:
    stage.door.failures = 1
    await stage.server.say(stage.channel, stage.ann, "hm", mentions=[stage.server.bot])
    await stage.server.until(stage.replies)
    assert "I have not taken it" in stage.shown()[0]
    assert not stage.door.accepted


async def test_what_was_asked_while_the_bot_was_down_is_heard_once(stage: Stage) -> None:
    thread = await stage.server.start_thread(stage.channel, stage.ann, "topic")
    dm = stage.server.open_dm(stage.ann)
    await stage.ask("before")
    await stage.accepted(await stage.server.say(dm, stage.ann, "known"))
    await stage.stop()
    await stage.server.say(stage.channel, stage.ann, "nothing for the bot")
    mentions = [stage.server.bot]
    said = [
        await stage.server.say(stage.channel, stage.ann, "in the channel", mentions=mentions),
        await stage.server.say(thread, stage.ann, "in the thread", mentions=mentions),
        await stage.server.say(dm, stage.ann, "in private"),
    ]
    await stage.start()
    late = [await stage.accepted(number) for number in said]
    assert all(one.origin["late"] for one in late)
    assert len(stage.door.accepted) == 5
    await stage.restart()
    await stage.ask("after")
    assert len(stage.door.accepted) == 6


async def test_catch_up_comes_before_what_is_live(stage: Stage) -> None:
    await stage.stop()
    mentions = [stage.server.bot]
    await stage.server.say(stage.channel, stage.ann, "first", mentions=mentions)
    gate = asyncio.Event()
    stage.door.is_open = gate
    await stage.start()
    await stage.server.until(lambda: stage.server.gateway.sessions)
    await stage.server.say(stage.channel, stage.ann, "second", mentions=mentions)
    gate.set()
    assert [one.text for one in await stage.door.messages(2)] == ["first", "second"]


async def test_what_is_older_than_six_hours_is_not_answered_any_more(stage: Stage) -> None:
    await stage.stop()
    await stage.server.say(stage.channel, stage.ann, "old", mentions=[stage.server.bot])
    stage.server.advance(7 * HOUR)
    await stage.server.say(stage.channel, stage.ann, "new", mentions=[stage.server.bot])
    await stage.start()
    assert (await stage.door.messages(1))[0].text == "new"
    await stage.ask("live")
    assert [one.text for one in stage.door.accepted] == ["new", "live"]


async def test_of_a_flood_the_newest_fifty_are_caught_up_with(stage: Stage) -> None:
    await stage.stop()
    for number in range(60):
        await stage.server.say(stage.channel, stage.ann, str(number), mentions=[stage.server.bot])
    await stage.start()
    await stage.door.messages(50)
    await stage.ask("live")
    texts = [one.text for one in stage.door.accepted]
    assert texts == [*(str(number) for number in range(10, 60)), "live"]


async def test_at_the_very_first_start_nothing_old_is_answered(empty_stage: Stage) -> None:
    stage = empty_stage
    await stage.server.say(stage.channel, stage.ann, "old", mentions=[stage.server.bot])
    stage.server.advance(1)
    await stage.start()
    await stage.ask("new")
    assert [one.text for one in stage.door.accepted] == ["new"]


async def test_a_channel_the_bot_may_not_read_is_not_asked_for(stage: Stage) -> None:
    secret = stage.guild.add_text_channel(
        "secret", overwrites={stage.guild.everyone: (0, Permission.VIEW_CHANNEL)}
    )
    await stage.stop()
    await stage.server.say(secret, stage.ann, "psst", mentions=[stage.server.bot])
    await stage.start()
    await stage.ask()
    catch_up = (await stage.client()).inbox.catch_up
    await stage.server.until(lambda: catch_up.is_done)
    assert stage.server.calls_to("GET", f"{secret.id}/messages") == []
    assert len(stage.door.accepted) == 1


async def test_a_history_that_cannot_be_read_is_asked_for_again(stage: Stage) -> None:
    await stage.stop()
    said = await stage.server.say(stage.channel, stage.ann, "?", mentions=[stage.server.bot])
    stage.server.fail("GET", "/messages$", Fault.server_error(503))
    await stage.start()
    await stage.accepted(said)


async def test_an_invalid_session_loses_nothing(stage: Stage) -> None:
    await stage.ask("before")
    await stage.server.invalid_session()
    said = await stage.server.say(stage.channel, stage.ann, "between", mentions=[stage.server.bot])
    assert (await stage.accepted(said)).origin["late"]


@pytest.mark.parametrize("way", ["drop_connections", "reconnect_op7"])
async def test_a_lost_connection_is_resumed_and_nothing_comes_twice(stage: Stage, way: str) -> None:
    await stage.ask("before")
    await getattr(stage.server, way)()
    await stage.ask("after")
    assert len(stage.door.offered) == 2
    assert len(stage.server.identifies) == 1


@pytest.mark.parametrize("event", ["MESSAGE_CREATE", "INTERACTION_CREATE", "GUILD_CREATE"])
async def test_a_malformed_event_is_passed_over(stage: Stage, event: str) -> None:
    await stage.ask("before")
    await stage.server.malformed_event(event)
    await stage.ask("after")
    assert len(stage.server.identifies) == 1


async def test_whatever_ends_a_client_another_one_follows(empty_stage: Stage) -> None:
    stage = empty_stage
    stage.server.refuse_identify(4013)
    await stage.start()
    await stage.server.until(lambda: stage.server.gateway.sessions)
    await stage.ask()
    assert [one.accepted for one in stage.server.identifies] == [False, True]


async def test_a_wrong_token_is_said_in_one_line(empty_stage: Stage) -> None:
    await empty_stage.start("wrong")
    with pytest.raises(ConfigError, match="DISCORD_TOKEN"):
        await empty_stage.listening


async def test_identifies_are_counted_across_restarts(stage: Stage) -> None:
    for _ in range(2):
        await stage.server.until(lambda: stage.server.gateway.sessions)
        await stage.restart()
    assert stage.memory.values["discord:identifies"].count(".") == 3


async def test_a_stop_in_the_midst_of_a_start_ends_the_bot(stage: Stage) -> None:
    for ticks in range(15):
        await stage.stop()
        before = stage.memory.values["discord:identifies"]
        stage.adapter.open(stage.door)
        stage.listening = asyncio.create_task(stage.adapter.listen())
        while stage.memory.values["discord:identifies"] == before:  # noqa: ASYNC110 - each tick counts
            await asyncio.sleep(0)
        for _ in range(ticks):
            await asyncio.sleep(0)


async def test_two_shards_hear_as_one(empty_stage: Stage) -> None:
    stage = empty_stage
    stage.server.shards = 2
    rooms = [
        stage.server.add_guild(str(shard), shard=shard).add_text_channel("a") for shard in (0, 1)
    ]
    await stage.start()
    await stage.server.until(lambda: len(stage.server.gateway.sessions) == 2)
    for room in rooms:
        await stage.ask("hello", room)
    await stage.accepted(await stage.server.say(stage.server.open_dm(stage.ann), stage.ann, "hi"))


async def test_a_shutdown_takes_seconds(stage: Stage) -> None:
    await stage.ask()
    await stage.stop()  # has a deadline of its own
    assert stage.listening.cancelled()
