"""The whole program on Discord."""

import signal

import pytest

from tests.e2e.program import Program, Running, until
from tests.fakes.discord_server import FakeDiscord
from tests.fakes.discord_things import Channel, User
from tests.fakes.openai_server import FakeOpenAI


@pytest.fixture
def ann(discord: FakeDiscord) -> User:
    return discord.add_user("ann")


@pytest.fixture
def room(discord: FakeDiscord) -> Channel:
    return discord.add_guild("School").add_text_channel("general")


async def connected(program: Program, discord: FakeDiscord) -> Running:
    before = len(discord.identifies)
    running = await program.start("run")
    await until(lambda: len(discord.identifies) > before and discord.gateway.sessions)
    return running


async def ended(running: Running) -> None:
    running.send(signal.SIGTERM)
    assert await running.ended() == 0


async def test_with_the_message_content_a_thread_is_followed_without_mention(
    hosted: Program, discord: FakeDiscord, ann: User, room: Channel
) -> None:
    hosted.settings["DISCORD_MESSAGE_CONTENT"] = "true"
    running = await connected(hosted, discord)
    thread = await discord.start_thread(room, ann, "topic")
    await discord.say(thread, ann, "hello", mentions=[discord.bot])
    await until(lambda: discord.from_bot(thread))
    await discord.say(thread, ann, "and further")
    await until(lambda: "and further" in discord.from_bot(thread)[-1].content)
    await ended(running)


async def test_where_the_message_content_is_not_granted_the_program_says_so_and_works(
    hosted: Program, discord: FakeDiscord, ann: User, room: Channel
) -> None:
    hosted.settings["DISCORD_MESSAGE_CONTENT"] = "true"
    discord.gateway.granted_intents.clear()
    running = await connected(hosted, discord)
    assert "message_content_refused" in running.err
    await discord.say(room, ann, "nobody hears this")
    await discord.say(room, ann, "hello", mentions=[discord.bot])
    await until(lambda: discord.from_bot(room))
    assert len(hosted.texts()) == 1
    await ended(running)


async def test_without_the_message_content_it_is_not_asked_for(
    hosted: Program, discord: FakeDiscord
) -> None:
    running = await connected(hosted, discord)
    [session] = discord.gateway.sessions.values()
    assert not session.intents & (1 << 15)
    await ended(running)


async def test_what_runs_at_a_shutdown_is_answered_once_then_or_after_the_next_start(
    hosted: Program, discord: FakeDiscord, server: FakeOpenAI, ann: User, room: Channel
) -> None:
    server.hold()
    running = await connected(hosted, discord)
    question = await discord.say(room, ann, "hello", mentions=[discord.bot])
    await until(hosted.runs)
    running.send(signal.SIGTERM)
    await until(lambda: not discord.gateway.sockets)
    missed = await discord.say(room, ann, "still there?", mentions=[discord.bot])
    server.release()
    assert await running.ended() == 0
    again = await connected(hosted, discord)
    await until(lambda: len(discord.from_bot(room)) == 2)
    await ended(again)
    assert [one.reference for one in discord.from_bot(room)] == [question, missed]
    assert len(server.runs) == 2


async def test_nothing_is_said_of_voice_and_the_invitation_is(
    hosted: Program, discord: FakeDiscord
) -> None:
    running = await connected(hosted, discord)
    assert "voice" not in running.err
    assert f"client_id={discord.bot.id}" in running.err
    assert "permissions=309237763136" in running.err
    await ended(running)


async def test_a_discord_that_cannot_be_reached_is_one_warning_until_it_is_back(
    hosted: Program, discord: FakeDiscord, ann: User, room: Channel
) -> None:
    await discord.stop()
    running = await hosted.start("run")
    await until(lambda: "discord_lost" in running.err)
    await discord.start()
    await until(lambda: "discord_found_again" in running.err)
    await discord.say(room, ann, "hello", mentions=[discord.bot])
    await until(lambda: discord.from_bot(room))
    await ended(running)
    assert running.err.count("discord_lost") == 1
    assert "Traceback" not in running.err


async def test_the_operators_settings_hold_on_every_server(
    hosted: Program, discord: FakeDiscord, ann: User, room: Channel
) -> None:
    path = hosted.folder / "homeroom.toml"
    path.write_text("[settings.discord]\nlimit = 1\n")
    running = await connected(hosted, discord)
    for text in ("one", "two"):
        await discord.say(room, ann, text, mentions=[discord.bot])
    direct = discord.open_dm(ann)
    await until(lambda: discord.from_bot(room) and discord.from_bot(direct))
    [answer], [told] = discord.from_bot(room), discord.from_bot(direct)
    assert "one" in answer.content
    assert told.content.startswith("You have asked 1 question in this")
    await ended(running)
