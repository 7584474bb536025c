"""Every answer ends complete, once, and without a mention, whatever happens on the way."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from typing import Literal

import pytest

from adapters.slack.posting import MAX_CHARS
from adapters.slack.threads import metadata
from bot.core.answers import Status
from bot.core.errors import BotError, PlatformUnavailable, WayClosed
from bot.core.messages import Message
from bot.core.posts import Part, Saying
from tests.fakes.slack_server import FakeSlack, Fault
from tests.integration.slack_bot import (
    ALICE,
    BOB,
    CHANNEL,
    NONCE,
    SlackBot,
    Written,
    controls_of,
    has_buttons,
    post,
    slack_bot,
    words_of,
)

ANSWER = " ".join(f"word{number}" for number in range(300)) + "."
PREVIEWS = tuple(ANSWER[: ANSWER.index(" ", size)] for size in (40, 700, 720, 1500))
HOSTILE = "a <!channel> b &lt;!here&gt; c <@U02BOB> d <!SUBTEAM^S1|x> e <@U01ALICE> f " * 9
STREAMING = ("chat.startStream", "chat.appendStream", "chat.stopStream")
FAULTS = {
    "refused": Fault.refused("message_not_in_streaming_state"),
    "limited": Fault.rate_limited(0.01),
    "broken": Fault.server_error(),
    "page": Fault.html(),
    "cut before": Fault.dropped_before(),
    "cut after": Fault.dropped_after(),
}


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as server:
        server.add_usergroup("S1", "staff", [BOB])
        yield server


@pytest.fixture
async def bot(slack: FakeSlack) -> AsyncIterator[SlackBot]:
    async with slack_bot(slack) as started:
        yield started


async def test_an_answer_is_streamed_and_ends_with_buttons_and_its_mark(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question = await bot.asked()
    await bot.write(question, *PREVIEWS, ANSWER)
    reply = bot.reply(question)
    assert words_of(reply) == ANSWER
    assert reply.stream is not None
    assert reply.stream.state == "completed"
    assert reply.stream.recipient == ALICE
    assert has_buttons(reply)
    assert reply.metadata == metadata(question, NONCE)
    assert slack.session(CHANNEL, question.key.thread).status == "active"


async def test_only_what_is_new_is_appended_and_not_for_a_few_words(
    slack: FakeSlack, bot: SlackBot
) -> None:
    await bot.write(await bot.asked(), *PREVIEWS, ANSWER)
    sent = [call.args["markdown_text"] for call in slack.calls if call.method in STREAMING]
    assert "".join(sent) == ANSWER
    assert len(slack.called("chat.appendStream")) == 2
    assert not any(text[0].isspace() for text in sent)  # blanks at a seam can get lost


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.parametrize("method", STREAMING)
async def test_whatever_happens_to_a_stream_the_answer_is_whole_and_stands_there_once(
    slack: FakeSlack, bot: SlackBot, method: str, fault: Fault
) -> None:
    question = await bot.asked()
    slack.fail(method, fault)
    await bot.write(question, *PREVIEWS, ANSWER)
    reply = bot.reply(question)
    assert words_of(reply) == ANSWER
    assert not reply.streaming
    assert has_buttons(reply)
    assert slack.session(CHANNEL, question.key.thread).status == "active"


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_a_stream_that_broke_is_completed_even_when_that_fails_first(
    slack: FakeSlack, bot: SlackBot, fault: Fault
) -> None:
    question = await bot.asked()
    slack.fail("chat.stopStream", Fault.server_error())
    if fault.error != "message_not_in_streaming_state":
        slack.fail("chat.update", fault)
    await bot.write(question, *PREVIEWS, ANSWER)
    assert words_of(bot.reply(question)) == ANSWER


@pytest.mark.parametrize("seen", range(1, len(PREVIEWS) + 1))
async def test_a_stream_that_dies_of_its_age_is_finished_by_an_update(
    slack: FakeSlack, bot: SlackBot, seen: int
) -> None:
    question = await bot.asked()
    await bot.adapter.show_status(question, Status.WRITING)
    ref = await bot.adapter.post(question, Saying(text=PREVIEWS[0]), Part(NONCE))
    for text in PREVIEWS[1:seen]:
        await bot.adapter.edit(question, ref, Saying(text=text))
    assert slack.expire_streams() == 1
    for text in PREVIEWS[seen:]:
        await bot.adapter.edit(question, ref, Saying(text=text))
    controls = controls_of(question)
    await bot.adapter.edit(question, ref, Saying(text=ANSWER, is_final=True, controls=controls))
    assert words_of(bot.reply(question)) == ANSWER
    assert has_buttons(bot.reply(question))


async def test_a_stream_ends_before_slack_ends_it_and_the_answer_goes_on(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question = await bot.asked()
    await bot.adapter.show_status(question, Status.WRITING)
    ref = await bot.adapter.post(question, Saying(text=PREVIEWS[1]), Part(NONCE))
    bot.adapter._streams._now = lambda: time.monotonic() + 280.0
    await bot.adapter.edit(question, ref, Saying(text=PREVIEWS[2]))
    assert not bot.reply(question).streaming
    assert slack.session(CHANNEL, question.key.thread).status == "processing"
    await bot.adapter.edit(question, ref, Saying(text=PREVIEWS[3]))
    await bot.adapter.edit(question, ref, Saying(text=ANSWER, is_final=True))
    assert words_of(bot.reply(question)) == ANSWER
    assert slack.session(CHANNEL, question.key.thread).status == "active"
    assert not slack.called("chat.appendStream")


@pytest.mark.parametrize("ends", [True, False])
async def test_a_stopped_answer_says_so_whether_or_not_slack_ended_the_stream(
    slack: FakeSlack, bot: SlackBot, *, ends: bool
) -> None:
    slack.stop_ends_streams = ends
    question = await bot.asked()
    await bot.adapter.show_status(question, Status.WRITING)
    ref = await bot.adapter.post(question, Saying(text=PREVIEWS[1]), Part(NONCE))
    await slack.stop_session(CHANNEL, question.key.thread, ALICE)
    stopped = f"{PREVIEWS[1]}\n\n*Stopped.*"
    await bot.adapter.edit(question, ref, Saying(text=stopped, is_final=True))
    assert words_of(bot.reply(question)) == stopped
    assert slack.session(CHANNEL, question.key.thread).status == "active"


async def test_a_notice_gives_way_to_the_answer(slack: FakeSlack, bot: SlackBot) -> None:
    question = await bot.asked()
    notice = "The server is busy. I will keep trying and answer here."
    await bot.adapter.show_status(question, Status.THINKING)
    ref = await bot.adapter.post(question, Saying(text=notice), Part(NONCE))
    assert words_of(bot.reply(question)) == notice
    await bot.adapter.edit(question, ref, Saying(text=ANSWER, is_final=True))
    assert words_of(bot.reply(question)) == ANSWER


async def test_a_streamed_beginning_gives_way_to_a_notice_and_that_to_another_answer(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question = await bot.asked()
    await bot.adapter.show_status(question, Status.WRITING)
    ref = await bot.adapter.post(question, Saying(text=PREVIEWS[1]), Part(NONCE))
    await bot.adapter.edit(question, ref, Saying(text="The server is busy."))
    assert words_of(bot.reply(question)) == "The server is busy."
    other = ANSWER.replace("word", "other")
    await bot.adapter.edit(question, ref, Saying(text=other[:700]))
    await bot.adapter.edit(question, ref, Saying(text=other, is_final=True))
    assert words_of(bot.reply(question)) == other


@pytest.mark.parametrize("is_expired", [False, True])
async def test_after_a_restart_a_half_streamed_answer_is_completed(
    slack: FakeSlack, bot: SlackBot, *, is_expired: bool
) -> None:
    question = await bot.asked()
    await bot.adapter.show_status(question, Status.WRITING)
    ref = await bot.adapter.post(question, Saying(text=PREVIEWS[1]), Part(NONCE))
    if is_expired:
        slack.expire_streams()
    async with slack_bot(slack) as another:
        await another.adapter.edit(question, ref, Saying(text=ANSWER, is_final=True))
    assert words_of(bot.reply(question)) == ANSWER
    assert not bot.reply(question).streaming
    assert slack.session(CHANNEL, question.key.thread).status == "active"


async def test_after_a_restart_a_stream_whose_start_was_not_answered_is_found(
    slack: FakeSlack, bot: SlackBot
) -> None:
    first = await bot.asked("first")
    await slack.say(CHANNEL, BOB, "second", thread_ts=first.key.thread)
    second = (await bot.door.messages(2))[1]
    await bot.write(first, *PREVIEWS, ANSWER, nonce="first")
    await bot.adapter.show_status(second, Status.WRITING)
    ref = await bot.adapter.post(second, Saying(text=PREVIEWS[1]), Part("second"))
    async with slack_bot(slack) as another:
        assert await another.adapter.find(second, Part("second")) == ref
        assert await another.adapter.find(second, Part("first")) != ref
        await another.adapter.edit(second, ref, Saying(text=ANSWER, is_final=True))
        assert await another.adapter.find(second, Part("third")) is None


@pytest.mark.parametrize("code", ["unknown_method", "feature_not_enabled", "method_deprecated"])
async def test_where_there_is_no_streaming_answers_are_posted_whole(
    slack: FakeSlack, bot: SlackBot, code: str
) -> None:
    slack.fail("chat.startStream", Fault.refused(code), times=9)
    for text in ("one", "two"):
        question = await bot.asked(text)
        await bot.write(question, *PREVIEWS, ANSWER)
        assert words_of(bot.reply(question)) == ANSWER
        assert bot.adapter.limits(question).edit_interval is None
    assert len(slack.called("chat.startStream")) == 1


async def test_when_many_answers_are_written_at_once_the_others_are_posted_whole(
    slack: FakeSlack, bot: SlackBot
) -> None:
    questions = [await bot.asked(f"{number}") for number in range(7)]
    refs = []
    for question in questions:
        await bot.adapter.show_status(question, Status.WRITING)
        refs.append(await bot.adapter.post(question, Saying(text=PREVIEWS[0]), Part(NONCE)))
    assert len(slack.called("chat.startStream")) == 5
    is_live = [bot.adapter.limits(question).edit_interval is not None for question in questions]
    assert is_live == [True] * 5 + [False] * 2
    assert bot.adapter.limits(another := await bot.asked()).edit_interval is None
    for question, ref in zip(questions, refs, strict=True):
        await bot.adapter.edit(question, ref, Saying(text=ANSWER, is_final=True))
        assert words_of(bot.reply(question)) == ANSWER
    assert bot.adapter.limits(another).edit_interval is not None


async def test_of_answers_that_begin_together_no_more_are_streamed(
    slack: FakeSlack, bot: SlackBot
) -> None:
    questions = [await bot.asked(f"{number}") for number in range(7)]
    answers = (bot.write(question, *PREVIEWS, ANSWER) for question in questions)
    slack.fail("chat.startStream", Fault.slow(0.1), times=9)
    await asyncio.gather(*answers)
    assert len(slack.called("chat.startStream")) == 5


async def test_each_workspace_has_streams_of_its_own(slack: FakeSlack, bot: SlackBot) -> None:
    for number in range(5):
        question = await bot.asked(f"{number}")
        await bot.adapter.show_status(question, Status.WRITING)
        await bot.adapter.post(question, Saying(text=PREVIEWS[0]), Part(NONCE))
    here = await bot.asked()
    elsewhere = replace(here, origin={**here.origin, "team": "T02TEST"})
    assert bot.adapter.limits(here).edit_interval is None
    assert bot.adapter.limits(elsewhere).edit_interval is not None


async def test_the_more_answers_are_written_the_more_is_appended_at_once(
    slack: FakeSlack, bot: SlackBot
) -> None:
    refs = {}
    for text in ("one", "two", "three"):
        question = await bot.asked(text)
        await bot.adapter.show_status(question, Status.WRITING)
        refs[question.id] = await bot.adapter.post(question, Saying(text=PREVIEWS[0]), Part(NONCE))
    for size in range(100, len(ANSWER), 100):
        await bot.adapter.edit(question, refs[question.id], Saying(text=ANSWER[:size]))
    appended = [len(call.args["markdown_text"]) for call in slack.called("chat.appendStream")]
    assert appended
    assert min(appended) >= 3 * 256


@pytest.mark.parametrize("method", ["chat.stopStream", "chat.appendStream", "chat.postMessage"])
@pytest.mark.parametrize("fault", [None, *FAULTS.values()], ids=["none", *FAULTS])
async def test_every_part_of_a_long_answer_is_whole(
    slack: FakeSlack, bot: SlackBot, method: str, fault: Fault | None
) -> None:
    question = await bot.asked()
    await bot.adapter.show_status(question, Status.WRITING)
    texts = [f"{name} {ANSWER}" for name in ("first", "second", "third")]
    parts = [Written(bot.adapter, question, f"nonce of {number}") for number in range(3)]
    await parts[0].show(texts[0][:50], final=False)
    if fault is not None:
        slack.fail(method, replace(fault, error="internal_error"))
    await parts[0].show(texts[0][:900], final=False)
    for part, text in zip(parts, texts, strict=True):
        assert slack.session(CHANNEL, question.key.thread).status == "processing"
        await part.insist(text, final=part is parts[-1])
    assert [words_of(reply) for reply in bot.replies(question)] == texts
    assert [has_buttons(reply) for reply in bot.replies(question)] == [False, False, True]
    assert not any(reply.streaming for reply in bot.replies(question))
    assert slack.session(CHANNEL, question.key.thread).status == "active"


async def test_a_part_that_had_to_wait_for_the_one_before_it_was_certainly_not_posted(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question = await bot.asked()
    await bot.adapter.show_status(question, Status.WRITING)
    await bot.adapter.post(question, Saying(text=PREVIEWS[1]), Part("first"))
    slack.fail("chat.stopStream", Fault.server_error())
    slack.fail("chat.update", Fault.server_error())
    with pytest.raises(PlatformUnavailable):
        await bot.adapter.post(
            question, Saying(text="the second part", is_final=True), Part("second")
        )
    assert not slack.called("chat.postMessage")


@pytest.mark.parametrize("drop", ["before", "after"])
@pytest.mark.parametrize("calls", range(6))
async def test_killed_at_any_call_to_slack_another_process_makes_the_answer_whole_and_once(
    slack: FakeSlack, bot: SlackBot, drop: Literal["before", "after"], calls: int
) -> None:
    question = await bot.asked()
    await bot.adapter.show_status(question, Status.WRITING)
    part = Written(bot.adapter, question, NONCE)
    slack.fail("chat.*", Fault(drop=drop), times=99, skip=calls)
    with suppress(BotError):
        for text in (*PREVIEWS, ANSWER):
            await part.show(text, final=text is ANSWER)
    slack.faults.clear()
    async with slack_bot(slack) as another:
        part.adapter = another.adapter
        await part.insist(ANSWER, final=True)
        await part.insist(ANSWER, final=True)  # it was delivered, and that was not saved
    assert words_of(bot.reply(question)) == ANSWER
    assert has_buttons(bot.reply(question))
    assert not bot.reply(question).streaming


async def test_when_the_budget_of_streams_is_used_up_answers_are_posted_whole(
    slack: FakeSlack, bot: SlackBot
) -> None:
    slack.tiers = {"chat.startStream": (2, 60.0)}
    for number in range(4):
        question = await bot.asked(f"{number}")
        await bot.write(question, *PREVIEWS, ANSWER)
        assert words_of(bot.reply(question)) == ANSWER
    assert len(slack.called("chat.startStream")) == 3  # of which the last was refused
    assert bot.adapter.limits(await bot.asked()).edit_interval is None


async def test_streaming_can_be_switched_off(slack: FakeSlack, bot: SlackBot) -> None:
    await bot.door.set("slack", "stream", "off")
    question = await bot.asked()
    await bot.write(question, ANSWER)
    assert bot.adapter.limits(question).edit_interval is None
    assert words_of(bot.reply(question)) == ANSWER
    assert not slack.called("chat.startStream")


async def test_somebody_of_another_organisation_is_answered_whole(
    slack: FakeSlack, bot: SlackBot
) -> None:
    slack.add_user("U9", "eve", team="T9")
    slack.state.channel(CHANNEL).members.append("U9")
    await slack.say(CHANNEL, "U9", "<@U0BOT> hello")
    question = (await bot.door.messages())[0]
    await bot.write(question, *PREVIEWS, ANSWER)
    assert words_of(bot.reply(question)) == ANSWER


async def test_previews_that_come_together_are_appended_one_after_the_other(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question = await bot.asked()
    await bot.adapter.show_status(question, Status.WRITING)
    ref = await bot.adapter.post(question, Saying(text=PREVIEWS[0]), Part(NONCE))
    slack.fail("chat.appendStream", Fault.slow(0.05))
    texts = [ANSWER[:size] for size in (600, 1200, 1800)]
    await asyncio.gather(*(bot.adapter.edit(question, ref, Saying(text=t)) for t in texts))
    assert ANSWER.startswith(words_of(bot.reply(question)))
    await bot.adapter.edit(question, ref, Saying(text=ANSWER, is_final=True))
    assert words_of(bot.reply(question)) == ANSWER


@pytest.mark.parametrize(
    "text",
    [
        f"See https://a.example/?q=1 and [b.example](https://b.example). {ANSWER} www.c.example",
        f"{ANSWER} https://a.example",
        f"{ANSWER} See www.c.example.",
    ],
)
async def test_while_it_is_streamed_no_address_is_live_and_in_the_end_each_can_be_followed(
    slack: FakeSlack, bot: SlackBot, text: str
) -> None:
    question = await bot.asked()
    await bot.write(question, text[:100], text[:700], text[:1500], text)
    streamed = [call for call in slack.calls if call.method in STREAMING]
    assert [call.method for call in streamed] == [
        *("chat.startStream", "chat.appendStream", "chat.appendStream", "chat.stopStream")
    ]
    words = "".join(call.args.get("markdown_text", "") for call in streamed)
    assert "word100" in words
    assert "://" not in words
    assert "www." not in words
    assert words_of(bot.reply(question)) == text
    assert has_buttons(bot.reply(question))
    assert slack.session(CHANNEL, question.key.thread).status == "active"


async def test_wherever_a_preview_can_be_forbidden_it_is(slack: FakeSlack, bot: SlackBot) -> None:
    question = await bot.asked()
    ref = await bot.adapter.post(question, Saying(text="https://a.example"), Part(NONCE))
    await bot.adapter.edit(question, ref, Saying(text="https://b.example", is_final=True))
    private = await bot.commanded("/ask", "why?")
    await bot.adapter.post(private, Saying(text="https://c.example", is_final=True), Part(NONCE))
    for url in slack.state.response_urls.values():
        url.expired = True
    await post(bot.adapter, private, "https://d.example")
    methods = ("chat.postMessage", "chat.update", "response_url", "chat.postEphemeral")
    for method in methods:
        call = slack.called(method)[0]
        assert not {"unfurl_links", "unfurl_media"} - call.args.keys()
        assert {str(call.args[f"unfurl_{kind}"]).lower() for kind in ("links", "media")} <= {
            "false",
            "0",
        }


async def test_a_post_that_was_cut_after_it_was_made_is_found_and_not_made_again(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question = await bot.asked()
    slack.fail("chat.postMessage", Fault.dropped_after())
    await bot.write(question, ANSWER)
    assert words_of(bot.reply(question)) == ANSWER


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_a_post_that_failed_is_made_once_in_the_end(
    slack: FakeSlack, bot: SlackBot, fault: Fault
) -> None:
    question = await bot.asked()
    slack.fail("chat.postMessage", replace(fault, error="internal_error"), times=2)
    await bot.write(question, ANSWER)
    assert words_of(bot.reply(question)) == ANSWER


async def test_a_thread_that_cannot_be_read_back_gets_the_answer_rather_twice_than_never(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question = await bot.asked()
    slack.scopes = slack.scopes - {"channels:history"}
    assert await bot.adapter.find(question, Part(NONCE)) is None


@pytest.mark.parametrize(("refusals", "shape"), [(0, "blocks"), (1, "markdown_text"), (2, "text")])
async def test_a_shape_that_slack_does_not_take_gives_way_to_a_simpler_one(
    slack: FakeSlack, bot: SlackBot, refusals: int, shape: str
) -> None:
    question = await bot.asked()
    slack.fail("chat.postMessage", Fault.refused("invalid_blocks"), times=refusals)
    await bot.write(question, "**bold** & <b>")
    taken = slack.called("chat.postMessage")[-1].args
    assert shape in taken
    assert taken.get("text", "**bold** &amp; &lt;b&gt;") == "**bold** &amp; &lt;b&gt;"
    assert len(bot.replies(question)) == 1


async def test_where_nobody_is_left_the_answer_is_undeliverable(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question = await bot.asked()
    slack.state.channel(CHANNEL).fields["is_archived"] = True
    slack.fail("conversations.open", Fault.refused("user_disabled"))
    for way in bot.adapter.ways(question):
        with pytest.raises(WayClosed):
            await bot.adapter.post(
                question, Saying(text=ANSWER, is_final=True), Part(NONCE, way=str(way))
            )


async def test_a_text_too_long_for_a_message_is_a_file_and_is_shared_once(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question = await bot.asked()
    long = ANSWER * 10
    assert len(long) > MAX_CHARS
    slack.fail("files.completeUploadExternal", Fault.dropped_after())
    ref = await bot.write(question, long)
    (file,) = bot.reply(question).files
    assert file["name"] == "answer.md"
    assert slack.state.contents[file["id"]] == long.encode()
    await bot.adapter.edit(question, ref, Saying(text=long, is_final=True))  # as after a crash
    assert len(bot.replies(question)) == 1


async def test_an_update_that_is_too_long_becomes_a_beginning_and_a_file(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question = await bot.asked()
    ref = await bot.adapter.post(question, Saying(text="A notice."), Part(NONCE))
    slack.fail("chat.update", Fault.refused("msg_too_long"), times=3)
    await bot.adapter.edit(question, ref, Saying(text=ANSWER * 4, is_final=True))
    beginning, file = bot.replies(question)
    assert words_of(beginning).startswith("word0 word1")
    assert "file below" in words_of(beginning)
    assert slack.state.contents[file.files[0]["id"]].decode() == ANSWER * 4


def hostile_beginnings() -> list[str]:
    """Cut after each bracket, in the middle of each mention."""
    return [HOSTILE[: found.end()] for found in re.finditer(r"<!?|&l?|@U", HOSTILE)]


async def test_nobody_is_called_by_an_answer_but_the_one_who_asked(
    slack: FakeSlack, bot: SlackBot
) -> None:
    others = [slack.add_channel(f"C1{number}").id for number in range(4)]
    await bot.write(await bot.asked("streamed"), *hostile_beginnings(), HOSTILE)
    assert not slack.called("chat.update")  # nothing that was streamed had to be taken back
    await bot.write(await bot.asked("posted"), HOSTILE)
    slack.fail("chat.stopStream", Fault.refused("message_not_in_streaming_state"))
    await bot.write(await bot.asked("updated"), HOSTILE[:300], HOSTILE)
    for refusals, channel in enumerate(others[:2], 1):
        slack.fail("chat.postMessage", Fault.refused("invalid_blocks"), times=refusals)
        await bot.write(await bot.asked("in a simpler shape", channel), HOSTILE)
    await bot.write(await bot.commanded("/ask", "privately"), HOSTILE)
    await bot.write(old(await bot.commanded("/ask", "in a whisper")), HOSTILE)
    slack.add_channel("C20", members=[ALICE, BOB])
    await bot.write(old(await bot.commanded("/ask", "directly", "C20")), HOSTILE)
    await bot.write(await bot.commanded("/ask", "--public for all", others[2]), HOSTILE)
    assert len(slack.state.shown) >= 9
    assert {ping.who for ping in slack.pings} == {ALICE}
    assert not any({"link_names", "parse"} & call.args.keys() for call in slack.calls)


def old(question: Message) -> Message:
    """A question whose response_url is no longer taken."""
    return replace(question, origin={**question.origin, "at": "0"})


def only_for(slack: FakeSlack, question: Message) -> list[str]:
    """What one person alone sees in the channel of a question."""
    shown = slack.messages(question.origin["channel"])
    return [words_of(message) for message in shown if message.ephemeral == ALICE]


async def test_what_was_asked_privately_is_answered_to_that_person_alone(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question = await bot.commanded("/ask", "why?")
    await bot.write(question, "because")
    assert only_for(slack, question) == ["because"]
    assert bot.adapter.limits(question).edit_interval is None
    assert not slack.called("chat.postMessage")


async def test_an_old_private_question_is_answered_without_its_response_url(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question = await bot.commanded("/ask", "why?")
    for url in slack.state.response_urls.values():
        url.expired = True
    await bot.write(question, "because")
    assert only_for(slack, question) == ["because"]
    assert len(slack.called("chat.postEphemeral")) == 1


async def test_a_private_answer_finds_its_person_where_the_bot_is_no_member(
    slack: FakeSlack, bot: SlackBot
) -> None:
    slack.add_channel("C02", members=[ALICE, BOB])
    question = await bot.commanded("/ask", "why?", "C02")
    await bot.write(old(question), "because")
    assert [words_of(message) for message in slack.messages(slack.dm(ALICE))] == ["because"]


async def test_a_private_answer_of_several_parts_outlasts_the_uses_of_its_url(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question = await bot.commanded("/ask", "why?")
    for number in range(7):
        await post(bot.adapter, question, f"part {number}", f"{number}", final=False)
    assert only_for(slack, question) == [f"part {number}" for number in range(7)]


async def test_a_public_command_is_answered_in_the_channel(slack: FakeSlack, bot: SlackBot) -> None:
    question = await bot.commanded("/ask", "--public why?")
    slack.fail("chat.postMessage", Fault.dropped_after())
    await bot.write(question, ANSWER)
    (reply,) = slack.messages(CHANNEL)
    assert words_of(reply) == ANSWER
    assert reply.thread_ts is None


async def test_a_public_command_is_answered_where_the_bot_is_no_member(
    slack: FakeSlack, bot: SlackBot
) -> None:
    slack.add_channel("C02", members=[ALICE, BOB])
    question = await bot.commanded("/ask", "--public why?", "C02")
    await bot.write(question, "because")
    (reply,) = slack.messages("C02")
    assert words_of(reply) == "because"
    assert reply.ephemeral is None
