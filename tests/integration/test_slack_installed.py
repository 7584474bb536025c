"""Where the app is installed in Slack: its tokens in use, organisations, and other servers."""

import json
from urllib.parse import urlencode

import pytest

from adapters.slack.connection import Connection
from bot.core.errors import Undeliverable
from bot.core.files import FileRefused
from bot.core.posts import Part, Saying
from tests.fakes.memory import FakeMemory
from tests.fakes.slack_http import http_deliver
from tests.fakes.slack_server import APP_TOKEN, SIGNING_SECRET, FakeSlack, Fault
from tests.integration import slack_lines
from tests.integration.slack_bot import ALICE, words_of
from tests.integration.slack_lines import (
    CAROL,
    DAN,
    Browser,
    Clock,
    Listening,
    answer,
    ask,
    exchanges,
    listening,
    many_workspaces,
)

HOUR = 3600.0

slack, memory = slack_lines.slack, slack_lines.memory
clock, bot = slack_lines.clock, slack_lines.bot


async def test_a_token_is_renewed_before_its_end_and_outlives_a_restart(
    slack: FakeSlack, memory: FakeMemory, clock: Clock
) -> None:
    async with listening(slack, many_workspaces(slack), memory=memory, clock=clock) as bot:
        slack.deliver_over_http(bot.events)
        await Browser(bot).install("T02TEST")
        question = await ask(bot, CAROL)
        clock.now += 11 * HOUR
        await answer(bot, question, "one")
    async with listening(slack, many_workspaces(slack), memory=memory, clock=clock) as again:
        await answer(again, question, "two")
        assert exchanges(slack) == ["ok", "ok"]
        clock.now += 11 * HOUR
        await answer(again, question, "three")
        assert exchanges(slack) == ["ok", "ok", "ok"]


async def test_a_token_that_slack_has_ended_is_replaced_and_the_answer_posted_once(
    slack: FakeSlack, bot: Listening, clock: Clock
) -> None:
    await Browser(bot).install("T02TEST")
    question = await ask(bot, CAROL)
    slack.expire_token(slack.state.workspaces["T02TEST"].token)
    assert words_of(await answer(bot, question)) == "an answer"
    assert exchanges(slack) == ["ok", "ok"]
    assert [call.answer for call in slack.called("chat.postMessage")] == ["token_expired", "ok"]


async def test_a_token_another_process_was_given_is_found(
    slack: FakeSlack, bot: Listening, memory: FakeMemory
) -> None:
    await Browser(bot).install("T01TEST")
    question = await ask(bot, ALICE)
    await answer(bot, question, "one")
    async with listening(slack, many_workspaces(slack), memory=memory) as other:
        slack.expire_token(error="token_revoked")
        slack.state.home.token = "xoxb-another"
        await Browser(other).install("T01TEST")
    await answer(bot, question, "two")
    assert [words_of(shown) for shown in slack.messages(slack.dm(ALICE))[1:]] == ["one", "two"]


async def test_a_token_that_is_dead_for_good_is_nobody_to_tell(
    slack: FakeSlack, bot: Listening
) -> None:
    await Browser(bot).install("T01TEST")
    question = await ask(bot, ALICE)
    slack.expire_token(error="account_inactive")
    with pytest.raises(Undeliverable):
        await answer(bot, question)


async def test_an_organisation_installs_once_for_all_its_workspaces(
    slack: FakeSlack, bot: Listening, memory: FakeMemory
) -> None:
    assert await Browser(bot).install("T03ORG") == 200
    assert memory.kept["slack:installation:E01"]
    question = await ask(bot, DAN)
    assert (question.key.space, question.origin["team"]) == ("E01", "T03ORG")
    await answer(bot, question)
    (call,) = slack.called("chat.postMessage")
    assert call.token == slack.state.workspaces["T03ORG"].token
    assert call.args["team_id"] == "T03ORG"  # a token for many does not say which is meant
    async with listening(slack, many_workspaces(slack), memory=memory) as again:
        await answer(again, question, "after a restart")


async def test_an_organisation_that_throws_the_app_out_is_forgotten(
    slack: FakeSlack, bot: Listening, memory: FakeMemory
) -> None:
    await Browser(bot).install("T03ORG")
    await answer(bot, await ask(bot, DAN))
    await slack.uninstall("T03ORG")
    await bot.door.until(lambda: not memory.kept["slack:installation:E01"])
    assert not memory.kept["slack:installation:E01"]


async def test_a_click_in_an_organisation_names_no_workspace_and_is_answered(
    slack: FakeSlack, bot: Listening
) -> None:
    await Browser(bot).install("T03ORG")
    question = await ask(bot, DAN)
    shown = await answer(bot, question)
    slack.hold_delivery()
    await slack.click(shown.ts, "homeroom_feedback", f"up|{question.unique_key}", DAN)
    body = slack.post._parcels[-1].payload | {"team": None, "is_enterprise_install": True}
    form = urlencode({"payload": json.dumps(body | {"enterprise": {"id": "E01"}})})
    assert (await http_deliver(bot.events, SIGNING_SECRET, form)).status == 200
    assert [one.command for one in await bot.door.messages(2)] == [None, "up"]


