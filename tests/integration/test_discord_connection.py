"""What is said is heard whatever happens to the connection, and while nobody listened."""

import asyncio
import logging

import pytest
from structlog.testing import capture_logs

from adapters.discord.pace import DiscordWaits
from bot.core.errors import ConfigError
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_permissions import Permission
from tests.integration import discord_stage
from tests.integration.discord_stage import Stage

stage, empty_stage = discord_stage.stage, discord_stage.empty_stage

HOUR = 3600.0


async def test_a_sleeping_thread_that_wakes_is_recognised(stage: Stage) -> None:
    thread = await stage.server.start_thread(stage.channel, stage.ann, "old", text="long ago")
    thread.archive()
    await stage.restart()
    message = await stage.ask("still there?", thread)
    assert message.key.thread == str(thread.id)


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
    await stage.server.say(stage.channel, stage.ann, "news", mentions=[stage.server.bot])
    await stage.start()
    assert (await stage.door.messages(1))[0].text == "news"
    await stage.ask("live")
    assert [one.text for one in stage.door.accepted] == ["news", "live"]


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
    await stage.ask("news")
    assert [one.text for one in stage.door.accepted] == ["news"]


async def test_a_channel_the_bot_may_not_read_is_not_asked_for(stage: Stage) -> None:
    secret = stage.guild.add_text_channel(
        "secret", overwrites={stage.guild.everyone: (0, Permission.VIEW_CHANNEL)}
    )
    await stage.stop()
    await stage.server.say(secret, stage.ann, "psst", mentions=[stage.server.bot])
    await stage.start()
    await stage.ask()
    await stage.server.until(lambda: stage.inbox.catch_up.is_done)
    assert stage.server.calls_to("GET", f"{secret.id}/messages") == []
    assert len(stage.door.accepted) == 1


async def test_a_history_that_cannot_be_read_is_asked_for_again(stage: Stage) -> None:
    await stage.stop()
    said = await stage.server.say(stage.channel, stage.ann, "?", mentions=[stage.server.bot])
    stage.server.fail("GET", "/messages$", Fault.server_error(503))
    await stage.start()
    await stage.accepted(said)


async def test_a_history_that_cannot_be_read_for_long_is_read_later(
    stage: Stage,
) -> None:
    await stage.stop()
    said = await stage.server.say(stage.channel, stage.ann, "?", mentions=[stage.server.bot])
    stage.server.fail("GET", "/messages$", Fault.server_error(503), times=3)
    await stage.start(waits=DiscordWaits(tries=1, pulse=0.01))
    await stage.accepted(said)


async def test_what_is_said_after_a_history_that_cannot_be_read_does_not_hide_it(
    stage: Stage,
) -> None:
    await stage.stop()
    missed = await stage.server.say(stage.channel, stage.ann, "?", mentions=[stage.server.bot])
    stage.server.fail("GET", "/messages$", Fault.server_error(503))
    await stage.start(waits=DiscordWaits(tries=1))
    await stage.server.until(lambda: stage.server.struck)
    await stage.ask("live")
    await stage.restart()
    await stage.accepted(missed)


async def test_no_more_than_four_histories_are_read_at_a_time(stage: Stage) -> None:
    gate = asyncio.Event()
    rooms = [stage.guild.add_text_channel(f"room-{number}") for number in range(9)]
    await stage.stop()
    said = [
        await stage.server.say(room, stage.ann, "?", mentions=[stage.server.bot]) for room in rooms
    ]
    stage.server.fail("GET", "/messages$", Fault(gate=gate), times=9)
    await stage.start()
    await stage.server.until(lambda: len(stage.server.struck) == 4)
    await stage.answer(await stage.ask())  # which does not wait for all the others
    assert len(stage.server.struck) == 4
    gate.set()
    for number in said:
        await stage.accepted(number)


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


async def test_what_a_resumed_session_leaves_out_is_heard_once(stage: Stage) -> None:
    """Contrary to Discord's contract, and reported again and again."""
    await stage.ask("before")
    await stage.server.drop_connections()
    mentions = [stage.server.bot]
    lost = await stage.server.say(stage.channel, stage.ann, "between", mentions=mentions)
    for session in stage.server.gateway.sessions.values():
        session.replay.pop()
    await stage.ask("after")
    await stage.accepted(lost)
    assert len(stage.server.identifies) == 1
    assert sorted(one.text for one in stage.door.offered) == ["after", "before", "between"]


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
    assert stage.memory.kept["discord:identifies"].count(".") == 3


async def test_a_stop_in_the_midst_of_a_start_ends_the_bot(stage: Stage) -> None:
    for ticks in range(15):
        await stage.stop()
        before = stage.memory.kept["discord:identifies"]
        stage.adapter.open(stage.door)
        stage.listening = asyncio.create_task(stage.adapter.listen())
        while stage.memory.kept["discord:identifies"] == before:  # noqa: ASYNC110 - each tick counts
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


async def test_what_was_heard_by_the_end_is_still_written_down(
    empty_stage: Stage,
) -> None:
    stage = empty_stage
    await stage.start(waits=DiscordWaits(last_words=30.0))
    stage.door.is_open.clear()
    said = await stage.server.say(stage.channel, stage.ann, "?", mentions=[stage.server.bot])
    asked = await stage.server.slash(stage.channel, stage.ann, "ask", {"question": "why?"})
    await asked.wait()
    stage.listening.cancel()
    await asyncio.wait([stage.listening], timeout=0.3)  # it waits for what is being written
    stage.door.is_open.set()
    await stage.hang_up()
    assert [one.id for one in stage.door.accepted] == [str(said), str(asked.id)]


async def test_what_cannot_be_written_down_at_the_end_is_heard_at_the_next_start(
    stage: Stage,
) -> None:
    await stage.ask("before")
    stage.door.is_open.clear()
    said = await stage.server.say(stage.channel, stage.ann, "?", mentions=[stage.server.bot])
    await stage.stop()
    stage.door.is_open.set()
    await stage.start()
    await stage.accepted(said)


async def test_a_discord_that_cannot_be_reached_is_asked_again_and_reported_once(
    empty_stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage = empty_stage
    stage.server.fail("GET", "/users/@me$", Fault.server_error(503), times=3)
    with capture_logs() as lines:
        await stage.start(waits=DiscordWaits(between_clients=0.01))
        await stage.server.until(lambda: stage.server.gateway.sessions)
        await stage.ask()
        logging.getLogger("discord.shard").error("Attempting a reconnect for shard ID %s", 0)
        logging.getLogger("discord.shard").error("Attempting a reconnect for shard ID %s", 0)
        logging.getLogger("discord.shard").error("something else")
    said = [line["event"] for line in lines if line["log_level"] == "warning"]
    assert said == ["discord_lost", "discord_found_again", "discord_lost"]
    assert [one.message for one in caplog.records if one.name == "discord.shard"] == [
        "something else"
    ]


async def test_a_shutdown_ends(stage: Stage) -> None:
    await stage.ask()
    await stage.stop()
    assert stage.listening.cancelled()


async def test_at_the_start_it_is_said_who_is_connected_and_where(empty_stage: Stage) -> None:
    with capture_logs() as lines:
        await empty_stage.start()
        await empty_stage.ask()
    [said] = [line for line in lines if line["event"] == "connected_as"]
    assert said["name"].startswith(f"@{empty_stage.server.bot.name}")
    assert said["servers"] == 1
