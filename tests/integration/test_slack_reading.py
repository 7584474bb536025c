"""What people see of a message in Slack, the model is told, wherever it stands in the event."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from adapters.slack.commands import SHORTCUT
from tests.fakes import JSON
from tests.fakes.slack_server import Fault
from tests.integration.slack_bot import ALICE, BOB, CHANNEL, words_of
from tests.integration.slack_core import SlackCore, slack_core

POINT = "The lift is out of order."
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
SHARE: JSON = {
    "is_msg_unfurl": True,
    "is_share": True,
    "author_id": "U09CAROL",
    "author_name": "Carol",
    "channel_id": "C09OPS",
    "fallback": f"[Sep 10th] carol: {POINT}",
    "text": POINT,
    "from_url": "https://test.slack.com/archives/C09OPS/p1789000000000100",
}
SECTION: JSON = {"type": "section", "text": {"type": "mrkdwn", "text": POINT}}
CARDS: dict[str, JSON] = {
    "title": {"attachments": [{"title": POINT, "fallback": "no"}]},
    "pretext": {"attachments": [{"pretext": POINT}]},
    "fields": {"attachments": [{"title": "Disk", "fields": [{"title": "Why", "value": POINT}]}]},
    "fallback": {"attachments": [{"fallback": POINT}]},
    "blocks in it": {"attachments": [{"blocks": [SECTION], "fallback": "[no preview available]"}]},
    "header": {"blocks": [{"type": "header", "text": {"type": "plain_text", "text": POINT}}]},
    "section": {"blocks": [SECTION]},
    "section's field": {"blocks": [{"type": "section", "fields": [SECTION["text"]]}]},
    "context": {"blocks": [{"type": "context", "elements": [SECTION["text"]]}]},
    "markdown": {"blocks": [{"type": "markdown", "text": POINT}]},
    "image": {"blocks": [{"type": "image", "alt_text": POINT, "image_url": "https://x.example"}]},
    "table": {"blocks": [{"type": "table", "rows": [[{"type": "raw_text", "text": POINT}]]}]},
}
each_card = pytest.mark.parametrize("more", CARDS.values(), ids=CARDS)


@pytest.fixture
async def quiet(tmp_path: Path) -> AsyncIterator[SlackCore]:
    """Without a process, yet."""
    async with slack_core(tmp_path) as core:
        yield core


@pytest.fixture
async def core(quiet: SlackCore) -> AsyncIterator[SlackCore]:
    async with quiet.running():
        yield quiet


def shown(core: SlackCore, channel: str = CHANNEL) -> list[str]:
    """What the bot shows there that is whole."""
    own = [m for m in core.slack.messages(channel) if m.user == core.slack.bot.user]
    return [words_of(m) for m in own if not m.streaming]


async def answered(core: SlackCore, channel: str = CHANNEL, count: int = 1) -> str:
    """The last answer there, as soon as there are so many."""
    await core.until(lambda: len(shown(core, channel)) >= count)
    return shown(core, channel)[-1]


async def told(core: SlackCore) -> str:
    """What the model was told."""
    await answered(core)
    (run,) = core.model.runs
    return run.input_text


async def say(
    core: SlackCore, text: str, thread: str | None = None, user: str = ALICE, **more: Any
) -> str:
    return await core.slack.say(CHANNEL, user, text, thread, **more)


async def alarm(core: SlackCore, **more: Any) -> str:
    """Another app's post: nothing in `text`."""
    core.slack.add_user("U09MON", "monitor", is_bot=True)
    app = {"bot_id": "B09MON", "app_id": "A09MON", "subtype": "bot_message"}
    return await say(core, "", user="U09MON", **app, **more)


async def test_what_is_forwarded_without_a_comment_is_no_empty_message(core: SlackCore) -> None:
    direct = core.slack.dm(ALICE)
    await core.slack.say(direct, ALICE, "", attachments=[SHARE])
    assert f"> Carol: {POINT}" in await answered(core, direct)


