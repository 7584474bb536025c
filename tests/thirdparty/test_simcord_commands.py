"""The Discord adapter in a Discord that others wrote: commands, their deadlines, who sees what."""

import discord
import pytest

from bot.core.answers import Status
from bot.core.errors import StorageUnavailable
from tests.thirdparty.simcord_stage import SimStage

pytestmark = pytest.mark.simcord(shard_count=1)
TOO_LONG = 16 * 60.0  # seconds; the token of an interaction lives for 15 minutes


async def test_a_command_is_answered_by_what_acknowledged_it(stage: SimStage) -> None:
    used = await stage.ann.slash(stage.channel, "ask", question="why?")
    assert used.deferred
    await stage.answer()
    assert used.response
    assert (used.response.content, used.followups) == ("because", [])


async def test_a_command_that_cannot_be_written_down_is_told_so(stage: SimStage) -> None:
    stage.door.failures = 1
    used = await stage.ann.slash(stage.channel, "ask", question="why?")
    assert used.response
    assert used.response.content == StorageUnavailable().notice


async def test_an_interaction_that_comes_too_late_is_not_asked(stage: SimStage) -> None:
    """As when the connection was gone for more than three seconds, and is resumed."""
    await stage.ann.slash(stage.channel, "ask", question="first")
    await stage.tell_late(seconds=4.0)
    assert [message.text for message in stage.door.accepted] == ["first"]


async def test_an_interaction_that_is_told_again_is_asked_once(stage: SimStage) -> None:
    used = await stage.ann.slash(stage.channel, "ask", question="why?")
    await stage.tell_again()
    await stage.answer()
    assert len(stage.door.accepted) == 1
    assert used.response
    assert used.response.content == "because"


async def test_after_fifteen_minutes_the_answer_comes_as_a_message(stage: SimStage) -> None:
    used = await stage.ann.slash(stage.channel, "ask", question="why?")
    await stage.env.advance_time(TOO_LONG)
    await stage.answer()
    last = stage.channel.last_message
    assert last
    assert last.content == f"{stage.ann.mention}\nbecause"
    assert used.response
    assert used.response.content == ""


async def test_a_token_that_is_dead_already_is_no_reason_to_be_silent(stage: SimStage) -> None:
    """Our clock may be behind Discord's, and tokens have died early."""
    await stage.ann.slash(stage.channel, "ask", question="why?")
    await stage.env.advance_time(TOO_LONG)
    stage.lag = TOO_LONG
    await stage.answer()
    last = stage.channel.last_message
    assert last
    assert last.content == f"{stage.ann.mention}\nbecause"


async def test_a_private_answer_that_comes_late_is_not_shown_to_others(stage: SimStage) -> None:
    await stage.ann.slash(stage.channel, "ask", question="why?", private=True)
    before = stage.channel.last_message
    await stage.env.advance_time(TOO_LONG)
    await stage.answer()
    assert stage.channel.last_message == before
    last = stage.ann.user.dm_channel.last_message
    assert last
    assert last.content == "because"


@pytest.mark.parametrize("command", ["ask", "new", "stop", "usage"])
async def test_what_is_asked_privately_only_the_asker_sees(stage: SimStage, command: str) -> None:
    options = {"question": "why?"} if command == "ask" else {}
    used = await stage.ann.slash(stage.channel, command, private=True, **options)
    await stage.answer()
    assert used.response
    assert (used.response.content, used.response.ephemeral) == ("because", True)


async def test_what_is_asked_privately_is_another_conversation(stage: SimStage) -> None:
    await stage.ann.slash(stage.channel, "ask", question="why?")
    await stage.ann.slash(stage.channel, "ask", question="why?", private=True)
    await stage.ann.user.slash("ask", question="why?")
    assert len({message.key for message in stage.door.accepted}) == 3


@pytest.mark.parametrize("command", ["help", "privacy", "status"])
async def test_what_is_for_one_person_only_that_person_sees(stage: SimStage, command: str) -> None:
    assert (await stage.ann.slash(stage.channel, command)).ephemeral


async def test_a_message_can_be_asked_about_from_its_menu(stage: SimStage) -> None:
    said = await stage.ann.send(stage.channel, "The train leaves at noon.")
    used = await stage.ann.context_menu(stage.channel, "Ask about this message", said)
    assert "The train leaves at noon." in stage.heard.text
    assert used.ephemeral


async def test_assistants_are_offered_while_one_types(stage: SimStage) -> None:
    offered = await stage.ann.autocomplete(stage.channel, "assistant", "name", "tu")
    assert [choice["value"] for choice in offered] == ["Tutor"]


async def test_commands_are_told_to_discord_once(stage: SimStage) -> None:
    await stage.restart()
    assert len(stage.requests("PUT", "/commands")) == 1


async def test_settings_are_for_those_who_manage_the_server(stage: SimStage) -> None:
    role = stage.guild.create_role("staff", permissions=discord.Permissions(manage_guild=True))
    boss = stage.guild.add_member(stage.env.create_user("boss"), roles=[role])
    assert "homeroom follow" not in stage.ann.available_commands(stage.channel)
    used = await boss.slash(stage.channel, "homeroom follow", mode="channel")
    assert used.ephemeral
    assert "channel" in stage.door.chosen.values()


async def test_who_is_shown_the_settings_by_mistake_may_not_change_them(stage: SimStage) -> None:
    [group] = [one for one in await stage.commands() if one.name == "homeroom"]
    stage.guild.set_command_permissions(group, {stage.ann: True})
    used = await stage.ann.slash(stage.channel, "homeroom follow", mode="channel")
    assert used.ephemeral
    assert stage.door.chosen == {}


async def test_nothing_is_acknowledged_twice(stage: SimStage) -> None:
    await stage.ann.slash(stage.channel, "ask", question="why?")
    await stage.answer()
    reply, asked = stage.channel.last_message, stage.heard
    assert reply
    await stage.ann.click(reply, label="Regenerate")
    form = await stage.ann.click(reply, custom_id=f"homeroom:down:{asked.unique_key}")
    await stage.ann.submit_modal(form, {"reason": "too short"})
    acknowledged = [one.path for one in stage.requests("POST", "/callback")]
    assert len(acknowledged) == len(set(acknowledged)) == 4


async def test_stop_below_an_answer_that_is_written_is_a_command(stage: SimStage) -> None:
    stage.door.chosen["discord", "stream"] = "on"
    await stage.ann.send(stage.channel, f"{stage.mention} why?")
    await stage.answer("bec", final=False)
    reply, asked = stage.channel.last_message, stage.heard
    assert reply
    await stage.ann.click(reply, label="Stop")
    assert (stage.heard.command, stage.heard.key) == ("stop", asked.key)


async def test_a_model_that_is_busy_is_no_place_in_our_queue(stage: SimStage) -> None:
    used = await stage.ann.slash(stage.channel, "ask", question="why?")
    await stage.adapter.show_status(stage.heard, Status.QUEUED)
    await stage.env.settle()
    assert used.response
    assert used.response.content == ""
