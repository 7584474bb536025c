"""Of each kind of trouble that is known of others in Slack, members that stand in no report."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from adapters.slack.buttons import drawn
from adapters.slack.commands import SHORTCUT
from bot.core.controls import below_answer
from tests.fakes import JSON
from tests.fakes.slack_server import Fault
from tests.integration.slack_bot import ALICE, BOB, CHANNEL, words_of
from tests.integration.slack_core import SlackCore, slack_core

POINT = "The lift is out of order."
ANSWER = "You said: alice: why?"


@pytest.fixture
async def quiet(tmp_path: Path) -> AsyncIterator[SlackCore]:
    """Without a process, yet."""
    async with slack_core(tmp_path) as core:
        yield core


@pytest.fixture
async def core(quiet: SlackCore) -> AsyncIterator[SlackCore]:
    async with quiet.running():
        yield quiet


def shown(core: SlackCore, *channels: str) -> list[str]:
    """What the bot says there that is whole."""
    said = [m for one in channels or (CHANNEL,) for m in core.slack.messages(one)]
    return [words_of(m) for m in said if m.user == core.slack.bot.user and not m.streaming]


async def told(core: SlackCore) -> str:
    """What the model was told."""
    await core.until(lambda: shown(core))
    return core.model.runs[-1].input_text


async def say(
    core: SlackCore, text: str, thread: str | None = None, user: str = ALICE, **more: Any
) -> str:
    return await core.slack.say(CHANNEL, user, text, thread, **more)


@pytest.mark.parametrize(
    "code", ["message_not_owned_by_app", "streaming_state_conflict", "a_code_of_next_year"]
)
async def test_whatever_refuses_the_edit_the_answer_is_posted_anew(
    core: SlackCore, code: str
) -> None:
    core.model.hold()
    await say(core, "<@U0BOT> why?")
    await core.until(lambda: [*core.slack.state.streams()])
    core.slack.expire_streams()
    core.slack.fail("chat.update", Fault.refused(code), times=100)
    core.model.release()
    await core.until(lambda: ANSWER in shown(core))


@pytest.mark.parametrize(
    "code",
    ["restricted_action_read_only_channel", "message_limit_exceeded", "a_code_of_next_year"],
)
async def test_whatever_refuses_the_post_the_answer_arrives_and_nothing_goes_on(
    core: SlackCore, code: str
) -> None:
    direct = core.slack.dm(ALICE)
    for method in ("chat.startStream", "chat.postMessage"):
        core.slack.fail(method, Fault.refused(code), times=9)
    thread = await say(core, "<@U0BOT> why?")
    await core.until(lambda: any(ANSWER in words for words in shown(core, CHANNEL, direct)))
    await core.until(lambda: core.slack.session(CHANNEL, thread).status == "active")


@pytest.mark.parametrize("method", ["chat.appendStream", "chat.stopStream"])
async def test_a_stream_that_is_refused_for_a_new_reason_is_completed_once(
    core: SlackCore, method: str
) -> None:
    core.slack.fail(method, Fault.refused("a_code_of_next_year"), times=100)
    core.model.answer = lambda _: "word " * 600
    await say(core, "<@U0BOT> why?")
    await core.until(lambda: any("word word" in words for words in shown(core)))
    assert len([words for words in shown(core) if "word word" in words]) == 1


@pytest.mark.parametrize(("status", "body"), [(410, "gone"), (403, "action_prohibited"), (404, "")])
async def test_a_command_whose_address_takes_nothing_is_answered_elsewhere(
    core: SlackCore, status: int, body: str
) -> None:
    direct = core.slack.dm(ALICE)
    core.slack.fail("response_url", Fault(status=status, body=body), times=100)
    await core.slack.command("/ask", "why?", ALICE, CHANNEL)
    await core.until(lambda: any("why?" in words for words in shown(core, CHANNEL, direct)))
    assert len([one for one in shown(core, CHANNEL, direct) if "why?" in one]) == 1


@pytest.mark.parametrize("method", ["usergroups.list", "assistant.threads.setStatus", "files.info"])
@pytest.mark.parametrize(
    "fault", [Fault.rate_limited(60), Fault.refused("missing_scope")], ids=["429", "scope"]
)
async def test_what_only_helps_keeps_nobody_from_an_answer(
    core: SlackCore, method: str, fault: Fault
) -> None:
    core.slack.fail(method, fault, times=10_000)
    stub = {"id": "F0123", "mode": "file_access", "file_access": "check_file_info"}
    await say(core, "<@U0BOT> what is 2 + 2, <!subteam^S123>?", files=[stub])
    await core.until(lambda: any("2 + 2" in words for words in shown(core)))


async def test_who_waits_for_slack_is_not_told_of_the_ai_service(core: SlackCore) -> None:
    core.slack.fail("files.info", Fault.server_error(503), times=1)
    await say(core, "<@U0BOT> what is it?", files=[{"id": "F0123", "mode": "file_access"}])
    await core.until(lambda: shown(core))
    assert "AI service" not in shown(core)[0]


RICH: JSON = {"type": "rich_text_section", "elements": [{"type": "text", "text": POINT}]}
WRITTEN: JSON = {"type": "rich_text", "elements": [RICH]}
MRKDWN: JSON = {"type": "mrkdwn", "text": POINT}
SEEN: dict[str, JSON] = {
    "footer": {"attachments": [{"footer": POINT, "fallback": "x"}]},
    "author": {"attachments": [{"author_name": POINT}]},
    "image": {"attachments": [{"image_url": "https://x.example/y.png", "fallback": POINT}]},
    "rich text": {"attachments": [{"blocks": [WRITTEN]}]},
    "video": {"blocks": [{"type": "video", "title": MRKDWN, "alt_text": "a"}]},
    "alert": {"blocks": [{"type": "alert", "text": MRKDWN, "level": "error"}]},
    "card": {"blocks": [{"type": "card", "body": MRKDWN}]},
    "carousel": {"blocks": [{"type": "carousel", "elements": [{"type": "card", "body": MRKDWN}]}]},
    "container": {"blocks": [{"type": "container", "child_blocks": [{"text": MRKDWN}]}]},
    "task": {"blocks": [{"type": "task_card", "output": WRITTEN}]},
    "plan": {"blocks": [{"type": "plan", "tasks": [{"task_id": "1", "title": POINT}]}]},
    "data": {"blocks": [{"type": "data_table", "rows": [[{"type": "raw_text", "text": POINT}]]}]},
    "input": {"blocks": [{"type": "input", "label": MRKDWN}]},
    "button": {"blocks": [{"type": "actions", "elements": [{"type": "button", "text": MRKDWN}]}]},
    "button of old": {"attachments": [{"actions": [{"type": "button", "text": POINT}]}]},
    "menu": {"blocks": [{"type": "actions", "elements": [
        {"type": "static_select", "placeholder": MRKDWN, "action_id": "a"}
    ]}]},
    "menu's choice": {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x"},
        "accessory": {"type": "overflow", "options": [{"text": MRKDWN, "value": "1"}]}}]},
    "canvas": {"files": [{"id": "F1", "name": "canvas", "title": POINT, "filetype": "quip"}]},
    "choice": {"blocks": [{"type": "actions", "elements": [
        {"type": "checkboxes", "options": [{"text": MRKDWN, "value": "1"}]}
    ]}]},
    "call": {"blocks": [{"type": "call", "call": {"v1": {"name": POINT}}}]},
}  # fmt: skip


@pytest.mark.parametrize("more", SEEN.values(), ids=SEEN)
async def test_what_is_seen_of_an_apps_post_is_read_whatever_holds_it(
    core: SlackCore, more: JSON
) -> None:
    core.slack.add_user("U09MON", "monitor", is_bot=True)
    app = {"bot_id": "B09MON", "app_id": "A09MON", "subtype": "bot_message"}
    root = await say(core, "", user="U09MON", **app, **more)
    await say(core, "<@U0BOT> what is wrong?", root)
    assert POINT in await told(core)


TABLE: JSON = {"type": "table", "rows": [[{"type": "raw_text", "text": POINT}]]}
WITHIN: JSON = {"attachments": [{"is_share": True, "author_name": "Dave", "text": POINT}]}
BLOCKS: JSON = {"message_blocks": [{"message": {"blocks": [TABLE]}}]}
FIELDS: JSON = {"fields": [{"title": "why", "value": POINT}]}


@pytest.mark.parametrize("more", [WITHIN, BLOCKS, FIELDS], ids=["forwarded", "blocks", "fields"])
async def test_what_a_forwarded_message_shows_besides_its_text_is_read(
    core: SlackCore, more: JSON
) -> None:
    share = {"is_share": True, "author_name": "Carol", "text": "see below"} | more
    await say(core, "<@U0BOT> what does this say?", attachments=[share])
    assert POINT in await told(core)


async def test_a_text_with_buttons_below_it_is_read_with_their_labels(core: SlackCore) -> None:
    core.slack.add_user("U09MON", "monitor", is_bot=True)
    button: JSON = {"type": "button", "text": {"type": "plain_text", "text": "Go ahead"}}
    app: dict[str, Any] = {
        "bot_id": "B09MON",
        "blocks": [{"type": "actions", "elements": [button]}],
    }
    root = await say(core, POINT, user="U09MON", **app)
    await say(core, "<@U0BOT> what is wrong?", root)
    words = await told(core)
    assert POINT in words
    assert "(button: Go ahead)" in words


async def test_our_own_buttons_are_no_words_of_what_stands_above_them(core: SlackCore) -> None:
    """A person forwards an answer of the bot."""
    [*blocks] = drawn(below_answer("slack:1", has_sources=True))
    share = {"is_share": True, "author_name": "Homeroom", "text": POINT, "blocks": blocks}
    await say(core, "<@U0BOT> is that so?", attachments=[share])
    words = await told(core)
    assert POINT in words
    assert not any(label in words for label in ("Regenerate", "Sources", "button"))


async def test_the_menu_on_a_forwarded_message_has_its_files(core: SlackCore) -> None:
    file = core.slack.add_file("notes.txt", b"the secret is 42")
    about = await say(core, "", user=BOB, attachments=[{"is_share": True, "files": [file]}])
    await core.slack.shortcut(SHORTCUT, ALICE, about)
    await core.told()
    assert "the secret is 42" in core.model.runs[-1].input_text


async def test_a_table_that_only_the_second_telling_has_is_read(core: SlackCore) -> None:
    ts = core.slack.state.ts()
    said: JSON = {"user": ALICE, "ts": ts, "event_ts": ts, "team": "T01TEST", "channel": CHANNEL}
    said["text"] = "<@U0BOT> what is in it?"
    core.slack.event(said | {"type": "app_mention"})
    more = {"type": "message", "channel_type": "channel", "attachments": [{"blocks": [TABLE]}]}
    core.slack.event(said | more)
    assert POINT in await told(core)


async def test_a_file_that_slack_brings_in_later_is_read(core: SlackCore) -> None:
    """Its author has edited nothing."""
    core.model.hold()
    before = core.slack.state.message(CHANNEL, await say(core, "<@U0BOT> what is it?")).to_json()
    await core.until(lambda: core.model.runs)
    file = core.slack.add_file("notes.txt", b"the secret is 42")
    change: JSON = {"type": "message", "subtype": "message_changed", "channel": CHANNEL}
    change |= {"ts": core.slack.state.ts(), "previous_message": before}
    core.slack.event(change | {"message": before | {"files": [file]}})
    await core.until(lambda: len(core.model.runs) == 2)
    core.model.release()
    assert "the secret is 42" in await told(core)


@pytest.mark.parametrize("code", ["missing_scope", "method_not_supported_for_channel_type"])
async def test_a_command_where_the_bot_may_not_look_is_answered_to_the_asker(
    core: SlackCore, code: str
) -> None:
    core.slack.add_channel("G0ABSENT", "absent", [ALICE, BOB])
    core.slack.fail("conversations.info", Fault.refused(code), times=99)
    await core.slack.command("/ask", "why?", ALICE, "G0ABSENT")
    await core.until(lambda: "You said: why?" in shown(core, "G0ABSENT"))


@pytest.mark.parametrize(
    ("name", "mime", "content"),
    [
        ("a.svg", "image/svg+xml", b"<svg><text>the secret is 42</text></svg>"),
        ("x.png", "image/png", b"the secret is 42"),
        ("x", "", "the secret is 42 \u00fcber".encode("cp1252")),
        ("x.csv", "text/csv", "the secret is 42;\u00e9".encode("utf-16-be")),
    ],
)
async def test_a_text_is_read_whatever_it_is_called(
    core: SlackCore, name: str, mime: str, content: bytes
) -> None:
    await say(core, "<@U0BOT> what is in it?", files=[core.slack.add_file(name, content, mime)])
    assert "the secret is 42" in await told(core)


@pytest.mark.parametrize(
    "words",
    ["{} — /help", "{} help!", "{}. Help", "_{}_ help", "help {}", "Help, {}!", "{} `/help`"],
)
async def test_whoever_calls_for_help_gets_it(core: SlackCore, words: str) -> None:
    await say(core, words.format("<@U0BOT>"))
    await core.until(lambda: shown(core))
    assert core.model.runs == []


@pytest.mark.parametrize("words", ["/usr is full", "/home: what is it?", "stop words in NLP?"])
async def test_what_only_begins_like_a_command_is_a_question(core: SlackCore, words: str) -> None:
    await say(core, f"<@U0BOT> {words}")
    assert (await told(core)).endswith(words)


@pytest.mark.parametrize("words", ["\u2212\u2212public why?", "--Public why?", "why? --public."])
async def test_a_wish_to_be_answered_publicly_is_seen_however_it_is_typed(
    core: SlackCore, words: str
) -> None:
    await core.slack.command("/ask", words, ALICE, CHANNEL)
    await core.until(lambda: ANSWER in shown(core))


@pytest.mark.parametrize("words", ["RSA \u2014 public key?", "what does -public mean?"])
async def test_a_word_of_ones_prose_makes_nothing_public(core: SlackCore, words: str) -> None:
    await core.slack.command("/ask", words, ALICE, CHANNEL)
    assert words in (await core.told())[0]


async def test_brought_into_a_channel_it_says_who_it_is_once_over_all_restarts(
    quiet: SlackCore,
) -> None:
    for person in (quiet.slack.bot.user, quiet.slack.bot.user, BOB):
        async with quiet.running():
            await quiet.slack.join(CHANNEL, person)
            await quiet.acked()
            await quiet.until(lambda: shown(quiet))
    (words,) = shown(quiet)
    assert "Three things to try:" in words
    assert "`/help` says what else I can do" in words
    assert "An AI writes my answers, and they may be wrong." in words
    assert "Mention me in a channel" in words
