"""An answer that cannot stand where it was begun is posted anew, and nothing else stays there."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.slack_server import Fault
from tests.integration.slack_bot import ALICE, CHANNEL, words_of
from tests.integration.slack_core import SlackCore, slack_core


@pytest.fixture
async def core(tmp_path: Path) -> AsyncIterator[SlackCore]:
    async with slack_core(tmp_path) as core, core.running():
        yield core


def shown(core: SlackCore, channel: str = CHANNEL) -> list[str]:
    """What the bot shows there that is whole."""
    own = [m for m in core.slack.messages(channel) if m.user == core.slack.bot.user]
    return [words_of(m) for m in own if not m.streaming]


async def streaming(core: SlackCore) -> str:
    """A question whose answer is being written; returns its thread."""
    core.model.hold()
    thread = await core.slack.say(CHANNEL, ALICE, "<@U0BOT> why?")
    await core.until(lambda: [*core.slack.state.streams()])
    return thread


async def test_a_half_written_message_that_an_admin_deletes_does_not_take_the_answer_along(
    core: SlackCore,
) -> None:
    """No fault is injected: what is gone answers message_not_found by itself."""
    await streaming(core)
    (stream,) = core.slack.state.streams()
    await core.slack.delete(CHANNEL, stream.ts)
    core.model.release()
    await core.until(lambda: "You said: alice: why?" in shown(core))
    assert len(core.model.runs) == 1


@pytest.mark.parametrize(
    "code", ["message_not_found", "edit_window_closed", "cant_update_message", "update_failed"]
)
async def test_where_the_end_of_a_dead_stream_cannot_be_edited_in_it_is_posted(
    core: SlackCore, code: str
) -> None:
    await streaming(core)
    core.slack.expire_streams()
    core.slack.fail("chat.update", Fault.refused(code), times=100)
    core.model.release()
    await core.until(lambda: "You said: alice: why?" in shown(core))
    assert len(core.model.runs) == 1


async def test_a_notice_that_was_deleted_does_not_take_the_answer_along(core: SlackCore) -> None:
    """`I will keep trying` stands there, somebody removes it, then the answer comes."""
    core.slack.fail("conversations.info", Fault.server_error(503), times=3)
    await core.slack.say(CHANNEL, ALICE, "<@U0BOT> why?")
    await core.until(lambda: [m for m in core.slack.messages(CHANNEL) if m.user == "U0BOT"])
    (notice,) = [m for m in core.slack.messages(CHANNEL) if m.user == "U0BOT"]
    core.slack.fail("chat.update", Fault.refused("message_not_found"), times=100)
    core.slack.messages(CHANNEL)
    await core.until(lambda: len(core.model.runs) == 1)
    await core.until(lambda: any("You said" in words for words in shown(core)))
    assert notice


@pytest.mark.parametrize("code", ["restricted_action_thread_locked", "is_archived"])
async def test_where_the_asker_alone_is_answered_nothing_is_said_to_be_going_on(
    core: SlackCore, code: str
) -> None:
    core.model.hold()
    thread = await core.slack.say(CHANNEL, ALICE, "<@U0BOT> why?")
    session = core.slack.session(CHANNEL, thread)
    await core.until(lambda: session.status == "processing" and core.model.runs)
    for method in ("chat.startStream", "chat.appendStream", "chat.stopStream"):
        core.slack.fail(method, Fault.refused(code), times=100)
    for method in ("chat.postMessage", "chat.update"):
        core.slack.fail(method, Fault.refused(code), times=100)
    core.model.release()
    await core.until(lambda: session.status == "active")
    assert ["so I answer you alone" in words for words in shown(core)] == [True]


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
async def test_where_no_file_may_be_shared_a_very_long_answer_is_several_messages(
    core: SlackCore, method: str
) -> None:
    """Uploads can be switched off (file_uploads_disabled), or be refused in shared channels."""
    core.slack.fail(method, Fault.refused("file_uploads_disabled"), times=1000)
    direct = core.slack.dm(ALICE)
    words = " ".join(f"word{number}" for number in range(4500))
    await core.slack.say(direct, ALICE, words)
    await core.until(lambda: "word4499" in " ".join(shown(core, direct)))
    assert len(shown(core, direct)) > 1


async def test_a_first_part_that_was_deleted_while_it_was_streamed_takes_no_part_along(
    core: SlackCore,
) -> None:
    core.model.answer = lambda _: " ".join(f"word{number}" for number in range(2500))
    await streaming(core)
    (stream,) = core.slack.state.streams()
    await core.slack.delete(CHANNEL, stream.ts)
    core.model.release()
    await core.until(lambda: "word2499" in " ".join(shown(core)))
    words = " ".join(shown(core)).split()
    assert [word for word in words if word.startswith("word")] == [
        f"word{number}" for number in range(2500)
    ]


async def test_a_stream_whose_end_is_refused_for_its_recipient_is_completed_once(
    core: SlackCore,
) -> None:
    """In Slack Connect the recipient can be unknown only when the stream ends."""
    await streaming(core)
    core.slack.fail("chat.stopStream", Fault.refused("user_not_found"), times=9)
    core.model.release()
    await core.until(lambda: shown(core))
    assert shown(core) == ["You said: alice: why?"]


async def test_where_no_way_is_open_nothing_is_said_to_be_going_on(core: SlackCore) -> None:
    thread = await streaming(core)
    core.slack.fail("chat.*", Fault.refused("is_archived"), times=999)
    core.slack.fail("conversations.open", Fault.refused("user_disabled"), times=999)
    core.model.release()
    await core.until(lambda: core.slack.session(CHANNEL, thread).status == "active")
    assert "You said: alice: why?" not in shown(core)
