"""Slack by signed HTTP: what Slack has signed is written down before it is answered."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from io import BytesIO

import aiohttp
import pytest

from adapters.slack.lines.http import Hosted
from adapters.slack.opening import open_slack_as_set
from adapters.slack.refs import place_of
from bot.config import load_settings
from bot.core.controls import below_answer
from bot.core.errors import ConfigError
from bot.core.posts import Part, Saying
from tests.fakes.memory import FakeMemory
from tests.fakes.slack_http import Answer, http_deliver, signed
from tests.fakes.slack_server import APP_TOKEN, SIGNING_SECRET, FakeSlack, Fault
from tests.integration.slack_bot import ALICE, CHANNEL
from tests.integration.slack_lines import Listening, SlowDoor, listening, one_workspace
from tests.patience import PATIENCE


@pytest.fixture
async def bot(slack: FakeSlack) -> AsyncIterator[Listening]:
    async with listening(slack, one_workspace(slack)) as bot:
        slack.deliver_over_http(bot.events)
        yield bot


async def post(bot: Listening, body: str, headers: dict[str, str]) -> Answer:
    """Post a body under these headers and no others of Slack's."""
    kind = {"Content-Type": "application/json"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(bot.events, data=BytesIO(body.encode()), headers=kind | headers) as answer,
    ):
        return Answer(answer.status, await answer.text())


def told(text: str = "hello") -> str:
    event = {"type": "message", "channel": "D01", "channel_type": "im", "user": ALICE}
    ours = {"team_id": "T01TEST", "user_id": "U0BOT", "is_bot": True}
    body = {"type": "event_callback", "event": event | {"ts": "5.0", "text": text}}
    return json.dumps(body | {"team_id": "T01TEST", "authorizations": [ours]})


async def test_a_mention_by_http_is_one_message_and_acknowledged(
    slack: FakeSlack, bot: Listening
) -> None:
    await slack.say(CHANNEL, ALICE, "<@U0BOT> what is a monad?")
    await bot.door.until(lambda: bot.door.accepted)
    await bot.acked()
    assert [message.text for message in bot.door.accepted] == ["what is a monad?"]


async def test_what_cannot_be_written_down_is_refused_and_its_repetition_taken(
    slack: FakeSlack, bot: Listening
) -> None:
    bot.door.failures = 1
    assert (await http_deliver(bot.events, SIGNING_SECRET, told())).status == 503
    assert not bot.door.accepted
    bot.door.failures = 1
    await slack.say(slack.dm(ALICE), ALICE, "hello")
    await bot.door.until(lambda: not bot.door.failures)
    slack.redeliver_unacked()
    await bot.door.messages()
    assert slack.envelopes[-1].retry_attempt == 1
    await bot.acked()


@pytest.mark.parametrize("fault", [Fault.rate_limited(30), Fault.server_error()])
async def test_a_message_is_taken_before_slack_is_asked_who_the_bot_is(
    slack: FakeSlack, fault: Fault
) -> None:
    slack.fail("auth.test", fault, times=100)
    async with listening(slack, one_workspace(slack)) as bot:
        assert (await http_deliver(bot.events, SIGNING_SECRET, told())).status == 200
        assert [message.text for message in bot.door.accepted] == ["hello"]


@pytest.mark.parametrize(
    "headers",
    [
        signed("another secret", told()),
        signed(SIGNING_SECRET, told("something else")),
        signed(SIGNING_SECRET, told(), at=int(time.time()) - 3600),
        signed(SIGNING_SECRET, told(), at=int(time.time()) + 3600),
        signed(SIGNING_SECRET, told()) | {"X-Slack-Request-Timestamp": "now"},
        {"X-Slack-Request-Timestamp": f"{time.time():.0f}", "X-Slack-Signature": "v0=ü"},
        {},
    ],
    ids=["forged", "of another body", "old", "early", "no time", "no ASCII", "none"],
)
async def test_what_slack_has_not_signed_now_is_refused_and_not_written(
    bot: Listening, headers: dict[str, str]
) -> None:
    assert (await post(bot, told(), headers)).status == 401
    assert not bot.door.offered
    assert (await bot.adapter.health()).silent_for is None


@pytest.mark.parametrize("body", ["{", "[1]", "1", '{"authorizations": [1]}'])
async def test_a_body_that_is_no_object_is_refused(bot: Listening, body: str) -> None:
    assert (await post(bot, body, signed(SIGNING_SECRET, body))).status == 400


async def test_a_body_that_is_too_long_is_refused(bot: Listening) -> None:
    body = told("x" * 2**20)
    assert (await post(bot, body, signed(SIGNING_SECRET, body))).status == 413
    assert not bot.door.offered


