"""A part of an answer is known again by its mark, and nothing else is taken for it."""

import time

import pytest

from adapters.slack.opening import open_slack
from adapters.slack.ways import is_about_shape, places
from bot.core.errors import ConfigError, OutcomeUnknown, ShapeRefused, WayClosed
from bot.core.messages import Message
from bot.core.posts import Part, Saying
from tests.fakes.slack_server import APP_TOKEN, FakeSlack, Fault
from tests.fakes.slack_server import Message as Shown
from tests.integration.slack_bot import (
    ALICE,
    CHANNEL,
    NONCE,
    SlackBot,
    controls_of,
    slack_bot,
    words_of,
)

THREAD = "thread/"


def stands(slack: FakeSlack, question: Message, **fields: str) -> str:
    """A message in the question's thread; returns its ref."""
    thread = question.origin["thread"]
    made = Shown(channel=CHANNEL, ts=slack.state.ts(), user="", team="T01TEST", text="a line")
    made.thread_ts = thread
    for name, value in fields.items():
        setattr(made, name, value)
    slack.state.channel(CHANNEL).messages.append(made)
    return f"{CHANNEL}:{made.ts}"


@pytest.mark.parametrize("whose", [{"bot_id": "B0HOOK"}, {"bot_id": "B0OTHER", "user": "U0OTHER"}])
async def test_the_line_of_another_app_is_no_part_of_ours(
    slack: FakeSlack, bot: SlackBot, whose: dict[str, str]
) -> None:
    question = await bot.asked()
    stands(slack, question, **whose)
    assert await bot.adapter.find(question, Part(NONCE, way=THREAD)) is None


async def test_what_else_was_shown_for_the_question_is_no_part(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question = await bot.asked()
    notice = stands(slack, question, user="U0BOT", bot_id="B0BOT")
    others = frozenset({notice})
    assert await bot.adapter.find(question, Part(NONCE, way=THREAD, others=others)) is None
    assert await bot.adapter.find(question, Part(NONCE, way=THREAD)) == notice


async def test_a_part_is_in_doubt_while_its_request_may_still_be_carried_out(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question = await bot.asked()
    part = Part(NONCE, way=THREAD, intended_at=time.time())
    with pytest.raises(OutcomeUnknown):
        await bot.adapter.find(question, part)
    ref = await bot.adapter.post(question, Saying(text="late", is_final=True), part)
    assert await bot.adapter.find(question, part) == ref


async def test_a_clock_that_is_set_back_does_not_prolong_the_doubt(slack: FakeSlack) -> None:
    adapter = open_slack(slack.bot.token, APP_TOKEN, slack.api_url, settles_after=0.1)
    async with slack_bot(slack) as bot:
        question = await bot.asked()
    part = Part(NONCE, way=THREAD, intended_at=time.time() + 3600)
    with pytest.raises(OutcomeUnknown) as doubt:
        await adapter.find(question, part)
    assert doubt.value.retry_after is not None
    assert doubt.value.retry_after <= 0.1
    until = time.monotonic() + 0.1
    await bot.door.until(lambda: time.monotonic() > until)
    assert await adapter.find(question, part) is None
    await adapter.close()


@pytest.mark.parametrize("code", ["not_in_channel", "missing_scope", "ekm_access_denied"])
async def test_what_cannot_be_read_back_is_told_again_and_says_so(
    slack: FakeSlack, bot: SlackBot, code: str
) -> None:
    question, part = await bot.asked(), Part(NONCE, way=THREAD)
    slack.fail("conversations.replies", Fault.refused(code))
    assert await bot.adapter.find(question, part) is None
    await bot.adapter.post(question, Saying(text="because", is_final=True), part)
    assert words_of(bot.reply(question)).startswith("*(I could not find out whether")


async def test_a_private_answer_in_doubt_is_told_again_and_says_so(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question = await bot.commanded("/ask", "why?")
    part = Part(NONCE, way=str(bot.adapter.ways(question)[0]))
    assert await bot.adapter.find(question, part) is None
    await bot.adapter.post(question, Saying(text="because", is_final=True), part)
    (told,) = [m for m in slack.messages(CHANNEL) if m.ephemeral == ALICE]
    assert words_of(told).endswith("because")
    assert words_of(told) != "because"


async def test_an_answer_that_went_to_direct_messages_is_found_there(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question = await bot.asked()
    part = Part(NONCE, way="direct/", intended_at=time.time())
    ref = await bot.adapter.post(question, Saying(text="because", is_final=True), part)
    assert ref.startswith(slack.dm(ALICE))
    assert await bot.adapter.find(question, part) == ref


async def test_an_answer_that_stands_beside_its_thread_is_found_there(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question, part = await bot.asked(), Part(NONCE, way="channel/")
    ref = await bot.adapter.post(question, Saying(text="because", is_final=True), part)
    assert slack.messages(CHANNEL)[-1].thread_ts is None
    assert await bot.adapter.find(question, part) == ref


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("cannot_reply_to_message", WayClosed),
        ("restricted_action_thread_locked", WayClosed),
        ("restricted_action_of_next_year", WayClosed),
        ("is_archived", WayClosed),
        ("messages_tab_disabled", WayClosed),
        ("only_one_table_allowed", ShapeRefused),
        ("invalid_attachments", ShapeRefused),
        ("a_code_of_next_year", ShapeRefused),
    ],
)
async def test_a_refusal_says_whether_the_place_is_closed_or_the_shape_not_taken(
    slack: FakeSlack, bot: SlackBot, code: str, kind: type[Exception]
) -> None:
    question = await bot.asked()
    slack.fail("chat.postMessage", Fault.refused(code), times=9)
    saying = Saying(text="because", is_final=True, controls=controls_of(question))
    with pytest.raises(kind):
        await bot.adapter.post(question, saying, Part(NONCE))
    assert len(slack.called("chat.postMessage")) == (3 if is_about_shape(code) else 1)


@pytest.mark.parametrize("code", ["only_one_table_allowed", "a_code_of_next_year"])
async def test_what_is_not_known_to_be_about_the_place_is_told_more_simply(
    slack: FakeSlack, bot: SlackBot, code: str
) -> None:
    question = await bot.asked()
    slack.fail("chat.postMessage", Fault.refused(code), times=2)
    await bot.write(question, "because")
    assert words_of(bot.reply(question)) == "because"


async def test_the_ways_of_an_answer_lead_from_the_thread_to_the_asker(bot: SlackBot) -> None:
    assert places(await bot.asked()) == ["thread", "channel", "whisper", "direct"]
    public, private = "--public why?", "why?"
    asked = await bot.commanded("/ask", public)
    assert places(asked) == ["channel", "response", "whisper", "direct"]
    asked = await bot.commanded("/ask", private)
    assert places(asked) == ["response", "whisper", "direct"]


async def test_the_token_of_a_person_ends_the_start(slack: FakeSlack) -> None:
    """With it, mentions of that person would be taken for the bot's."""
    slack.fail("auth.test", Fault(status=200, body='{"ok": true, "user_id": "U01ALICE"}'))
    adapter = open_slack("xoxp-1", APP_TOKEN, slack.api_url)
    with pytest.raises(ConfigError, match="person's token"):
        await adapter.listen()
    await adapter.close()
