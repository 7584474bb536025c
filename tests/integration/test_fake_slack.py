"""The fake Slack, asked and listened to by the real client and the real bolt."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.models.messages.chunk import MarkdownTextChunk, TaskUpdateChunk
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack_server import (
    APP_TOKEN,
    CLIENT_ID,
    CLIENT_SECRET,
    SIGNING_SECRET,
    FakeSlack,
    Fault,
)
from tests.patience import PATIENCE

ALICE, CHANNEL = "U01ALICE", "C01GEN"
ASK = "<@U0BOT> hello"
RECIPIENT: dict[str, Any] = {"recipient_team_id": "T01TEST", "recipient_user_id": ALICE}
BUTTON = {"type": "button", "action_id": "again", "value": "1"} | {
    "text": {"type": "plain_text", "text": "Again"}
}
# The real client signs in with a class that aiohttp means to give up.
BASIC_AUTH = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")
BUTTONS = [{"type": "actions", "block_id": "b", "elements": [BUTTON]}]


class Bot:
    """A bolt app that writes down what it is told; `refusing` answers Slack with no."""

    def __init__(self, slack: FakeSlack) -> None:
        self.seen: list[Any] = []
        self.retries: list[str] = []
        self.refusing = False
        self.refused = 0
        client = AsyncWebClient(token=slack.bot.token, base_url=slack.api_url)
        self.app = AsyncApp(
            client=client, signing_secret=SIGNING_SECRET, before_authorize=self._inbox
        )
        self.app.event("message")(self._see)
        self.app.event("app_mention")(self._see)
        self.app.event("app_home_opened")(self._see)
        self.app.event("agent_session_stopped")(self._see)

    def kinds(self) -> list[str]:
        return sorted(event["type"] for event in self.seen)

    def texts(self) -> list[str]:
        return [event["text"] for event in self.seen if "text" in event]

    async def _inbox(
        self,
        req: AsyncBoltRequest,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002
    ) -> BoltResponse:
        if self.refusing:
            self.refused += 1
            return BoltResponse(status=503)
        self.retries += req.headers.get("x-slack-retry-num", [])
        return await next()

    async def _see(self, event: dict[str, Any]) -> None:
        self.seen.append(event)


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as slack:
        yield slack


@pytest.fixture
async def client(slack: FakeSlack) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(
            token=slack.bot.token, base_url=slack.api_url, session=session, retry_handlers=[]
        )


@asynccontextmanager
async def connected(slack: FakeSlack, bot: Bot, ping_interval: float = 10) -> AsyncIterator[Bot]:
    handler: Any = AsyncSocketModeHandler(bot.app, APP_TOKEN, ping_interval=ping_interval)
    before = len(slack.sockets.open)
    await handler.connect_async()
    await until(lambda: len(slack.sockets.open) == before + 1)
    try:
        yield bot
    finally:
        await handler.close_async()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def refusal(call: Awaitable[Any]) -> Any:
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response


def all_acked(slack: FakeSlack) -> bool:
    return bool(slack.envelopes) and all(envelope.acked for envelope in slack.envelopes)


async def test_a_mention_comes_as_two_events_with_one_timestamp(slack: FakeSlack) -> None:
    async with connected(slack, Bot(slack)) as bot:
        ts = await slack.say(CHANNEL, ALICE, ASK)
        await until(lambda: len(bot.seen) == 2 and all_acked(slack))
    assert bot.kinds() == ["app_mention", "message"]
    assert {event["ts"] for event in bot.seen} == {ts}
    assert len({envelope.payload["event_id"] for envelope in slack.envelopes}) == 2


async def test_a_direct_message_comes_once_and_is_an_im(slack: FakeSlack) -> None:
    async with connected(slack, Bot(slack)) as bot:
        await slack.say(slack.dm(ALICE), ALICE, ASK)
        await until(lambda: bot.seen and all_acked(slack))
    assert [event["channel_type"] for event in bot.seen] == ["im"]


async def test_each_event_goes_to_one_of_two_sockets(slack: FakeSlack) -> None:
    async with connected(slack, Bot(slack)) as one, connected(slack, Bot(slack)) as two:
        for text in "abcd":
            await slack.say(CHANNEL, ALICE, text)
        await until(lambda: len(one.seen) + len(two.seen) == 4 and all_acked(slack))
    assert sorted(one.texts() + two.texts()) == list("abcd")
    assert one.seen
    assert two.seen
    assert {ack.socket for envelope in slack.envelopes for ack in envelope.acks} == {1, 2}


async def test_what_was_said_while_no_socket_was_open_is_delivered_later(slack: FakeSlack) -> None:
    await slack.say(CHANNEL, ALICE, "early")
    assert slack.envelopes == []
    async with connected(slack, Bot(slack)) as bot:
        await until(lambda: bot.texts() == ["early"])


async def test_an_event_that_was_refused_is_delivered_again_as_a_retry(slack: FakeSlack) -> None:
    async with connected(slack, Bot(slack)) as bot:
        bot.refusing = True
        await slack.say(CHANNEL, ALICE, "once more")
        await until(lambda: bot.refused)
        bot.refusing = False
        assert slack.redeliver_unacked() == 1
        await until(lambda: bot.texts() == ["once more"])
    first, second = slack.envelopes
    assert (first.acked, second.acked) == (False, True)
    assert (second.retry_attempt, second.retry_reason) == (1, "timeout")
    assert first.payload["event_id"] == second.payload["event_id"]
    assert bot.retries == ["1"]


async def test_what_a_dead_socket_left_unacknowledged_comes_over_the_next(
    slack: FakeSlack,
) -> None:
    async with connected(slack, Bot(slack), 0.2) as bot:
        bot.refusing = True
        await slack.say(CHANNEL, ALICE, "hold on")
        await until(lambda: bot.refused)
        bot.refusing = False
        slack.drop_sockets()
        await until(lambda: bot.texts() == ["hold on"])
    assert [envelope.socket for envelope in slack.envelopes] == [1, 2]


async def test_a_refresh_brings_a_new_socket_that_is_told_what_comes_next(
    slack: FakeSlack,
) -> None:
    async with connected(slack, Bot(slack)) as bot:
        await slack.disconnect("refresh_requested")
        await until(lambda: slack.sockets.opened == 2 and len(slack.sockets.open) == 1)
        await slack.say(CHANNEL, ALICE, "still there")
        await until(lambda: bot.texts() == ["still there"])
    assert [envelope.socket for envelope in slack.envelopes] == [2]


async def test_a_half_open_socket_is_given_up_by_the_client(slack: FakeSlack) -> None:
    async with connected(slack, Bot(slack), 0.2) as bot:
        slack.freeze_sockets()
        await slack.say(CHANNEL, ALICE, "anybody")
        await until(lambda: slack.sockets.opened > 1)
        await until(lambda: "anybody" in bot.texts())


async def test_held_events_can_be_delivered_out_of_order_and_twice(slack: FakeSlack) -> None:
    async with connected(slack, Bot(slack)) as bot:
        slack.hold_delivery()
        for text in "abc":
            await slack.say(CHANNEL, ALICE, text)
        slack.release_delivery(backwards=True)
        await until(lambda: len(bot.seen) == 3)
        assert [envelope.event["text"] for envelope in slack.envelopes] == list("cba")
        slack.deliver_again(slack.envelopes[0])
        await until(lambda: len(bot.seen) == 4)
    assert sorted(bot.texts()) == list("abcc")


async def test_edits_and_deletions_are_told_with_what_stood_there(slack: FakeSlack) -> None:
    async with connected(slack, Bot(slack)) as bot:
        ts = await slack.say(CHANNEL, ALICE, "frist")
        await slack.edit(CHANNEL, ts, "first")
        await slack.delete(CHANNEL, ts)
        await until(lambda: len(slack.envelopes) == 3 and all_acked(slack))
    events = {e.event.get("subtype"): e.event for e in slack.envelopes}
    assert events["message_changed"]["previous_message"]["text"] == "frist"
    assert events["message_changed"]["message"]["edited"]["user"] == ALICE
    assert events["message_deleted"]["deleted_ts"] == ts
    assert slack.messages(CHANNEL) == []
    assert bot.texts() == ["frist"]


async def test_signed_events_are_taken_over_http_and_forged_ones_are_not(slack: FakeSlack) -> None:
    bot = Bot(slack)
    server = bot.app.server(port=0, path="/slack/events", host="127.0.0.1")
    runner = web.AppRunner(server.web_app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        hello = {"type": "url_verification", "challenge": "c"}
        assert (await slack.http_deliver(url, SIGNING_SECRET, hello)).text == '{"challenge": "c"}'
        assert (await slack.http_deliver(url, "forged", hello)).status == 401
        slack.deliver_over_http(url)
        bot.refusing = True
        await slack.say(CHANNEL, ALICE, "by post")
        await until(lambda: bot.refused)
        bot.refusing = False
        assert slack.redeliver_unacked() == 1
        await until(lambda: bot.texts() == ["by post"])
    finally:
        await runner.cleanup()
    assert bot.retries == ["1"]


async def test_a_command_is_answered_in_its_acknowledgement_and_afterwards(
    slack: FakeSlack,
) -> None:
    async def answer(ack: Any, respond: Any, command: dict[str, str]) -> None:
        await ack(f"You asked: {command['text']}")
        await respond("And here it is.", response_type="in_channel")

    bot = Bot(slack)
    bot.app.command("/ask")(answer)
    async with connected(slack, bot):
        await slack.command("/ask", "what?", ALICE, CHANNEL)
        await until(lambda: len(slack.messages(CHANNEL)) == 2)
    said, after = sorted(slack.messages(CHANNEL), key=lambda message: not message.ephemeral)
    assert (said.text, said.ephemeral) == ("You asked: what?", ALICE)
    assert (after.text, after.ephemeral, after.user) == ("And here it is.", None, "U0BOT")
    assert slack.envelopes[0].acks[0].payload == {"text": "You asked: what?"}


async def test_a_response_url_wants_text_and_is_good_five_times(slack: FakeSlack) -> None:
    await slack.command("/ask", "", ALICE, CHANNEL)
    async with connected(slack, Bot(slack)), aiohttp.ClientSession() as session:
        await until(lambda: slack.envelopes)
        url = slack.envelopes[0].payload["response_url"]

        async def respond(body: dict[str, str]) -> tuple[int, str]:
            async with session.post(url, json=body) as response:
                return response.status, await response.text()

        assert "no_text" in (await respond({"markdown_text": "**no**"}))[1]
        assert [await respond({"text": "yes"}) for _ in range(4)] == [(200, "ok")] * 4
        assert "used_url" in (await respond({"text": "yes"}))[1]


async def test_a_button_is_pressed_only_where_one_stands(
    slack: FakeSlack, client: AsyncWebClient
) -> None:
    pressed = []

    async def press(ack: Any, action: dict[str, Any], respond: Any) -> None:
        await ack()
        pressed.append(action["value"])
        await respond("Pressed.", replace_original=True)

    bot = Bot(slack)
    bot.app.action("again")(press)
    posted = await client.chat_postMessage(channel=CHANNEL, text="Again?", blocks=BUTTONS)
    with pytest.raises(LookupError):
        await slack.click(posted["ts"], "other")
    async with connected(slack, bot):
        await slack.click(posted["ts"], "again", user=ALICE)
        await until(lambda: slack.messages(CHANNEL)[0].shown == "Pressed.")
    assert pressed == ["1"]


async def test_a_form_opens_once_for_each_press_and_its_answer_is_in_the_acknowledgement(
    slack: FakeSlack, client: AsyncWebClient
) -> None:
    title = {"type": "plain_text", "text": "Form"}
    form = {"type": "modal", "callback_id": "form", "title": title, "blocks": []}
    opened = []

    async def shortcut(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        opened.append(await client.views_open(trigger_id=body["trigger_id"], view=form))
        opened.append(await refusal(client.views_open(trigger_id=body["trigger_id"], view=form)))

    async def submitted(ack: Any) -> None:
        await ack(response_action="errors", errors={"b": "No."})

    bot = Bot(slack)
    bot.app.shortcut("ask_about")(shortcut)
    bot.app.view("form")(submitted)
    ts = await slack.say(CHANNEL, ALICE, "about this")
    async with connected(slack, bot):
        await slack.shortcut("ask_about", ALICE, ts)
        await until(lambda: len(opened) == 2)
        said = len(slack.envelopes)
        await slack.submit(opened[0]["view"]["id"], ALICE, {})
        await until(lambda: slack.envelopes[-1].acked and len(slack.envelopes) == said + 1)
    assert opened[1]["error"] == "exchanged_trigger_id"
    payload = slack.envelopes[-1].acks[0].payload
    assert payload == {"response_action": "errors", "errors": {"b": "No."}}


async def test_the_home_tab_shows_what_was_published(
    slack: FakeSlack, client: AsyncWebClient
) -> None:
    async with connected(slack, Bot(slack)) as bot:
        await client.views_publish(user_id=ALICE, view={"type": "home", "blocks": BUTTONS})
        await slack.open_home(ALICE, "home")
        await slack.open_home(ALICE, "messages")
        await until(lambda: len(bot.seen) == 2)
    assert {event["tab"] for event in bot.seen} == {"home", "messages"}
    assert slack.state.homes[ALICE]["blocks"] == BUTTONS


async def test_a_post_stands_there_with_all_that_was_said_about_it(
    slack: FakeSlack, client: AsyncWebClient
) -> None:
    metadata = {"event_type": "turn", "event_payload": {"id": "1"}}
    root = await slack.say(CHANNEL, ALICE, ASK)
    posted = await client.chat_postMessage(
        channel=CHANNEL,
        markdown_text="**Hi**",
        thread_ts=root,
        metadata=metadata,
        unfurl_links=False,
        unfurl_media=False,
    )
    question, message = slack.messages(CHANNEL, root)
    assert (question.text, message.markdown_text) == (ASK, "**Hi**")
    assert (message.unfurl_links, message.unfurl_media) == (False, False)
    assert posted["message"]["text"] == "*Hi*"
    plain = await client.conversations_replies(channel=CHANNEL, ts=root)
    assert "metadata" not in plain["messages"][1]
    full = await client.conversations_replies(channel=CHANNEL, ts=root, include_all_metadata=True)
    assert full["messages"][1]["metadata"] == metadata
    assert full["messages"][0]["reply_count"] == 1
    await client.chat_update(channel=CHANNEL, ts=posted["ts"], text="Bye")
    assert (message.shown, message.metadata, bool(message.edited)) == ("Bye", metadata, True)
    await client.chat_delete(channel=CHANNEL, ts=posted["ts"])
    assert slack.messages(CHANNEL, root) == [question]


async def test_the_bots_own_words_come_back_and_bolt_passes_over_them(
    slack: FakeSlack, client: AsyncWebClient
) -> None:
    async with connected(slack, Bot(slack)) as bot:
        await client.chat_postMessage(channel=CHANNEL, text="mine")
        await until(lambda: slack.envelopes and all_acked(slack))
        assert slack.envelopes[0].event["bot_id"] == "B0BOT"
        slack.add_user("U0OTHER", is_bot=True)
        await slack.say(CHANNEL, "U0OTHER", "not mine", bot_id="B0OTHER")
        await until(lambda: bot.texts() == ["not mine"])


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"markdown_text": "x" * 12_001}, "msg_too_long"),
        ({"markdown_text": "x", "text": "y"}, "markdown_text_conflict"),
        ({"text": "x", "blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
        (
            {"text": "x", "blocks": [{"type": "markdown", "text": "x" * 7000}] * 2},
            "msg_blocks_too_long",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:The top-level `text`:UserWarning")
async def test_what_slack_does_not_post_is_refused_by_its_name(
    client: AsyncWebClient, content: Any, error: str
) -> None:
    refused = await refusal(client.chat_postMessage(channel=CHANNEL, **content))
    assert refused["error"] == error


async def test_text_is_cut_and_not_refused(slack: FakeSlack, client: AsyncWebClient) -> None:
    await client.chat_postMessage(channel=CHANNEL, text="x" * 40_001)
    assert len(slack.messages(CHANNEL)[0].text) == 40_000


async def test_a_stream_is_written_by_the_real_helper(
    slack: FakeSlack, client: AsyncWebClient
) -> None:
    root = await slack.say(CHANNEL, ALICE, ASK)
    stream = await client.chat_stream(channel=CHANNEL, thread_ts=root, buffer_size=2, **RECIPIENT)
    await stream.append(markdown_text="One ")
    message = slack.messages(CHANNEL, root)[1]
    session = slack.session(CHANNEL, root)
    assert (message.markdown_text, message.streaming) == ("One ", True)
    assert session.status == "processing"
    step = TaskUpdateChunk(id="1", title="Look", status="complete")
    await stream.append(markdown_text="two ", chunks=[step])
    conflict = await refusal(client.chat_update(channel=CHANNEL, ts=message.ts, text="no"))
    assert conflict["error"] == "streaming_state_conflict"
    await stream.stop(markdown_text="three", blocks=BUTTONS, session_status="active")
    assert (message.markdown_text, message.streaming) == ("One two three", False)
    assert (message.blocks, session.history) == (BUTTONS, ["processing", "active"])


async def test_a_stream_in_a_channel_needs_a_recipient_of_this_workspace(
    slack: FakeSlack, client: AsyncWebClient
) -> None:
    root = await slack.say(CHANNEL, ALICE, ASK)
    nobody = await refusal(client.chat_startStream(channel=CHANNEL, thread_ts=root))
    assert nobody["error"] == "missing_recipient_user_id"
    slack.add_user("U0GUEST", team="T0ELSE")
    stranger = RECIPIENT | {"recipient_user_id": "U0GUEST"}
    refused = client.chat_startStream(channel=CHANNEL, thread_ts=root, **stranger)
    assert (await refusal(refused))["error"] == "user_not_found"
    assert (await client.chat_startStream(channel=slack.dm(ALICE), thread_ts=root))["ok"]


async def test_a_stream_takes_text_or_chunks_and_keeps_to_what_came_first(
    slack: FakeSlack, client: AsyncWebClient
) -> None:
    root = await slack.say(CHANNEL, ALICE, ASK)
    chunks = [MarkdownTextChunk(text="x")]
    both = client.chat_startStream(
        channel=CHANNEL, thread_ts=root, markdown_text="x", chunks=chunks, **RECIPIENT
    )
    assert (await refusal(both))["error"] == "cannot_provide_both_markdown_text_and_chunks"
    made = await client.chat_startStream(
        channel=CHANNEL, thread_ts=root, markdown_text="x", **RECIPIENT
    )
    other = client.chat_appendStream(channel=CHANNEL, ts=made["ts"], chunks=chunks)
    assert (await refusal(other))["error"] == "streaming_mode_mismatch"


async def test_an_expired_stream_takes_an_update_and_nothing_else(
    slack: FakeSlack, client: AsyncWebClient
) -> None:
    root = await slack.say(CHANNEL, ALICE, ASK)
    stream = await client.chat_stream(channel=CHANNEL, thread_ts=root, buffer_size=1, **RECIPIENT)
    await stream.append(markdown_text="half")
    assert slack.expire_streams() == 1
    for late in (stream.append(markdown_text="x"), stream.stop()):
        assert (await refusal(late))["error"] == "message_not_in_streaming_state"
    await client.chat_update(channel=CHANNEL, ts=stream.ts or "", markdown_text="whole")
    assert slack.messages(CHANNEL, root)[1].shown == "whole"


async def test_stop_names_the_streams_and_they_take_no_more(
    slack: FakeSlack, client: AsyncWebClient
) -> None:
    root = await slack.say(CHANNEL, ALICE, ASK)
    made = await client.chat_startStream(channel=CHANNEL, thread_ts=root, **RECIPIENT)
    async with connected(slack, Bot(slack)) as bot:
        await slack.stop_session(CHANNEL, root, ALICE)
        await until(lambda: "agent_session_stopped" in bot.kinds())
    stopped = next(e for e in bot.seen if e["type"] == "agent_session_stopped")
    assert (stopped["thread_ts"], stopped["streaming_message_ts"]) == (root, [made["ts"]])
    late = client.chat_appendStream(channel=CHANNEL, ts=made["ts"], markdown_text="x")
    assert (await refusal(late))["error"] == "stopped_by_user"


async def test_a_status_line_goes_when_the_answer_comes(
    slack: FakeSlack, client: AsyncWebClient
) -> None:
    root = await slack.say(CHANNEL, ALICE, ASK)
    here = {"channel_id": CHANNEL, "thread_ts": root}
    await client.assistant_threads_setStatus(status="thinking", loading_messages=["…"], **here)
    await client.assistant_threads_setTitle(title="Hello", **here)
    await client.assistant_threads_setSuggestedPrompts(
        channel_id=slack.dm(ALICE), prompts=[{"title": "Hi", "message": "Hi there"}]
    )
    await client.chat_postMessage(channel=CHANNEL, thread_ts=root, text="done")
    session = slack.session(CHANNEL, root)
    assert (session.title, session.history) == ("Hello", ["thinking", ""])
    assert slack.state.prompts[slack.dm(ALICE)]["prompts"][0]["title"] == "Hi"
    await client.agents_sessions_setStatus(status="suspended", **here)
    await client.agents_sessions_rename(title="Renamed", **here)
    assert (session.status, session.title) == ("suspended", "Renamed")


async def test_every_live_mention_is_a_ping_and_no_dead_one_is(
    slack: FakeSlack, client: AsyncWebClient
) -> None:
    root = await slack.say(CHANNEL, ALICE, ASK)
    await client.chat_postMessage(
        channel=CHANNEL, text="<!Channel> <@u01alice> &lt;!here&gt; @here"
    )
    await client.chat_postMessage(channel=CHANNEL, text="@everyone", link_names=True)
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "<!subteam^s1|@all>"}}
    dead = {"type": "section", "text": {"type": "plain_text", "text": "<!here>"}}
    posted = await client.chat_postMessage(channel=CHANNEL, text=".", blocks=[section, dead])
    await client.chat_update(channel=CHANNEL, ts=posted["ts"], text="quiet", blocks=[])
    stream = await client.chat_stream(channel=CHANNEL, thread_ts=root, buffer_size=1, **RECIPIENT)
    for piece in ("<<", "!he", "re>", ">"):
        await stream.append(markdown_text=piece)
    await stream.stop()
    await client.chat_update(channel=CHANNEL, ts=stream.ts or "", markdown_text="quiet")
    assert [ping.who for ping in slack.pings] == [
        "!channel",
        ALICE,
        "!everyone",
        "!subteam^S1",
        "!here",
    ]


async def test_faults_come_when_they_are_told_to(slack: FakeSlack, client: AsyncWebClient) -> None:
    async def post(text: str) -> Any:
        return await client.chat_postMessage(channel=CHANNEL, text=text)

    slack.fail("chat.*", Fault.rate_limited(7))
    limited = await refusal(post("a"))
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "7")
    slack.fail("chat.postMessage", Fault.server_error(), skip=1)
    await post("b")
    assert (await refusal(post("c"))).status_code == 500
    slack.fail("chat.postMessage", Fault.refused("is_archived"))
    assert (await refusal(post("d")))["error"] == "is_archived"
    slack.fail("chat.postMessage", Fault.html())
    assert "error" not in (await refusal(post("e"))).data
    slack.fail("chat.postMessage", Fault.dropped_before())
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await post("f")
    slack.fail("chat.postMessage", Fault.dropped_after())
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await post("g")
    assert [message.text for message in slack.messages(CHANNEL)] == ["b", "g"]
    answers = [call.answer for call in slack.called("chat.postMessage")]
    assert answers[:3] == ["http_429", "ok", "http_500"]
    assert answers[3:] == ["is_archived", "http_200", "dropped_before", "dropped_after"]


async def test_a_tier_that_is_used_up_says_when_to_come_again(
    slack: FakeSlack, client: AsyncWebClient
) -> None:
    slack.tiers = {"chat.postMessage": (2, 60.0)}
    slack.add_channel("C02")
    for _ in range(2):
        await client.chat_postMessage(channel=CHANNEL, text="x")
    limited = await refusal(client.chat_postMessage(channel=CHANNEL, text="x"))
    assert limited.status_code == 429
    assert 1 <= int(limited.headers["Retry-After"]) <= 60
    assert (await client.chat_postMessage(channel="C02", text="x"))["ok"]


async def test_tokens_and_scopes_are_looked_at(slack: FakeSlack, client: AsyncWebClient) -> None:
    tested = await client.auth_test()
    assert (tested["team_id"], tested["user_id"], tested["bot_id"]) == ("T01TEST", "U0BOT", "B0BOT")
    assert "chat:write" in tested.headers["x-oauth-scopes"].split(",")
    unknown = await refusal(client.auth_test(token="xoxb-nobody"))
    assert unknown["error"] == "invalid_auth"
    slack.scopes = slack.scopes - {"channels:history"}
    missing = await refusal(client.conversations_history(channel=CHANNEL))
    assert (missing["error"], missing["needed"]) == ("missing_scope", "channels:history")
    assert "chat:write" in missing["provided"]
    assert (await client.conversations_history(channel=slack.dm(ALICE)))["ok"]
    await client.auth_revoke()
    assert (await refusal(client.auth_test()))["error"] == "token_revoked"


@BASIC_AUTH
async def test_a_refresh_token_is_good_once(slack: FakeSlack, client: AsyncWebClient) -> None:
    app = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    first = await client.oauth_v2_exchange(token=slack.bot.token, **app)
    again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = await client.oauth_v2_access(**app, **again)
    assert (second["expires_in"], second["team"]["id"]) == (43_200, "T01TEST")
    assert (await client.auth_test(token=second["access_token"]))["ok"]
    used = await refusal(client.oauth_v2_access(**app, **again))
    assert used["error"] == "invalid_refresh_token"


@BASIC_AUTH
async def test_another_workspace_has_its_own_bot_and_is_installed_by_a_code(
    slack: FakeSlack, client: AsyncWebClient
) -> None:
    other = slack.add_workspace("T02ORG", enterprise_id="E01", org_install=True)
    slack.add_user("U0CAROL", team="T02ORG")
    slack.add_channel("C0ORG", team="T02ORG")
    url = f"{slack.origin}/oauth/v2/authorize?team=T02ORG&state=s&redirect_uri=http://127.0.0.1:1/"
    async with (
        aiohttp.ClientSession() as session,
        session.get(url, allow_redirects=False) as response,
    ):
        back = response.headers["Location"]
    code = back.partition("code=")[2].partition("&")[0]
    app = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    granted = await client.oauth_v2_access(**app, code=code)
    assert (granted["team"], granted["enterprise"]["id"]) == (None, "E01")
    assert (await client.auth_test(token=granted["access_token"]))["user_id"] == other.user
    async with connected(slack, Bot(slack)):
        await slack.say("C0ORG", "U0CAROL", "hello")
        await until(lambda: slack.envelopes)
    body = slack.envelopes[0].payload
    assert (body["team_id"], body["authorizations"][0]["is_enterprise_install"]) == ("T02ORG", True)


async def test_files_go_up_come_along_and_come_down_with_the_token_only(
    slack: FakeSlack, client: AsyncWebClient
) -> None:
    sent = await client.files_upload_v2(
        channel=CHANNEL, filename="a.txt", content="abc", initial_comment="Here."
    )
    message = slack.messages(CHANNEL)[0]
    assert (message.text, message.files[0]["id"]) == ("Here.", sent["file"]["id"])
    notes = slack.add_file("my notes.md", b"# Notes", "text/markdown")
    async with connected(slack, Bot(slack)) as bot:
        await slack.say(slack.dm(ALICE), ALICE, "read this", files=[notes])
        await until(lambda: bot.texts() == ["read this"])
    event = bot.seen[0]
    assert event["subtype"] == "file_share"
    url = event["files"][0]["url_private_download"]
    token = {"Authorization": f"Bearer {slack.bot.token}"}
    async with aiohttp.ClientSession() as session:
        async with session.get(url, headers=token) as response:
            assert (response.content_type, await response.text()) == ("text/markdown", "# Notes")
        async with session.get(url) as response:
            assert (response.status, response.content_type) == (200, "text/html")
        slack.scopes -= {"files:read"}
        async with session.get(url, headers=token) as response:
            assert (response.status, response.content_type) == (200, "text/html")
        slack.scopes |= {"files:read"}
    assert (await client.files_info(file=notes["id"]))["file"]["size"] == 7


async def test_people_channels_and_groups_can_be_looked_up(
    slack: FakeSlack, client: AsyncWebClient
) -> None:
    slack.add_user("U0GUEST", is_restricted=True)
    slack.add_channel("C0EXT", members=["U0BOT"], is_ext_shared=True)
    slack.add_channel("G0SECRET", members=[ALICE], kind="group")
    slack.add_usergroup("S1", "staff", [ALICE])
    assert (await client.users_info(user="U0GUEST"))["user"]["is_restricted"]
    assert (await client.conversations_info(channel="C0EXT"))["channel"]["is_ext_shared"]
    hidden = await refusal(client.conversations_info(channel="G0SECRET"))
    assert hidden["error"] == "channel_not_found"
    assert (await client.usergroups_users_list(usergroup="S1"))["users"] == [ALICE]
    opened = await client.conversations_open(users=ALICE)
    assert opened["channel"]["id"] == slack.dm(ALICE)
    members = await client.conversations_members(channel=CHANNEL, limit=2)
    assert (len(members["members"]), members["response_metadata"]["next_cursor"]) == (2, "2")
    ts = await slack.say(CHANNEL, ALICE, "nice")
    await client.reactions_add(channel=CHANNEL, timestamp=ts, name="eyes")
    assert slack.messages(CHANNEL)[0].reactions == {"eyes": ["U0BOT"]}
    double = await refusal(client.reactions_add(channel=CHANNEL, timestamp=ts, name="eyes"))
    assert double["error"] == "already_reacted"
    link = await client.chat_getPermalink(channel=CHANNEL, message_ts=ts)
    assert link["permalink"].endswith(f"/{CHANNEL}/p{ts.replace('.', '')}")
    for text in "ab":
        await slack.say(CHANNEL, ALICE, text)
    page = await client.conversations_history(channel=CHANNEL, limit=2)
    assert [message["text"] for message in page["messages"]] == ["b", "a"]
    assert page["has_more"]


async def test_another_process_is_told_over_the_control_door() -> None:
    command = (sys.executable, "-m", "tests.fakes.slack_server", "--port", "0")
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout
    try:
        api_url = (await process.stdout.readline()).decode().strip()
        door = api_url.replace("/api/", "/_control/")
        async with aiohttp.ClientSession() as session:

            async def do(verb: str, **given: Any) -> Any:
                async with session.post(door + verb, json=given) as response:
                    return json.loads(await response.text())["result"]

            async def see(what: str) -> Any:
                async with session.get(door + what) as response:
                    return await response.json()

            ts = await do("say", channel=CHANNEL, user=ALICE, text=ASK)
            await do("fail", method="auth.test", fault={"status": 200, "error": "ratelimited"})
            client = AsyncWebClient(
                token="xoxb-test-token", base_url=api_url, session=session, retry_handlers=[]
            )
            assert (await refusal(client.auth_test()))["error"] == "ratelimited"
            await client.chat_postMessage(channel=CHANNEL, text=f"<@{ALICE}>", thread_ts=ts)
            messages = await see(f"messages?channel={CHANNEL}&thread_ts={ts}")
            assert [message["text"] for message in messages] == [ASK, f"<@{ALICE}>"]
            calls = [call["method"] for call in await see("calls")]
            assert calls == ["auth.test", "chat.postMessage"]
            assert [ping["who"] for ping in await see("pings")] == [ALICE]
            assert await see("envelopes") == []
    finally:
        process.terminate()
        await process.wait()


async def test_an_eleventh_socket_is_one_too_many(slack: FakeSlack, client: AsyncWebClient) -> None:
    sockets: list[aiohttp.ClientWebSocketResponse] = []
    async with aiohttp.ClientSession() as session:

        async def greeting() -> Any:
            opened = await client.apps_connections_open(app_token=APP_TOKEN)
            sockets.append(await session.ws_connect(opened["url"]))
            return await sockets[-1].receive_json()

        hellos = [await greeting() for _ in range(10)]
        assert [hello["num_connections"] for hello in hellos] == [*range(1, 11)]
        assert (await greeting())["reason"] == "too_many_websockets"
    refused = await refusal(client.apps_connections_open(app_token=slack.bot.token))
    assert refused["error"] == "not_allowed_token_type"


async def test_a_slack_that_was_away_comes_back_with_what_it_had_to_say(slack: FakeSlack) -> None:
    async with connected(slack, Bot(slack), 0.2) as bot:
        await slack.stop()
        await slack.say(CHANNEL, ALICE, "meanwhile")
        await slack.start()
        await until(lambda: bot.texts() == ["meanwhile"])


async def test_get_post_json_and_forms_are_all_understood(slack: FakeSlack) -> None:
    token, blocks = {"token": slack.bot.token}, json.dumps(BUTTONS)
    said = {"channel": CHANNEL, "text": "x", "blocks": blocks}
    bearer = {"Authorization": f"Bearer {slack.bot.token}"}
    url = slack.api_url + "chat.postMessage"
    async with aiohttp.ClientSession() as session:
        for request in (
            session.get(url, params=said | token),
            session.post(url, data=said | token),
            session.post(url, json=said, headers=bearer),
            session.post(url, json=said | {"blocks": BUTTONS}, headers=bearer),
        ):
            async with request as response:
                assert (await response.json())["ok"]
    assert [message.blocks for message in slack.messages(CHANNEL)] == [BUTTONS] * 4
    assert {call.token for call in slack.calls} == {slack.bot.token}


@pytest.mark.parametrize(("after", "stands"), [(False, []), (True, ["x"])])
async def test_a_slow_answer_comes_with_the_work_done_or_not(
    slack: FakeSlack, client: AsyncWebClient, *, after: bool, stands: list[str]
) -> None:
    slack.fail("chat.postMessage", Fault.slow(60, after=after))
    waiting = asyncio.create_task(client.chat_postMessage(channel=CHANNEL, text="x"))
    await until(lambda: slack.called("chat.postMessage"))
    await until(lambda: [message.text for message in slack.messages(CHANNEL)] == stands)
    assert not waiting.done()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
