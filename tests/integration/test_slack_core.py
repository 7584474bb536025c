"""The whole bot in Slack: asked once, answered once, whatever happens in between."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.slack_server import FakeSlack, Fault
from tests.integration.slack_bot import ALICE, BOB, CHANNEL, words_of
from tests.integration.slack_core import SlackCore, slack_core

LONG = " ".join(f"word{number}" for number in range(300)) + "."


@pytest.fixture
async def core(tmp_path: Path) -> AsyncIterator[SlackCore]:
    async with slack_core(tmp_path) as core:
        yield core


def public_answer(core: SlackCore) -> str:
    """Where the answer to a public command stands."""
    (answer,) = [m for m in core.slack.messages(CHANNEL) if m.metadata]
    return answer.ts


async def test_a_mention_that_comes_as_two_events_and_again_is_answered_once(
    core: SlackCore,
) -> None:
    async with core.running():
        thread = await core.ask("why?")
        for envelope in [*core.slack.envelopes]:
            core.slack.deliver_again(envelope)
        await core.answers(thread)
        await core.ask("and then?", thread)
        assert await core.answers(thread, 2) == [
            "You said: alice: why?",
            "You said: alice: and then?",
        ]
    assert len(core.model.runs) == 2


async def test_one_utterance_that_is_told_under_two_timestamps_is_answered_once(
    core: SlackCore,
) -> None:
    async with core.running():
        thread = await core.ask("why?")
        first = core.slack.messages(CHANNEL)[0]
        same = first.client_msg_id or ""
        await core.slack.say(CHANNEL, ALICE, "<@U0BOT> why?", thread, client_msg_id=same)
        await core.ask("and then?", thread)
        answers = await core.answers(thread, 2)
    assert answers == ["You said: alice: why?", "You said: alice: and then?"]


async def test_an_edit_that_adds_the_mention_is_answered_once_however_often_it_is_told(
    core: SlackCore,
) -> None:
    async with core.running():
        ts = await core.slack.say(CHANNEL, ALICE, "why?")
        await core.slack.edit(CHANNEL, ts, "<@U0BOT> why?")
        await core.answers(ts)
        await core.slack.edit(CHANNEL, ts, "<@U0BOT> why not?")  # too late
        await core.ask("and then?", ts)
        answers = await core.answers(ts, 2)
    assert answers == ["You said: alice: why?", "You said: alice: and then?"]


async def test_below_a_public_answer_no_mention_is_needed_and_the_question_is_remembered(
    core: SlackCore,
) -> None:
    async with core.running():
        await core.slack.command("/ask", "--public why?", ALICE, CHANNEL)
        await core.until(lambda: [m for m in core.slack.messages(CHANNEL) if m.metadata])
    thread = public_answer(core)
    async with core.running():
        await core.slack.say(CHANNEL, BOB, "and how?", thread)
        _, answer = await core.answers(thread, 2)
    assert answer == "You said: bob: and how?"
    first, second = core.model.runs
    assert first.conversation == second.conversation


async def test_a_public_answer_that_was_posted_by_a_process_that_died_goes_on_too(
    core: SlackCore,
) -> None:
    async with core.running():
        core.slack.fail("chat.postMessage", Fault.slow(60.0, after=True))
        await core.slack.command("/ask", "--public why?", ALICE, CHANNEL)
        await core.until(lambda: [m for m in core.slack.messages(CHANNEL) if m.metadata])
    async with core.running():
        await core.until(lambda: core.slack.called("chat.update"))
        await core.slack.say(CHANNEL, BOB, "and how?", public_answer(core))
        await core.answers(public_answer(core), 2)


async def test_below_a_public_answer_the_stop_button_stops_what_is_answered_there(
    core: SlackCore,
) -> None:
    async with core.running():
        await core.slack.command("/ask", "--public why?", ALICE, CHANNEL)
        await core.until(lambda: [m for m in core.slack.messages(CHANNEL) if m.metadata])
        thread = public_answer(core)
        core.model.hold()
        await core.slack.say(CHANNEL, BOB, "and how?", thread)
        await core.until(lambda: len(core.model.runs) == 2)
        await core.slack.stop_session(CHANNEL, thread, BOB)
        await core.until(lambda: core.model.runs[1].status == "cancelled")


async def test_whoever_presses_stop_ends_what_slack_has_ended(core: SlackCore) -> None:
    core.model.hold()
    async with core.running():
        thread = await core.ask("why?")
        await core.until(lambda: core.slack.session(CHANNEL, thread).history)
        await core.slack.stop_session(CHANNEL, thread, BOB)
        await core.until(lambda: len(core.replies(thread)) == 2)
    assert core.model.runs[0].status == "cancelled"


async def test_stop_cancels_the_run_and_says_so_while_the_model_still_writes(
    core: SlackCore,
) -> None:
    core.model.hold()
    async with core.running():
        thread = await core.ask("why?")
        await core.until(lambda: core.slack.session(CHANNEL, thread).history)
        await core.slack.stop_session(CHANNEL, thread, ALICE)
        await core.until(lambda: len(core.replies(thread)) == 2)
        await core.until(lambda: core.slack.session(CHANNEL, thread).status == "active")
    assert core.model.runs[0].status == "cancelled"
    stopped, said = core.replies(thread)
    assert stopped.endswith("*Stopped.*")
    assert said == "Stopped."


@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    "method",
    [
        *("users.info", "conversations.info", "assistant.threads.setStatus"),
        *("agents.sessions.setStatus", "chat.startStream", "chat.stopStream"),
    ],
)
async def test_killed_at_any_call_to_slack_a_streamed_answer_is_whole_and_stands_there_once(
    core: SlackCore, method: str, *, is_done: bool
) -> None:
    core.model.answer = lambda _: LONG
    core.model.hold()  # until the stream has begun
    thread = await killed(core, method, is_done=is_done)
    async with core.running():
        core.slack.redeliver_unacked()
        await core.until(lambda: _has_begun_or_looked(core.slack))
        core.model.release()
        assert await core.answers(thread) == [LONG]
    assert len(core.model.runs) == 1
    assert core.replies(thread) == [LONG]


@pytest.mark.parametrize("fast", [-3600.0, 3600.0], ids=["slow", "fast"])
async def test_a_clock_that_was_wrong_hides_no_stream_that_began(
    core: SlackCore, fast: float
) -> None:
    """It is set right before anybody looks."""
    core.model.answer = lambda _: LONG
    core.model.hold()
    core.clock = lambda: time.time() + fast
    thread = await killed(core, "chat.startStream", is_done=True)
    core.clock = time.time
    async with core.running():
        core.slack.redeliver_unacked()
        await core.until(lambda: core.slack.called("conversations.replies"))
        core.model.release()
        assert await core.answers(thread) == [LONG]
    assert core.replies(thread) == [LONG]


def _has_begun_or_looked(slack: FakeSlack) -> bool:
    """Nothing is streamed where a stream may have begun before the kill."""
    return bool(slack.called("chat.startStream") or slack.called("conversations.replies"))


@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    "method",
    [
        *("chat.postMessage", "files.getUploadURLExternal"),
        *("files.upload", "files.completeUploadExternal"),
    ],
)
async def test_killed_at_any_call_to_slack_an_answer_of_a_beginning_and_a_file_is_whole_and_once(
    core: SlackCore, method: str, *, is_done: bool
) -> None:
    core.model.answer = lambda _: LONG * 20
    (core.folder / "homeroom.toml").write_text('[settings.slack]\nstream = "off"\n')
    thread = await killed(core, method, is_done=is_done)
    async with core.running():
        core.slack.redeliver_unacked()
        await core.until(lambda: [m for m in core.slack.messages(CHANNEL, thread) if m.files])
        await core.until(lambda: core.slack.session(CHANNEL, thread).status == "active")
    assert len(core.model.runs) == 1
    beginning, shared = (m for m in core.slack.messages(CHANNEL, thread) if m.bot_id)
    assert words_of(beginning).endswith("*(The whole answer is in the file.)*")
    (file,) = shared.files
    assert core.slack.state.contents[file["id"]].decode() == LONG * 20


async def killed(core: SlackCore, method: str, *, is_done: bool) -> str:
    """A question, and a process that dies in a call to Slack."""
    async with core.running():
        core.slack.fail(method, Fault.slow(60.0, after=is_done))
        thread = await core.ask("why?")
        await core.until(lambda: core.slack.faults.struck or [*core.slack.state.streams()])
        if not core.slack.faults.struck:
            core.model.release()
        await core.until(lambda: core.slack.faults.struck)
    core.slack.faults.clear()
    return thread


async def test_a_stream_whose_start_was_not_heard_of_is_gone_on_with_and_not_doubled(
    core: SlackCore,
) -> None:
    core.model.answer = lambda _: LONG
    core.model.hold()
    async with core.running():
        core.slack.fail("chat.startStream", Fault.slow(60.0, after=True))
        thread = await core.ask("why?")
        await core.until(lambda: [*core.slack.state.streams()])
    core.model.release()
    async with core.running():
        assert await core.answers(thread) == [LONG]
    assert len(core.slack.called("chat.startStream")) == 1
    assert len(core.replies(thread)) == 1