async def test_slack_is_answered_when_it_checks_the_address(bot: Listening) -> None:
    hello = {"type": "url_verification", "challenge": "c"}
    answer = await http_deliver(bot.events, SIGNING_SECRET, hello)
    assert (answer.status, json.loads(answer.text)) == (200, {"challenge": "c"})


async def test_commands_and_clicks_come_as_forms(slack: FakeSlack, bot: Listening) -> None:
    await slack.command("/ask", "--public why?", ALICE, CHANNEL)
    (question,) = await bot.door.messages()
    await bot.acked()
    assert slack.envelopes[0].acks[0].payload == {"response_type": "in_channel"}
    controls = below_answer(question.unique_key)
    ref = await bot.adapter.post(
        question, Saying(text="because", is_final=True, controls=controls), Part("n")
    )
    _, ts = place_of(ref)
    await slack.click(ts, "homeroom_feedback", f"up|{question.unique_key}")
    assert (await bot.door.messages(2))[1].command == "up"
    await bot.acked()


async def test_what_nobody_listens_to_is_acknowledged_too(slack: FakeSlack, bot: Listening) -> None:
    slack.event({"type": "something_new", "channel": CHANNEL})
    await slack.command("/unknown", "", ALICE, CHANNEL)
    await bot.acked()


async def test_a_request_in_flight_at_the_end_is_answered(slack: FakeSlack) -> None:
    door = SlowDoor()
    async with listening(slack, one_workspace(slack), door=door) as bot:
        asking = asyncio.create_task(http_deliver(bot.events, SIGNING_SECRET, told()))
        await door.is_asked.wait()
        bot.task.cancel()
        await door.until(lambda: not bot.is_open)
        door.goes_on.set()
        assert (await asking).status == 200
    assert len(door.accepted) == 1


async def test_who_has_stopped_listening_can_post_until_it_is_closed(
    slack: FakeSlack, bot: Listening
) -> None:
    await slack.say(slack.dm(ALICE), ALICE, "hello")
    (question,) = await bot.door.messages()
    client = await bot.adapter._workspaces.client("")
    bot.task.cancel()
    await asyncio.gather(bot.task, return_exceptions=True)
    await bot.adapter.post(question, Saying(text="an answer", is_final=True), Part("n"))
    assert slack.messages(slack.dm(ALICE))[-1].shown.startswith("an answer")
    await bot.adapter.close()
    assert client.session
    assert client.session.closed


async def test_health_tells_whether_anything_was_heard(bot: Listening) -> None:
    assert await bot.get("/healthz") == (200, '{"connected": true, "silent_for": null}')
    await http_deliver(bot.events, SIGNING_SECRET, told())
    status, health = await bot.get("/healthz")
    assert (status, json.loads(health)["silent_for"] < 5) == (200, True)
    assert (await bot.get("/slack/install"))[0] == 404


async def until_health_is(bot: Listening, status: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while (await bot.get("/healthz"))[0] != status:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_beside_a_socket_health_tells_whether_there_is_one(slack: FakeSlack) -> None:
    settings = one_workspace(slack, slack_app_token=APP_TOKEN)
    async with listening(slack, settings) as bot:
        await until_health_is(bot, 200)
        await slack.stop()
        await until_health_is(bot, 503)
        await slack.start()
        await until_health_is(bot, 200)


def test_beside_a_socket_no_address_is_opened_unless_a_port_is_set() -> None:
    tokens = {"slack_bot_token": "xoxb-1", "slack_app_token": APP_TOKEN}
    with_port = open_slack_as_set(load_settings(**tokens, http_port=0), FakeMemory())
    without = open_slack_as_set(load_settings(**tokens), FakeMemory())
    assert [isinstance(bot._line, Hosted) for bot in (with_port, without)] == [True, False]


async def test_only_this_machine_can_reach_it_unless_told_otherwise(bot: Listening) -> None:
    assert bot.address.startswith("http://127.0.0.1:")


async def test_a_port_that_is_taken_is_said_in_one_line(slack: FakeSlack) -> None:
    settings = one_workspace(slack, http_port=slack.port)
    with pytest.raises(ConfigError, match=r"^HTTP_HOST and HTTP_PORT: \S+ is taken$"):
        async with listening(slack, settings):
            pass


async def test_a_bot_token_that_slack_refuses_is_said_at_the_start(slack: FakeSlack) -> None:
    slack.expire_token(error="token_revoked")
    with pytest.raises(ConfigError, match=r"^SLACK_BOT_TOKEN: .*token_revoked"):
        async with listening(slack, one_workspace(slack)):
            pass
