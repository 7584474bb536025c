"""Whose conversation it is in Slack: a thread's, each person's own in a channel, all people's."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.slack_bot import ALICE, BOB, CHANNEL
from tests.integration.slack_core import SlackCore, slack_core


@pytest.fixture
async def core(tmp_path: Path) -> AsyncIterator[SlackCore]:
    async with slack_core(tmp_path) as core:
        yield core


def shared_by(core: SlackCore, who: str) -> None:
    (core.folder / "homeroom.toml").write_text(f'[settings.slack]\nconversation = "{who}"\n')


async def asked(core: SlackCore, *people: str) -> list[str]:
    """Each mentions the bot in the channel, one after the other; returns their threads."""
    threads = []
    for person in people:
        words = f"{core.slack.bot.mention} why?"
        threads.append(await core.slack.say(CHANNEL, person, words))
        await core.answers(threads[-1])
    return threads


def rooms(core: SlackCore) -> list[str]:
    """The conversations at the model's server, in the order in which they were asked in."""
    return [run.conversation or "" for run in core.model.runs]


async def test_unless_set_each_question_begins_a_thread_which_is_a_conversation(
    core: SlackCore,
) -> None:
    async with core.running():
        threads = await asked(core, ALICE, BOB, ALICE)
        await core.slack.say(CHANNEL, BOB, "and then?", threads[0])
        await core.answers(threads[0], 2)
    first, *others, follow_up = rooms(core)
    assert follow_up == first
    assert len({first, *others}) == 3


async def test_where_it_is_set_what_a_person_asks_in_a_channel_is_one_conversation(
    core: SlackCore,
) -> None:
    shared_by(core, "person")
    async with core.running():
        threads = await asked(core, ALICE, BOB, ALICE)
        assert len(set(threads)) == 3  # each answer stands below its question
    first, of_bob, again = rooms(core)
    assert first == again != of_bob


async def test_below_a_persons_question_her_conversation_goes_on_whoever_speaks(
    core: SlackCore,
) -> None:
    shared_by(core, "person")
    async with core.running():
        threads = await asked(core, ALICE, BOB)
        await core.slack.say(CHANNEL, BOB, "and then?", threads[0])  # no mention is needed
        await core.answers(threads[0], 2)
    first, of_bob, follow_up = rooms(core)
    assert first == follow_up != of_bob


async def test_where_it_is_set_all_who_talk_in_a_channel_share_a_conversation(
    core: SlackCore,
) -> None:
    shared_by(core, "channel")
    async with core.running():
        threads = await asked(core, ALICE, BOB)
        await core.slack.say(CHANNEL, ALICE, "and then?", threads[1])
        await core.answers(threads[1], 2)
    assert len(set(rooms(core))) == 1


async def test_a_thread_that_others_began_is_shared_by_those_in_it(core: SlackCore) -> None:
    shared_by(core, "person")
    async with core.running():
        root = await core.slack.say(CHANNEL, BOB, "the homework is due")
        for count, person in enumerate((ALICE, BOB), 1):
            await core.slack.say(CHANNEL, person, f"{core.slack.bot.mention} when?", root)
            await core.answers(root, count)
    assert len(set(rooms(core))) == 1


async def test_what_is_asked_aloud_by_command_is_part_of_it_and_what_is_asked_alone_is_not(
    core: SlackCore,
) -> None:
    shared_by(core, "person")
    async with core.running():
        await asked(core, ALICE)
        await core.slack.command("/ask", "a secret", ALICE, CHANNEL)
        await core.told()
        await core.slack.command("/ask", "--public and now?", ALICE, CHANNEL)
        await core.until(lambda: len(core.model.runs) == 3)
    first, alone, aloud = rooms(core)
    assert first == aloud != alone


async def test_new_begins_a_persons_conversation_in_the_channel_anew(core: SlackCore) -> None:
    shared_by(core, "person")
    async with core.running():
        await asked(core, ALICE, BOB)
        await core.slack.command("/new", "", ALICE, CHANNEL)
        await core.told()
        await asked(core, ALICE, BOB)
    first, of_bob, anew, of_bob_again = rooms(core)
    assert anew != first
    assert of_bob_again == of_bob


async def test_where_it_is_set_a_persons_direct_messages_are_one_conversation(
    core: SlackCore,
) -> None:
    shared_by(core, "person")
    direct = core.slack.dm(ALICE)
    async with core.running():
        first = await core.slack.say(direct, ALICE, "why?")
        await core.until(lambda: core.replies(first, direct))
        second = await core.slack.say(direct, ALICE, "and how?")
        await core.until(lambda: core.replies(second, direct))
    assert len(set(rooms(core))) == 1


async def test_the_stop_button_of_a_thread_ends_what_is_written_there(core: SlackCore) -> None:
    shared_by(core, "person")
    async with core.running():
        core.model.hold()
        thread = await core.ask("why?")
        await core.until(lambda: core.model.runs)
        await core.slack.stop_session(CHANNEL, thread, ALICE)
        await core.until(lambda: core.model.runs[0].status == "cancelled")