async def test_what_is_forwarded_stands_above_the_comment_with_its_author(core: SlackCore) -> None:
    await say(core, "<@U0BOT> what does this say?", attachments=[SHARE])
    words = "What alice asks about (quoted, not addressed to you):\n> Carol: " + POINT
    assert await told(core) == f"{words}\n\nalice: what does this say?"


async def test_nothing_that_is_forwarded_is_a_command_or_a_mention(core: SlackCore) -> None:
    await say(core, "look", attachments=[SHARE | {"text": "<@U0BOT> /new"}])
    direct = core.slack.dm(ALICE)
    await core.slack.say(direct, ALICE, "", attachments=[SHARE | {"text": "/new"}])
    assert "> Carol: /new" in await answered(core, direct)
    assert shown(core) == []


async def test_a_file_of_a_forwarded_message_reaches_the_model(core: SlackCore) -> None:
    file = core.slack.add_file("notes.txt", b"the secret is 42")
    await say(core, "<@U0BOT> read this", attachments=[SHARE | {"files": [file]}])
    assert "the secret is 42" in await told(core)


@each_card
async def test_what_an_app_posted_is_part_of_what_was_said_before(
    core: SlackCore, more: JSON
) -> None:
    root = await alarm(core, **more)
    await say(core, "<@U0BOT> what is wrong?", root)
    assert POINT in await told(core)


@each_card
async def test_one_can_ask_about_what_an_app_posted(core: SlackCore, more: JSON) -> None:
    await core.slack.shortcut(SHORTCUT, ALICE, await alarm(core, **more))
    (answer,) = await core.told()
    assert POINT in answer


async def test_a_table_that_was_pasted_is_read(core: SlackCore) -> None:
    cell = {"type": "rich_text", "elements": [{"type": "text", "text": "7"}]}
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": "Ann"}, cell]]}
    await say(core, "<@U0BOT> who leads?", attachments=[{"blocks": [table]}])
    assert "Ann | 7" in await told(core)


async def test_the_previews_of_ones_own_links_stay_out(core: SlackCore) -> None:
    preview = {"from_url": "https://x.example", "title": POINT, "fallback": POINT}
    await say(core, "<@U0BOT> is <https://x.example> right?", attachments=[preview])
    assert await told(core) == "alice: is https://x.example right?"


async def test_a_listed_bot_may_ask_in_blocks_alone(core: SlackCore) -> None:
    (core.folder / "homeroom.toml").write_text('[settings.slack]\nbots = "B09MON"\n')
    asks = {"type": "section", "text": {"type": "mrkdwn", "text": "<@U0BOT> is it bad?"}}
    ts = await alarm(core, blocks=[asks])
    mention = core.slack.state.message(CHANNEL, ts).to_json() | {"channel": CHANNEL}
    core.slack.event(mention | {"type": "app_mention", "event_ts": ts})
    assert (await told(core)).endswith("is it bad?")


async def test_rich_text_alone_is_read_with_its_names(core: SlackCore) -> None:
    elements: list[JSON] = [
        {"type": "user", "user_id": "U0BOT"},
        {"type": "text", "text": " ask "},
        {"type": "user", "user_id": BOB},
        {"type": "emoji", "name": "tada"},
        {"type": "link", "url": "https://x.example", "text": "here"},
    ]
    items = {"type": "rich_text_list", "elements": [{"type": "rich_text_section", "elements": []}]}
    section = {"type": "rich_text_section", "elements": elements}
    await say(core, "", blocks=[{"type": "rich_text", "elements": [section, items]}])
    assert "alice: ask @bob:tada:here (https://x.example)" in await told(core)


async def test_people_channels_and_groups_that_are_named_have_names(core: SlackCore) -> None:
    core.slack.add_usergroup("S01TUTORS", "tutors", [BOB])
    root = await say(core, f"<@{ALICE}> shall ask <!subteam^S01TUTORS>", user=BOB)
    await say(core, f"<@U0BOT> does <@{BOB}> know, or <#{CHANNEL}|>?", root)
    words = await told(core)
    assert "bob: @alice shall ask @tutors" in words
    assert "does @bob know, or #general?" in words


