"""The whole program on a platform: `homeroom run` with tokens connects there."""

import signal
from collections.abc import AsyncIterator

import pytest

from tests.e2e.program import Program, Running, until
from tests.fakes.discord_server import FakeDiscord
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.slack_server import FakeSlack
from tests.unit.world import locked

ROOM = "C01GEN"


@pytest.fixture
async def slack(hosted: Program) -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as slack:
        hosted.settings |= {
            "SLACK_BOT_TOKEN": slack.bot.token,
            "SLACK_APP_TOKEN": "xapp-test-token",
            "SLACK_API_URL": slack.api_url,
        }
        yield slack


async def on_slack(program: Program, slack: FakeSlack) -> Running:
    opened = slack.sockets.opened
    running = await program.start("run")
    await until(lambda: slack.sockets.opened > opened)
    return running


def answers(slack: FakeSlack, thread: str) -> list[str]:
    said = slack.messages(ROOM, thread)
    return [message.shown for message in said if message.user == slack.bot.user]


async def answered_once(slack: FakeSlack, thread: str, server: FakeOpenAI) -> None:
    await until(lambda: [text for text in answers(slack, thread) if "You said" in text])
    assert len(answers(slack, thread)) == len(server.runs) == 1


async def test_a_mention_in_slack_is_answered_in_its_thread(
    hosted: Program, slack: FakeSlack
) -> None:
    running = await on_slack(hosted, slack)
    thread = await slack.say(ROOM, "U01ALICE", f"{slack.bot.mention} hello")
    # The answer is streamed: what stands there first is only its beginning.
    await until(lambda: any("hello" in text for text in answers(slack, thread)))
    running.send(signal.SIGTERM)
    assert await running.ended() == 0


async def test_a_kill_in_mid_answer_is_not_seen_in_slack(
    hosted: Program, slack: FakeSlack, server: FakeOpenAI
) -> None:
    server.hold()
    running = await on_slack(hosted, slack)
    thread = await slack.say(ROOM, "U01ALICE", f"{slack.bot.mention} hello")
    await until(lambda: server.runs)
    await until(hosted.runs)
    await running.kill()
    server.release()
    again = await on_slack(hosted, slack)
    await answered_once(slack, thread, server)
    again.send(signal.SIGTERM)
    assert await again.ended() == 0


async def test_what_slack_said_to_a_program_that_died_before_it_was_on_disk_is_answered(
    hosted: Program, slack: FakeSlack, server: FakeOpenAI
) -> None:
    running = await on_slack(hosted, slack)
    with locked(hosted.folder / "homeroom.db"):
        thread = await slack.say(ROOM, "U01ALICE", f"{slack.bot.mention} hello")
        await until(lambda: slack.envelopes)
        await running.kill()
    assert not any(envelope.acked for envelope in slack.envelopes)
    again = await on_slack(hosted, slack)
    await answered_once(slack, thread, server)
    again.send(signal.SIGTERM)
    assert await again.ended() == 0


async def test_what_slack_was_not_told_is_taken_is_answered_once(
    hosted: Program, slack: FakeSlack, server: FakeOpenAI
) -> None:
    running = await on_slack(hosted, slack)
    slack.freeze_sockets()
    thread = await slack.say(ROOM, "U01ALICE", f"{slack.bot.mention} hello")
    await until(hosted.texts)
    await running.kill()
    assert not any(envelope.acked for envelope in slack.envelopes)
    again = await on_slack(hosted, slack)
    await until(lambda: any(envelope.acked for envelope in slack.envelopes))
    await answered_once(slack, thread, server)
    again.send(signal.SIGTERM)
    assert await again.ended() == 0


async def test_a_mention_on_discord_is_answered(hosted: Program, discord: FakeDiscord) -> None:
    ann = discord.add_user("ann")
    room = discord.add_guild("School").add_text_channel("general")
    running = await hosted.start("run")
    await until(lambda: discord.syncs)
    question = await discord.say(room, ann, "hello", mentions=[discord.bot])
    await until(lambda: discord.from_bot(room))
    [answer] = discord.from_bot(room)
    assert "You said" in answer.content
    assert answer.reference == question
    running.send(signal.SIGTERM)
    assert await running.ended() == 0


async def test_a_question_on_discord_outlives_a_kill(
    hosted: Program, discord: FakeDiscord, server: FakeOpenAI
) -> None:
    ann = discord.add_user("ann")
    room = discord.add_guild("School").add_text_channel("general")
    server.hold()
    running = await hosted.start("run")
    await until(lambda: discord.syncs)
    await discord.say(room, ann, "hello", mentions=[discord.bot])
    await until(hosted.runs)
    await running.kill()
    server.release()
    again = await hosted.start("run")
    await until(lambda: discord.from_bot(room))
    again.send(signal.SIGTERM)
    assert await again.ended() == 0
    assert (len(server.runs), len(discord.from_bot(room))) == (1, 1)
