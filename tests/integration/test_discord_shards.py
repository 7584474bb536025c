"""Several processes listen to Discord at once, each to a group of shards."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from adapters.discord.pace import DiscordWaits
from bot.core.errors import ConfigError, StartAnew
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_things import Channel
from tests.integration import discord_stage
from tests.integration.discord_stage import Door, Stage

empty_stage = discord_stage.empty_stage


@pytest.fixture
async def halves(empty_stage: Stage) -> AsyncIterator[tuple[Stage, Stage]]:
    """Two processes with one memory; the first listens to shard 0, the second to shard 1."""
    empty_stage.server.shards = 2
    empty_stage.options["shards_of_a_group"] = 1
    first = replace(empty_stage, group=0)
    second = replace(empty_stage, group=1, door=Door())
    for stage in (second, first):
        await stage.start()
    await first.server.until(lambda: len(first.server.gateway.sessions) == 2)
    yield first, second
    for stage in (second, first):
        await stage.stop()


def room_of(stage: Stage) -> Channel:
    """A channel of a server of its shard."""
    return stage.server.add_guild(shard=stage.group).add_text_channel("a")


def heard(stage: Stage) -> list[str]:
    return [one.text for one in stage.door.offered]


async def test_each_process_hears_the_servers_of_its_shards(halves: tuple[Stage, Stage]) -> None:
    for stage in halves:
        await stage.ask(f"to {stage.group}", room_of(stage))
    assert [heard(stage) for stage in halves] == [["to 0"], ["to 1"]]
    assert [one.shard for one in halves[0].server.identifies] == [(1, 2), (0, 2)]


async def test_the_first_group_hears_direct_messages_and_tells_of_the_commands(
    halves: tuple[Stage, Stage],
) -> None:
    first, second = halves
    server = first.server
    dm = server.open_dm(first.ann)
    await first.accepted(await server.say(dm, first.ann, "hi"))
    await second.restart()
    await second.ask("hello", room_of(second))
    assert (heard(first), heard(second)) == (["hi"], ["hello"])
    await server.until(lambda: server.syncs)
    assert len(server.syncs) == 1
    assert len(server.calls_to("GET", f"{dm.id}/messages")) == 0


async def test_the_commands_are_not_told_by_other_groups(empty_stage: Stage) -> None:
    empty_stage.server.shards = 2
    empty_stage.group = 1
    await empty_stage.start(shards_of_a_group=1)
    await empty_stage.ask(channel=room_of(empty_stage))
    assert empty_stage.server.syncs == []


async def test_who_takes_over_a_group_catches_up_with_it(halves: tuple[Stage, Stage]) -> None:
    first, second = halves
    room = room_of(second)
    await second.stop()
    said = await first.server.say(room, first.ann, "?", mentions=[first.server.bot])
    first.server.advance(3600)
    await first.inbox.cursors.note_life()
    await first.ask("meanwhile", room_of(first))
    await second.start()
    assert (await second.accepted(said)).origin["late"]
    assert heard(first) == ["meanwhile"]


async def test_discord_is_asked_for_its_shards_until_it_answers(
    empty_stage: Stage,
) -> None:
    empty_stage.options["waits"] = DiscordWaits(shards=0.01)
    empty_stage.open()
    empty_stage.server.shards = 33
    empty_stage.server.fail("GET", "/gateway/bot$", Fault.server_error(503), times=2)
    seats = await empty_stage.adapter.seats()
    await empty_stage.adapter.close()
    assert seats == ["0-15/33", "16-31/33", "32-32/33"]


async def test_a_wrong_token_has_no_seats(empty_stage: Stage) -> None:
    empty_stage.open("wrong")
    with pytest.raises(ConfigError, match="DISCORD_TOKEN"):
        await empty_stage.adapter.seats()
    await empty_stage.adapter.close()


async def test_where_more_shards_are_wanted_the_process_ends_to_ask_for_them(
    empty_stage: Stage,
) -> None:
    empty_stage.server.shards = 2
    empty_stage.server.gateway.refusals.append(4011)
    empty_stage.group = 0
    await empty_stage.start(shards_of_a_group=1)
    with pytest.raises(StartAnew, match="more shards"):
        await empty_stage.listening


async def test_who_listens_to_all_shards_asks_how_many_they_are_now(empty_stage: Stage) -> None:
    empty_stage.server.gateway.refusals.append(4011)
    await empty_stage.start()
    await empty_stage.server.until(lambda: empty_stage.server.identifies)
    empty_stage.server.shards = 2
    await empty_stage.server.until(lambda: len(empty_stage.server.gateway.sessions) == 2)
