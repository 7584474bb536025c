"""Slash commands and menus: acknowledged at once, written down, answered by the bot's turns."""

import asyncio

import pytest

from bot.core.commands import PURPOSES
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_permissions import Permission
from tests.integration import discord_stage
from tests.integration.discord_stage import Stage

stage, empty_stage = discord_stage.stage, discord_stage.empty_stage

MANAGER = Permission.MANAGE_GUILD


async def test_a_command_is_acknowledged_before_anything_is_written(stage: Stage) -> None:
    stage.door.is_open.clear()
    asked = await stage.server.slash(stage.channel, stage.ann, "ask", {"question": "why?"})
    await asked.wait()
    assert (asked.deferred, stage.door.accepted) == (True, [])
    stage.door.is_open.set()
    message = await stage.accepted(asked.id)
    assert (message.text, message.author.name) == ("why?", "Ann")


async def test_a_question_is_heard_in_order_though_it_was_acknowledged_at_once(
    stage: Stage,
) -> None:
    stage.door.is_open.clear()
    ids = []
    for number in range(5):
        if number % 2:
            asked = await stage.server.slash(stage.channel, stage.ann, "ask", {"question": "slash"})
            ids.append(asked.id)
        else:
            mentions = [stage.server.bot]
            ids.append(await stage.server.say(stage.channel, stage.ann, "x", mentions=mentions))
    stage.door.is_open.set()
    assert [one.id for one in await stage.door.messages(5)] == [str(one) for one in ids]


async def test_a_private_question_is_whispered_and_a_conversation_of_its_own(
    stage: Stage,
) -> None:
    public = await stage.ask()
    openly, shared = await stage.slash()
    whispered, private = await stage.slash(private=True)
    assert (openly.ephemeral, whispered.ephemeral) == (False, True)
    assert shared.key == public.key != private.key
    assert (shared.is_shared, private.is_shared) == (True, False)


async def test_a_file_comes_along(stage: Stage) -> None:
    file = stage.server.attach("notes.txt", b"abc", "text/plain; charset=utf-8")
    _, message = await stage.slash(file=file)
    [attachment] = message.attachments
    assert (attachment.name, attachment.mime, attachment.size) == ("notes.txt", "text/plain", 3)


@pytest.mark.parametrize("name", ["new", "stop", "usage", "status", "privacy", "help"])
async def test_every_command_is_a_turn_of_its_own(stage: Stage, name: str) -> None:
    asked, message = await stage.slash(name)
    assert (message.command, message.text) == (name, "")
    assert asked.ephemeral  # what changes nothing for others is private
    assert message.is_shared is not asked.ephemeral


async def test_the_commands_of_the_bot_are_all_there(stage: Stage) -> None:
    offered = {command["name"] for command in stage.server.commands[None]}
    assert set(PURPOSES) <= offered


async def test_commands_can_be_installed_by_a_server_and_by_a_person_and_settings_by_a_server(
    stage: Stage,
) -> None:
    for command in stage.server.commands[None]:
        is_admin = command["name"] == "homeroom"
        assert command["integration_types"] == ([0] if is_admin else [0, 1])
        assert command["contexts"] == ([0] if is_admin else [0, 1, 2])
        managers = int(MANAGER) if is_admin else None
        assert command["default_member_permissions"] == managers


async def test_commands_are_described_in_the_words_of_help(stage: Stage) -> None:
    for command in stage.server.commands[None]:
        if command["name"] in PURPOSES:
            assert command["description"] == PURPOSES[command["name"]]


async def test_privacy_can_delete(stage: Stage) -> None:
    for sure, words in ((False, "delete"), (True, "delete everything")):
        asked, message = await stage.slash("privacy", delete=True, sure=sure)
        assert (message.command, message.text, asked.ephemeral) == ("privacy", words, True)


async def test_assistants_are_offered_by_name(stage: Stage) -> None:
    stage.door.known_assistants = ["Tutor", "Homeroom", "Editor"]
    asked = await stage.server.autocomplete(
        stage.channel, stage.ann, "assistant", {"name": "TO"}, "name"
    )
    await asked.wait()
    assert [one["name"] for one in asked.choices] == ["Tutor", "Editor"]
    _, message = await stage.slash("assistant", name="Tutor")
    assert (message.command, message.text) == ("assistant", "Tutor")


