"""What others reported of their bots in Slack, and this one bore from the start."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import JSON
from tests.fakes.slack_server import Fault
from tests.integration.slack_bot import ALICE, BOB, CHANNEL, words_of
from tests.integration.slack_core import SlackCore, slack_core

MENTION = "<@U0BOT>"


@pytest.fixture
async def core(tmp_path: Path) -> AsyncIterator[SlackCore]:
    async with slack_core(tmp_path) as core, core.running():
        yield core


def shown(core: SlackCore, channel: str = CHANNEL) -> list[str]:
    own = [m for m in core.slack.messages(channel) if m.user == core.slack.bot.user]
    return [words_of(m) for m in own if not m.streaming]


async def asked(core: SlackCore) -> list[str]:
    """All that was asked of the model, once a question that comes last has been answered."""
    last = await core.slack.say(CHANNEL, ALICE, f"{MENTION} the last")
    await core.answers(last)
    return [run.input_text for run in core.model.runs]


def revision(core: SlackCore, ts: str, text: str, **more: Any) -> JSON:
    """Slack tells that a message has changed, and not how it was before."""
    message = {"type": "message", "user": ALICE, "text": text, "ts": ts, **more}
    change = {"type": "message", "subtype": "message_changed", "hidden": True}
    return change | {"channel": CHANNEL, "ts": core.slack.state.ts(), "message": message}


PREVIEW = {"attachments": [{"from_url": "https://a.example", "title": "A page", "id": 1}]}
REVISIONS = {
    "a link's preview": PREVIEW,
    "a guessed language": {"language": {"locale": "de", "is_reliable": True}},
    "a reply below it": {"reply_count": 1, "reply_users": [BOB], "latest_reply": "1.0"},
    "a reaction, an unfurl and a reply": PREVIEW | {"reply_count": 2, "reactions": []},
}


@pytest.mark.parametrize("more", REVISIONS.values(), ids=REVISIONS)
async def test_a_revision_that_its_author_did_not_make_asks_nothing_and_changes_nothing(
    core: SlackCore, more: JSON
) -> None:
    core.model.hold()
    running = await core.ask("why https://a.example?")
    await core.until(lambda: core.model.runs)
    waiting = await core.ask("and how?", running)
    for ts, text in ((running, "why https://a.example?"), (waiting, "and how?")):
        core.slack.event(revision(core, ts, f"{MENTION} {text}", **more))
    await core.acked()
    core.model.release()
    answers = await core.answers(running, 2)
    assert len(answers) == len(core.model.runs) == 2
    assert "A page" not in str([run.input_text for run in core.model.runs])
    core.slack.event(revision(core, running, f"{MENTION} why https://a.example?", **more))
    assert len(await asked(core)) == 3


async def test_where_the_recipient_is_unknown_only_when_a_stream_ends_it_is_completed_once(
    core: SlackCore,
) -> None:
    core.slack.fail("chat.stopStream", Fault.refused("user_not_found"))
    thread = await core.ask("why?")
    assert await core.answers(thread) == ["You said: alice: why?"]
    assert len(core.replies(thread)) == 1


@pytest.mark.parametrize("subtype", ["thread_broadcast", "me_message"])
async def test_a_mention_that_is_also_sent_to_the_channel_is_answered_once(
    core: SlackCore, subtype: str
) -> None:
    ts = core.slack.state.ts()
    event = {"user": ALICE, "text": f"{MENTION} why?", "ts": ts, "channel": CHANNEL}
    for kind in ("message", "app_mention"):
        core.slack.event(event | {"type": kind, "subtype": subtype})
    await core.until(lambda: shown(core))
    assert len(await asked(core)) == 2


async def test_in_a_shared_channel_a_message_without_its_mention_event_is_answered(
    core: SlackCore,
) -> None:
    event = {"type": "message", "user": ALICE, "text": f"{MENTION} why?", "channel": CHANNEL}
    core.slack.event(event | {"ts": core.slack.state.ts(), "channel_type": "channel"})
    await core.until(lambda: shown(core))
    assert len(await asked(core)) == 2


async def test_a_post_of_a_workflow_without_a_user_asks_where_it_is_listed(
    core: SlackCore,
) -> None:
    post = {"type": "message", "subtype": "bot_message", "bot_id": "B07FLOW", "channel": CHANNEL}
    post |= {"username": "Deploy workflow", "text": f"{MENTION} did it work?"}
    core.slack.event(post | {"ts": core.slack.state.ts()})
    assert await asked(core) == ["alice: the last"]
    (core.folder / "homeroom.toml").write_text('[settings.slack]\nbots = "B07FLOW"\n')
    core.slack.event(post | {"ts": core.slack.state.ts()})
    await core.until(lambda: len(core.model.runs) == 2)
    assert core.model.runs[1].input_text == "Deploy workflow: did it work?"


async def test_what_only_tells_of_something_asks_nothing_though_a_mention_stands_in_it(
    core: SlackCore,
) -> None:
    for kind in (
        *("ekm_access_denied", "huddle_thread", "message_replied", "channel_topic"),
        *("document_mention", "bot_message", "channel_join", "reminder_add"),
    ):
        event = {"type": "message", "subtype": kind, "user": BOB, "text": f"{MENTION} {kind}"}
        if kind == "bot_message":
            event |= {"bot_id": "B09MON"}
        core.slack.event(event | {"channel": CHANNEL, "ts": core.slack.state.ts()})
    slackbot = {"type": "message", "user": "USLACKBOT", "text": f"{MENTION} remember!"}
    core.slack.event(slackbot | {"channel": CHANNEL, "ts": core.slack.state.ts()})
    assert await asked(core) == ["alice: the last"]


async def test_what_an_app_posts_with_a_persons_token_counts_as_a_bots(core: SlackCore) -> None:
    post = {"type": "message", "user": BOB, "app_id": "A09", "bot_id": "B09", "channel": CHANNEL}
    post |= {"text": f"{MENTION} why?"}
    core.slack.event(post | {"ts": core.slack.state.ts()})
    assert await asked(core) == ["alice: the last"]
    (core.folder / "homeroom.toml").write_text(f'[settings.slack]\nbots = "{BOB}"\n')
    core.slack.event(post | {"ts": core.slack.state.ts()})
    await core.until(lambda: len(core.model.runs) == 2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("`if a &lt; b &amp;&amp; c &gt; d:`", "`if a < b && c > d:`"),
        (":tada:", ":tada:"),
        ("&amp;lt; is not &lt;", "&lt; is not <"),
        ("word " * 7_000, ("word " * 7_000).strip()),
    ],
    ids=["code", "an emoji alone", "escaped twice", "35,000 characters"],
)
async def test_in_a_private_channel_the_words_come_as_they_were_written(
    core: SlackCore, text: str, words: str
) -> None:
    core.slack.add_user("W0123GRID", "gil")
    room = "G0PRIV"
    core.slack.add_channel(room, kind="group", members=["W0123GRID", core.slack.bot.user])
    await core.slack.say(room, "W0123GRID", f"{MENTION} {text}")
    await core.until(lambda: core.model.runs)
    assert core.model.runs[0].input_text == f"gil: {words}"
    await core.until(lambda: shown(core, room))


async def test_a_snippet_is_read_with_the_question(core: SlackCore) -> None:
    snippet = core.slack.add_file("untitled", b"print(6 * 7)", "text/plain")
    await core.slack.say(CHANNEL, ALICE, f"{MENTION} what does it print?", files=[snippet])
    await core.until(lambda: core.model.runs)
    assert "print(6 * 7)" in core.model.runs[0].input_text


async def test_a_mention_of_a_group_with_the_bot_in_it_asks_nothing(core: SlackCore) -> None:
    await core.slack.say(CHANNEL, ALICE, "<!subteam^S0BOTS> why?")
    assert await asked(core) == ["alice: the last"]