async def test_who_is_named_and_cannot_be_looked_up_stays_an_id(core: SlackCore) -> None:
    await say(core, "<@U0BOT> does <@U0GHOST> know?")
    assert "does @U0GHOST know?" in await told(core)


@pytest.mark.parametrize("sparse_first", [True, False], ids=["mention first", "message first"])
async def test_of_the_two_events_of_a_mention_the_fuller_is_read(
    core: SlackCore, *, sparse_first: bool
) -> None:
    ts = core.slack.state.ts()
    said: JSON = {"user": ALICE, "ts": ts, "event_ts": ts, "team": "T01TEST", "channel": CHANNEL}
    said["text"] = "<@U0BOT> what is in the file?"
    file = core.slack.add_file("notes.txt", b"the secret is 42")
    message = said | {"type": "message", "subtype": "file_share", "channel_type": "channel"}
    message |= {"files": [file], "attachments": [SHARE], "client_msg_id": "c-1"}
    mention = said | {"type": "app_mention"}
    for event in (mention, message) if sparse_first else (message, mention):
        core.slack.event(event)
        await core.acked()
    words = await told(core)
    assert "the secret is 42" in words
    assert POINT in words


async def test_a_fuller_event_that_comes_late_begins_the_answer_anew(core: SlackCore) -> None:
    ts = core.slack.state.ts()
    said: JSON = {"user": ALICE, "ts": ts, "event_ts": ts, "team": "T01TEST", "channel": CHANNEL}
    said["text"] = "<@U0BOT> what is in the file?"
    core.model.hold()
    core.slack.event(said | {"type": "app_mention"})
    await core.until(lambda: core.model.runs)
    file = core.slack.add_file("notes.txt", b"the secret is 42")
    message = said | {"type": "message", "subtype": "file_share", "channel_type": "channel"}
    core.slack.event(message | {"files": [file]})
    await core.until(lambda: len(core.model.runs) == 2)
    core.model.release()
    assert "the secret is 42" in await answered(core)
    assert len(shown(core)) == 1
    await core.until(lambda: not core.model.runs[0].active)


async def test_the_file_a_thread_is_about_comes_along(core: SlackCore) -> None:
    file = core.slack.add_file("task.txt", b"the secret is 42")
    other = core.slack.add_file("second.txt", b"not this")
    root = await say(core, "", user=BOB, files=[file])
    await say(core, "", root, user=BOB, files=[other])
    await say(core, "<@U0BOT> what is the secret?", root)
    words = await told(core)
    assert "> bob: (file: task.txt)\n> bob: (file: second.txt)" in words
    assert "the secret is 42" in words
    assert "not this" not in words


async def test_to_be_called_without_a_word_is_a_question_about_what_stands_above(
    core: SlackCore,
) -> None:
    root = await say(core, "How do I reset my password?", user=BOB)
    await say(core, "<@U0BOT>", root)
    assert "> bob: How do I reset my password?" in await told(core)


async def test_the_same_in_a_channel(core: SlackCore) -> None:
    await say(core, "How do I reset my password?", user=BOB)
    await say(core, "<@U0BOT>")
    assert "> bob: How do I reset my password?" in await told(core)


async def test_where_nothing_stands_above_it_is_told_that_it_is_empty(core: SlackCore) -> None:
    await say(core, "<@U0BOT>")
    assert "Your message was empty" in await answered(core)


@pytest.mark.parametrize(
    "fault",
    [
        Fault.rate_limited(60),
        Fault.server_error(503),
        Fault.html(),
        Fault.dropped_before(),
        Fault.refused("not_in_channel"),
    ],
    ids=["429", "503", "html", "cut", "no member"],
)
async def test_a_thread_that_cannot_be_read_keeps_nobody_from_an_answer(
    core: SlackCore, fault: Fault
) -> None:
    root = await say(core, "Is it raining?", user=BOB)
    core.slack.fail("conversations.replies", fault, times=10_000)
    await say(core, "<@U0BOT> what is 2 + 2?", root)
    assert "2 + 2" in await answered(core)