async def test_what_organisation_a_message_is_of_is_kept_before_it_is_taken(
    slack: FakeSlack, bot: Listening, memory: FakeMemory
) -> None:
    await Browser(bot).install("T03ORG")
    slack.hold_delivery()
    await slack.say(slack.dm(DAN), DAN, "hello")
    body = slack.post._parcels[-1].payload
    memory.failures = 1
    assert (await http_deliver(bot.events, SIGNING_SECRET, body)).status == 503
    assert not bot.door.accepted
    assert (await http_deliver(bot.events, SIGNING_SECRET, body)).status == 200
    await answer(bot, bot.door.accepted[0])


async def test_in_a_channel_of_two_organisations_ours_answers(
    slack: FakeSlack, bot: Listening
) -> None:
    await Browser(bot).install("T01TEST")
    await Browser(bot).install("T02TEST")
    ours = {"team_id": "T02TEST", "user_id": "U0BOTT02TEST", "is_bot": True}
    event = {"type": "app_mention", "channel": slack.dm(CAROL), "user": CAROL, "ts": "5.0"}
    body = {"type": "event_callback", "event": event | {"text": "<@U0BOTT02TEST> hello"}}
    slack.event(body | {"team_id": "T01TEST", "authorizations": [ours], "event_id": "Ev1"})
    (question,) = await bot.door.messages()
    await answer(bot, question)
    assert slack.called("chat.postMessage")[0].token == slack.state.workspaces["T02TEST"].token


async def test_beside_a_socket_only_the_pages_are_served(
    slack: FakeSlack, memory: FakeMemory
) -> None:
    settings = many_workspaces(slack, slack_app_token=APP_TOKEN)
    async with listening(slack, settings, memory=memory) as bot:
        assert await Browser(bot).install("T02TEST") == 200
        await answer(bot, await ask(bot, CAROL))
        assert (await bot.get("/healthz"))[0] == 200
        assert (await http_deliver(bot.events, SIGNING_SECRET, {"type": "x"})).status == 404


@pytest.mark.parametrize("fault", [Fault.rate_limited(30), Fault.server_error()])
async def test_nothing_is_lost_while_slack_cannot_say_who_the_bot_is(
    slack: FakeSlack, bot: Listening, fault: Fault
) -> None:
    slack.fail("auth.test", fault, times=100)
    await Browser(bot).install("T01TEST")
    await answer(bot, await ask(bot, ALICE))
    await slack.open_home(ALICE, "messages")
    await bot.door.until(lambda: slack.state.prompts)
    assert not slack.called("auth.test")


async def test_one_address_moves_all_of_it(
    slack: FakeSlack, memory: FakeMemory, clock: Clock
) -> None:
    address = slack.api_url.rstrip("/")
    settings = many_workspaces(slack, slack_app_token=APP_TOKEN, slack_api_url=address)
    async with listening(slack, settings, memory=memory, clock=clock) as bot:
        await Browser(bot).install("T02TEST")
        clock.now += 11 * HOUR
        file = slack.files.add("a.txt", b"abc", "text/plain", "T02TEST")
        await slack.say(slack.dm(CAROL), CAROL, "read this", files=[file])
        (question,) = await bot.door.messages()
        assert await bot.adapter.fetch(question, question.attachments[0]) == b"abc"
        await answer(bot, question)
        await slack.command("/ask", "why?", CAROL, slack.dm(CAROL))
        private = (await bot.door.messages(2))[1]
        await bot.adapter.post(private, Saying(text="because", is_final=True), Part("n"))
    asked = {call.method for call in slack.calls}
    assert asked >= {"authorize", "oauth.v2.access", "apps.connections.open", "link"}
    assert asked >= {"chat.postMessage", "files.download", "response_url"}
    assert exchanges(slack) == ["ok", "ok"]


@pytest.mark.parametrize(
    ("api_url", "page"),
    [
        (None, "https://slack.com/oauth/v2/authorize"),
        ("https://slack-gov.com/api/", "https://slack-gov.com/oauth/v2/authorize"),
        ("http://127.0.0.1:3000/api", "http://127.0.0.1:3000/oauth/v2/authorize"),
    ],
)
def test_people_agree_where_the_web_api_is(api_url: str | None, page: str) -> None:
    assert Connection(api_url).authorize_url == page


async def test_a_file_that_slack_sends_one_away_from_lacks_a_scope(
    slack: FakeSlack, bot: Listening
) -> None:
    await Browser(bot).install("T01TEST")
    file = slack.add_file("a.txt", b"abc")
    await slack.say(slack.dm(ALICE), ALICE, "read this", files=[file])
    (question,) = await bot.door.messages()
    away = Fault(status=302, body="", content_type="text/plain", headers={"Location": "/log-in"})
    slack.fail("files.download", away)
    with pytest.raises(FileRefused) as refused:
        await bot.adapter.fetch(question, question.attachments[0])
    assert "files:read" in refused.value.notice
