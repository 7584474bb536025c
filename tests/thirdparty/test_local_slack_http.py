"""The program in a Slack that others wrote, which signs what it tells and posts it over HTTP."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.slack_http import http_deliver
from tests.thirdparty.homeroom import Homeroom, open_homeroom
from tests.thirdparty.local_slack import (
    ALICE,
    APP,
    BOB,
    MENTION,
    ROOM,
    LocalSlack,
    open_local_slack,
    pressed,
    words,
)
from tests.thirdparty.servers import LOCAL_SLACK, free_port, needs

pytestmark = [needs(LOCAL_SLACK), pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def slack(tmp_path_factory: pytest.TempPathFactory, port: int) -> AsyncIterator[LocalSlack]:
    there = {"mode": "events", "requestUrl": f"http://127.0.0.1:{port}/slack/events"}
    async with open_local_slack(tmp_path_factory.mktemp("slack"), **there) as slack:
        yield slack


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def homeroom(
    slack: LocalSlack, model: FakeOpenAI, tmp_path_factory: pytest.TempPathFactory, port: int
) -> AsyncIterator[Homeroom]:
    folder = tmp_path_factory.mktemp("homeroom")
    async with open_homeroom(folder, slack, model, port) as homeroom:
        await homeroom.start()
        yield homeroom


async def test_a_mention_is_answered_in_its_thread(homeroom: Homeroom) -> None:
    ts = await homeroom.ask(f"{MENTION} hello", ALICE)
    [reply] = await homeroom.slack.replies(ts)
    assert "hello" in words(reply)


async def test_a_command_is_answered_to_the_one_who_used_it(homeroom: Homeroom) -> None:
    await homeroom.act("command", command="/ask", text="why?", user=BOB, channel=ROOM)
    shown = (await homeroom.slack.messages())[-1]
    assert (words(shown), shown["ephemeral_to"]) == ("You said: why?", BOB)


async def test_a_press_is_taken(homeroom: Homeroom) -> None:
    ts = await homeroom.ask(f"{MENTION} hello", ALICE)
    [reply] = await homeroom.slack.replies(ts)
    press = pressed(reply, "homeroom_regenerate", f"slack:T01TEST:{ROOM}:{ts}", "button")
    await homeroom.act("interact", **press)
    assert len(await homeroom.slack.replies(ts)) == 2


async def test_all_that_it_is_told_is_answered_with_200(homeroom: Homeroom) -> None:
    slack = homeroom.slack
    ts = await slack.say(BOB, "what nobody asked")
    await slack.act("reaction", channel=ROOM, ts=ts, user=ALICE, name="eyes")
    await slack.act("command", command="/unknown", channel=ROOM, user=ALICE)
    answers = [entry["summary"] for entry in await slack.log("from_bot")]
    assert {answer for answer in answers if answer.startswith("HTTP")} == {"HTTP 200"}


async def test_what_somebody_else_has_signed_is_refused(homeroom: Homeroom, port: int) -> None:
    event = {"type": "app_mention", "channel": ROOM, "user": ALICE, "ts": "1.0", "text": MENTION}
    body = {"type": "event_callback", "team_id": "T01TEST", "event": event}
    url = f"http://127.0.0.1:{port}/slack/events"
    assert (await http_deliver(url, "no secret", body)).status == 401
    assert (await http_deliver(url, APP["signingSecret"], body)).status == 200
    assert homeroom.select("SELECT count(*) FROM turns WHERE message_id LIKE '%:1.0'") == [1]


async def test_a_question_outlives_a_kill_and_is_answered_once(homeroom: Homeroom) -> None:
    model = homeroom.model
    model.hold()
    ts = await homeroom.slack.say(ALICE, f"{MENTION} hello")
    await homeroom.until_asked(ts)
    await homeroom.running.kill()
    model.release()
    await homeroom.start()
    assert await homeroom.done(ts) == "delivered"
    assert len(await homeroom.slack.replies(ts)) == 1
