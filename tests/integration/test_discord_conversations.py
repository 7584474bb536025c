"""Whose conversation it is: each person's own in a channel, a reply's, a thread's."""

from collections.abc import AsyncIterator

import pytest

from tests.fakes.discord_things import User
from tests.integration import discord_core, discord_stage
from tests.integration.discord_core import DiscordCore
from tests.integration.discord_stage import Stage

core = discord_core.core
stage, empty_stage = discord_stage.stage, discord_stage.empty_stage


@pytest.fixture
def bob(core: DiscordCore) -> User:
    return core.server.add_user("bob")


@pytest.fixture
async def running(core: DiscordCore) -> AsyncIterator[DiscordCore]:
    async with core.running():
        yield core


def rooms(core: DiscordCore) -> list[str]:
    """The conversations at the model's server, by the words that were asked there."""
    return [run.conversation or "" for run in core.model.runs]


async def test_each_persons_mentions_in_a_channel_are_a_conversation_of_their_own(
    running: DiscordCore, bob: User
) -> None:
    for user in (None, bob, None):
        await running.reply(await running.ask("why?", user))
    ann, of_bob, again = rooms(running)
    assert ann == again != of_bob


async def test_a_whole_class_is_answered_at_once_in_one_channel(running: DiscordCore) -> None:
    running.model.hold()
    for number in range(20):
        await running.ask("why?", running.server.add_user(f"pupil{number}"))
    await running.until(lambda: len(running.model.runs) == 20)  # none waits for another
    running.model.release()


async def test_a_reply_to_an_answer_goes_on_in_that_answers_conversation(
    running: DiscordCore, bob: User
) -> None:
    question = await running.ask("why?")
    await running.reply(question)
    [answer] = running.replies(question)
    follow_up = await running.server.say(running.room, bob, "and then?", reply_to=answer.id)
    await running.reply(follow_up)
    asked = await running.slash("ask", question="how?")
    await running.until(lambda: asked.text)
    first, second, third = rooms(running)
    assert first == second == third  # of a person a command is the same conversation as a mention


async def test_a_reply_to_the_answer_to_a_command_goes_on_there_too(
    running: DiscordCore, bob: User
) -> None:
    asked = await running.slash("ask", question="how?")
    await running.until(running.ends)
    [answer] = running.ends()
    assert asked.text
    await running.reply(
        await running.server.say(running.room, bob, "and then?", reply_to=answer.id)
    )
    first, second = rooms(running)
    assert first == second


async def test_what_is_asked_in_private_is_another_conversation_than_what_is_said_aloud(
    running: DiscordCore,
) -> None:
    await running.reply(await running.ask("aloud"))
    asked = await running.slash("ask", question="a secret", private=True)
    await running.until(lambda: asked.text)
    assert len(set(rooms(running))) == 2


async def test_where_it_is_set_all_who_talk_in_a_channel_share_a_conversation(
    core: DiscordCore, bob: User
) -> None:
    core.share_channels()
    async with core.running():
        for user in (None, bob):
            await core.reply(await core.ask("why?", user))
    assert len(set(rooms(core))) == 1


async def test_where_it_is_set_each_question_opens_a_thread(stage: Stage) -> None:
    stage.door.chosen[f"discord:{stage.guild.id}", "conversation"] = "thread"
    question = await stage.ask("why?")
    assert question.key.thread == question.id


async def test_a_thread_is_shared_by_those_in_it(stage: Stage) -> None:
    thread = await stage.server.start_thread(stage.channel, stage.ann, "talk")
    first = await stage.ask("why?", thread)
    said = await stage.server.say(
        thread, stage.server.add_user("bob"), "how?", mentions=[stage.server.bot]
    )
    assert (await stage.accepted(said)).key == first.key
    assert first.key.thread == str(thread.id)


async def test_in_a_conversation_of_ones_own_everybody_begins_anew_and_chooses(
    core: DiscordCore, bob: User
) -> None:
    (core.folder / "homeroom.toml").write_text("[assistants.Pirate]\ninstructions = 'Arr.'\n")
    async with core.running():
        await core.reply(await core.ask("why?"))
        assert "Pirate" in await core.told("assistant", bob, name="Pirate")
        await core.told("new", bob)
        await core.reply(await core.ask("why?", bob))
        await core.reply(await core.ask("why?"))
        first, of_bob, again = [run.request for run in core.model.runs]
        assert first["instructions"] == again["instructions"] != of_bob["instructions"]
    assert rooms(core)[0] == rooms(core)[2]