async def long_thread(core: SlackCore, replies: int) -> str:
    """Outside the Marketplace: fifteen messages a page, one page a minute."""
    core.slack.state.most_at_once = 15
    root = await say(core, "topic 0.", user=BOB)
    for number in range(1, replies + 1):
        await say(core, f"topic {number}.", root, user=BOB)
    core.slack.fail("conversations.replies", Fault.rate_limited(60), times=10_000, skip=1)
    return root


async def test_where_slack_gives_fifteen_messages_a_minute_a_long_threads_newest_are_read(
    core: SlackCore,
) -> None:
    root = await long_thread(core, 40)
    await say(core, "<@U0BOT> what is 2 + 2?", root)
    words = await told(core)
    read = [number for number in range(41) if f"topic {number}." in words]
    assert read == [0, *range(28, 41)]  # what it is about, and the newest, in their order
    assert words.index("topic 28.") < words.index("topic 40.") < words.index("alice: what is 2")


async def test_a_short_thread_is_read_whole_with_one_request(core: SlackCore) -> None:
    root = await long_thread(core, 13)
    await say(core, "<@U0BOT> what is 2 + 2?", root)
    words = await told(core)
    assert all(f"topic {number}." in words for number in range(14))


async def test_of_a_thread_it_did_not_hear_begin_what_it_heard_comes_first(
    quiet: SlackCore,
) -> None:
    async with quiet.running():
        root = await long_thread(quiet, 20)
        await quiet.acked()
    async with quiet.running():
        for number in (21, 22):
            await say(quiet, f"topic {number}.", root, user=BOB)
        await say(quiet, "<@U0BOT> what is 2 + 2?", root)
        words = await told(quiet)
    assert [number for number in range(23) if f"topic {number}." in words] == [0, 21, 22]


async def test_of_a_long_thread_that_may_be_read_whole_the_newest_and_the_topic_are_told(
    core: SlackCore,
) -> None:
    root = await say(core, "topic 0.", user=BOB)
    for number in range(1, 41):
        await say(core, f"topic {number}.", root, user=BOB)
    await say(core, "<@U0BOT> what is 2 + 2?", root)
    words = await told(core)
    assert [number for number in range(41) if f"topic {number}." in words] == [0, *range(12, 41)]


@pytest.mark.parametrize(
    ("name", "mime", "content", "reason"),
    [
        ("a.m4a", "audio/mp4", b"\x00\x00\x00\x18ftypM4A ", "I cannot listen to sound"),
        ("a.mp4", "video/mp4", b"\x00\x00\x00\x18ftypmp42", "I cannot watch videos"),
        ("a.heic", "image/heic", b"\x00\x00\x00\x18ftypheic", "I cannot read pictures of this"),
        ("a.zip", "application/zip", b"PK\x03\x04", "it is damaged"),
        ("a.bin", "application/octet-stream", b"\x00\x01", "and it is none of these"),
        ("a.txt", "text/plain", b"", "it is empty"),
    ],
)
async def test_what_cannot_be_taken_is_named_and_the_question_answered(
    core: SlackCore, name: str, mime: str, content: bytes, reason: str
) -> None:
    bad = core.slack.add_file(name, content, mime)
    good = core.slack.add_file("notes.txt", b"the secret is 42")
    await say(core, "<@U0BOT> what is in it?", files=[bad, good])
    answer = await answered(core)
    assert "the secret is 42" in answer
    assert f"({name} was left out: " in answer
    assert reason in answer


async def test_a_file_that_cannot_be_had_is_left_out_in_the_end(core: SlackCore) -> None:
    file = core.slack.add_file("notes.txt", b"the secret is 42")
    core.slack.fail("files.download", Fault.server_error(503), times=10_000)
    await say(core, "<@U0BOT> what is 2 + 2?", files=[file])
    await core.until(lambda: core.model.runs)
    await core.until(lambda: any("could not be fetched" in words for words in shown(core)))
    assert len(core.model.runs) == 1