async def test_a_message_can_be_asked_about_in_private(stage: Stage) -> None:
    bob = stage.server.add_user("bob")
    said = await stage.server.say(stage.channel, bob, "E = mc²")
    asked = await stage.server.context_menu(
        stage.channel, stage.ann, "Ask about this message", said
    )
    message = await stage.accepted(asked.id)
    assert message.text.startswith("> Bob: E = mc²")
    assert asked.ephemeral


async def test_where_only_a_person_installed_it_nothing_but_the_token_is_used(
    stage: Stage,
) -> None:
    foreign = stage.server.add_guild("Foreign", joined=False).add_text_channel("general")
    asked, message = await stage.slash(channel=foreign, install="user")
    assert stage.adapter.limits(message).max_parts == 1
    await stage.answer(message, "short", final=False)
    await stage.answer(message, "long " * 1000, part=1)
    assert asked.text == "short"
    assert asked.original
    assert [one.filename for one in asked.original.attachments] == ["answer.md"]
    assert asked.followups == []


async def test_a_file_that_was_not_added_to_the_response_is_not_taken_for_added(
    stage: Stage,
) -> None:
    foreign = stage.server.add_guild("Foreign", joined=False).add_text_channel("general")
    asked, message = await stage.slash(channel=foreign, install="user")
    await stage.answer(message, "short", final=False)
    ref = await stage.answer(message, "long " * 1000, part=1)
    sought = stage.posts.sought(message, 1)
    assert await stage.adapter.find(message, sought) == ref
    assert asked.original
    asked.original.attachments.clear()
    assert await stage.adapter.find(message, sought) is None


@pytest.mark.parametrize(
    ("denied", "most"), [("SEND_MESSAGES", 4), ("SEND_MESSAGES_IN_THREADS", 1)]
)
async def test_in_a_thread_the_right_to_write_in_threads_counts(
    stage: Stage, denied: str, most: int
) -> None:
    thread = await stage.server.start_thread(stage.channel, stage.ann, "topic")
    stage.channel.overwrite({stage.guild.bot_role: (0, Permission[denied])})
    _, question = await stage.slash(channel=thread)
    assert stage.adapter.limits(question).max_parts == most


async def test_two_people_in_a_private_channel_share_a_conversation(stage: Stage) -> None:
    bob = stage.server.add_user("bob")
    group = stage.server.open_dm(stage.ann, bob)
    _, message = await stage.slash(channel=group, install="user")
    assert message.is_shared


async def test_commands_are_synced_only_when_they_changed(stage: Stage) -> None:
    await stage.slash()
    await stage.restart()
    await stage.slash()
    assert len(stage.server.syncs) == 1
    stage.memory.kept["discord:commands"] = "those of an older version"
    await stage.restart()
    await stage.slash()
    assert len(stage.server.syncs) == 2


async def test_commands_that_cannot_be_synced_do_not_keep_the_bot_from_starting(
    empty_stage: Stage,
) -> None:
    stage = empty_stage
    stage.server.fail("PUT", "/commands$", Fault.forbidden())
    await stage.start()
    await stage.ask()
    await stage.restart()
    await stage.slash()


@pytest.mark.parametrize("fault", [Fault.server_error(502, after=True), Fault.dropped_after()])
async def test_a_question_that_was_acknowledged_unheard_is_asked(
    stage: Stage, fault: Fault
) -> None:
    stage.server.fail("POST", "/callback$", fault)
    asked, _ = await stage.slash()
    assert asked.deferred


async def test_an_interaction_that_expired_starts_nothing(stage: Stage) -> None:
    refusal = Fault(status=404, code=10062, message="Unknown interaction")
    stage.server.fail("POST", "/callback$", refusal)
    await stage.server.slash(stage.channel, stage.ann, "ask", {"question": "late"})
    _, message = await stage.slash()
    assert stage.door.accepted == [message]


async def test_a_command_that_cannot_be_written_down_is_refused_with_a_notice(
    stage: Stage,
) -> None:
    stage.door.failures = 1
    asked = await stage.server.slash(stage.channel, stage.ann, "ask", {"question": "why?"})
    await stage.server.until(lambda: "I have not taken it" in asked.text)


async def test_a_blocked_bot_still_acknowledges_in_time(stage: Stage) -> None:
    stage.door.is_open.clear()
    many = [
        await stage.server.slash(stage.channel, stage.ann, "ask", {"question": str(number)})
        for number in range(10)
    ]
    await asyncio.gather(*(one.wait() for one in many))
    assert all(one.deferred for one in many)
    stage.door.is_open.set()
    assert [one.text for one in await stage.door.messages(10)] == [str(n) for n in range(10)]