async def test_a_document_linked_from_elsewhere_is_not_fetched_and_named(core: SlackCore) -> None:
    file: JSON = {"id": "F0GDRIVE", "name": "Plan", "mode": "external", "size": 0}
    file |= {"mimetype": "application/vnd.google-apps.document"}
    file |= {"url_private": "https://docs.google.com/document/d/x"}
    await say(core, "<@U0BOT> what is 2 + 2?", files=[file])
    assert "I do not fetch Plan from there" in await answered(core)
    assert "2 + 2" in await told(core)


async def test_a_file_of_which_only_the_id_is_told_is_looked_up(core: SlackCore) -> None:
    """As those from another organisation are, through Slack Connect."""
    file = core.slack.add_file("notes.txt", b"the secret is 42")
    stub = {"id": file["id"], "mode": "file_access", "file_access": "check_file_info"}
    await say(core, "<@U0BOT> what is in it?", files=[stub])
    assert "the secret is 42" in await told(core)


async def test_of_a_voice_clip_the_words_are_taken_that_slack_has_heard(core: SlackCore) -> None:
    clip = core.slack.add_file("audio_message.m4a", b"\x00\x00\x00\x18ftypM4A ", "audio/mp4")
    heard = {"content": "what is the secret", "has_more": False}
    core.slack.state.files[clip["id"]]["transcription"] = {"status": "complete", "preview": heard}
    await say(core, "<@U0BOT> listen", files=[clip])
    assert "File audio_message.m4a:\n````\nwhat is the secret\n````" in await told(core)


@pytest.mark.parametrize(
    ("location", "is_scope"),
    [
        ("https://slack-files.com/T01TEST-F0X-0123456789", False),
        ("https://test.slack.com/?redir=%2Ffiles-pri%2FT1-F1%2Fa.pdf", True),
    ],
)
async def test_only_a_way_to_a_log_in_means_that_a_scope_is_missing(
    core: SlackCore, location: str, *, is_scope: bool
) -> None:
    file = core.slack.add_file("a.pdf", b"%PDF-1.7", "application/pdf")
    core.slack.state.moved[file["id"]] = location
    await say(core, "<@U0BOT> what is it about?", files=[file])
    answer = await answered(core)
    assert ("files:read" in answer) is is_scope
    assert "a.pdf" in answer


async def test_a_file_that_an_edit_takes_out_goes_to_nobody(core: SlackCore) -> None:
    core.model.hold()
    root = await say(core, "<@U0BOT> first")
    await core.until(lambda: core.model.runs)
    file = core.slack.add_file("diary.txt", b"my private diary")
    asked = await say(core, "<@U0BOT> look", root, files=[file])
    await core.slack.edit(CHANNEL, asked, "<@U0BOT> only this", files=[])
    await core.acked()
    core.model.release()
    answer = await answered(core, count=2)
    assert "only this" in answer
    assert "diary" not in answer


async def test_a_mention_that_an_edit_adds_asks(core: SlackCore) -> None:
    said = await say(core, "what is 2 + 2?")
    await core.slack.edit(CHANNEL, said, "<@U0BOT> what is 2 + 2?")
    assert "2 + 2" in await answered(core)
    await core.slack.edit(CHANNEL, said, "<@U0BOT> what is 2 + 3?")
    await say(core, "<@U0BOT> marker")
    await answered(core, count=2)
    assert len(core.model.runs) == 2


async def test_a_question_that_becomes_a_command_is_the_command(core: SlackCore) -> None:
    core.model.hold()
    root = await say(core, "<@U0BOT> first")
    await core.until(lambda: core.model.runs)
    asked = await say(core, "<@U0BOT> hello", root)
    await core.slack.edit(CHANNEL, asked, "<@U0BOT> /new")
    await core.acked()
    core.model.release()
    assert "A new conversation" in await answered(core, count=2)
