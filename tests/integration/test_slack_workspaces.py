"""Several workspaces in Slack: installed by OAuth, each with a token of its own, kept sealed."""

import json
import time
from collections.abc import AsyncIterator

import pytest
from cryptography.fernet import Fernet
from yarl import URL

from adapters.slack.connection import Connection
from bot.errors import ConfigError, Undeliverable
from bot.files import FileRefused
from bot.messages import Message
from tests.fakes.memory import FakeMemory
from tests.fakes.slack_http import http_deliver
from tests.fakes.slack_server import APP_TOKEN, SIGNING_SECRET, FakeSlack, Fault
from tests.fakes.slack_server import Message as Shown
from tests.integration.slack_bot import ALICE, words_of
from tests.integration.slack_lines import (
    KEY,
    Browser,
    Listening,
    listening,
    many_workspaces,
)

CAROL, DAN = "U03CAROL", "U04DAN"
HOUR = 3600.0


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    """Two workspaces; and an organisation of two more, where the app is installed in all of it."""
    async with FakeSlack() as server:
        server.add_workspace("T02TEST", rotates=True)
        server.add_user(CAROL, "carol", team="T02TEST")
        server.add_workspace("T03ORG", enterprise_id="E01", org_install=True)
        server.add_user(DAN, "dan", team="T03ORG")
        yield server


@pytest.fixture
def memory() -> FakeMemory:
    return FakeMemory()


@pytest.fixture
def clock() -> "Clock":
    return Clock()


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def bot(slack: FakeSlack, memory: FakeMemory, clock: Clock) -> AsyncIterator[Listening]:
    async with listening(slack, many_workspaces(slack), memory=memory, clock=clock) as bot:
        slack.deliver_over_http(bot.events)
        yield bot


async def ask(bot: Listening, person: str, text: str = "hello") -> Message:
    """What somebody asks in her own workspace, as it came through the door."""
    before = len(bot.door.accepted)
    await bot.slack.say(bot.slack.dm(person), person, text)
    return (await bot.door.messages(before + 1))[before]


async def answer(bot: Listening, question: Message, text: str = "an answer") -> Shown:
    await bot.adapter.post(question, text, nonce=text, final=True)
    return bot.slack.messages(question.origin["channel"])[-1]


def exchanges(slack: FakeSlack) -> list[str]:
    return [call.answer for call in slack.called("oauth.v2.access")]


async def test_who_installs_the_app_can_ask_at_once(
    slack: FakeSlack, bot: Listening, memory: FakeMemory
) -> None:
    assert await Browser(bot).install("T02TEST") == 200
    shown = await answer(bot, await ask(bot, CAROL))
    assert shown.team == "T02TEST"
    assert slack.called("chat.postMessage")[0].token == slack.state.workspaces["T02TEST"].token
    assert not slack.called("auth.test")


async def test_each_workspace_has_its_own_token(slack: FakeSlack, bot: Listening) -> None:
    await Browser(bot).install("T02TEST")
    await Browser(bot).install("T01TEST")
    for person in (CAROL, ALICE, CAROL):
        await answer(bot, await ask(bot, person))
    used = [call.token for call in slack.called("chat.postMessage")]
    first, second = (slack.state.workspaces[team].token for team in ("T01TEST", "T02TEST"))
    assert used == [second, first, second]
    keys = {message.key.space for message in bot.door.accepted}
    assert keys == {"T01TEST", "T02TEST"}


async def test_no_token_is_kept_in_clear(
    slack: FakeSlack, bot: Listening, memory: FakeMemory
) -> None:
    await Browser(bot).install("T02TEST")
    workspace = slack.state.workspaces["T02TEST"]
    kept = json.dumps(memory.kept)
    assert workspace.refresh_token
    assert workspace.token not in kept
    assert workspace.refresh_token not in kept


async def test_the_install_page_asks_for_every_scope_and_only_at_slack(
    slack: FakeSlack, bot: Listening
) -> None:
    page = await Browser(bot).ask()
    assert str(page.with_query(None)) == f"{slack.origin}/oauth/v2/authorize"
    assert page.query["client_id"] == "111.222"
    assert {"chat:write", "files:read", "commands"} <= {*page.query["scope"].split(",")}
    assert not page.query["user_scope"]


async def test_who_comes_back_without_having_gone_installs_nothing(
    slack: FakeSlack, bot: Listening, memory: FakeMemory
) -> None:
    ann, eve = Browser(bot), Browser(bot)
    back = await ann.agree(await ann.ask(), "T02TEST")
    await eve.ask()
    for forged in (eve, Browser(bot)):
        assert (await forged.look(back))[0] == 400
    own = back.update_query(state="made-up")
    assert (await Browser(bot, "slack-app-oauth-state=made-up").look(own))[0] == 401
    assert (await ann.look(back.update_query(error="access_denied")))[0] == 200
    assert not exchanges(slack)
    assert not memory.kept


async def test_a_way_back_is_good_once(slack: FakeSlack, bot: Listening) -> None:
    ann = Browser(bot)
    back = await ann.agree(await ann.ask(), "T02TEST")
    assert (await ann.look(back))[0] == 200
    assert (await ann.look(back))[0] == 401
    assert exchanges(slack) == ["ok"]


async def test_any_process_knows_who_went_from_another(
    slack: FakeSlack, bot: Listening, memory: FakeMemory
) -> None:
    ann = Browser(bot)
    back = await ann.agree(await ann.ask(), "T02TEST")
    async with listening(slack, many_workspaces(slack), memory=memory) as other:
        assert (await ann.look(back.with_port(URL(other.address).port)))[0] == 200


async def test_a_code_that_slack_refuses_installs_nothing(
    slack: FakeSlack, bot: Listening, memory: FakeMemory
) -> None:
    ann = Browser(bot)
    back = await ann.agree(await ann.ask(), "T02TEST")
    assert (await ann.look(back.update_query(code="made-up")))[0] == 401
    assert not memory.kept


async def test_an_installation_outlives_a_restart(
    slack: FakeSlack, bot: Listening, memory: FakeMemory
) -> None:
    await Browser(bot).install("T02TEST")
    question = await ask(bot, CAROL)
    async with listening(slack, many_workspaces(slack), memory=memory) as again:
        assert (await answer(again, question)).team == "T02TEST"


async def test_a_wrong_key_is_said_at_the_start(
    slack: FakeSlack, bot: Listening, memory: FakeMemory
) -> None:
    await Browser(bot).install("T02TEST")
    other = many_workspaces(slack, Fernet.generate_key().decode())
    with pytest.raises(ConfigError, match=r"^SECRET_KEY does not open the tokens"):
        async with listening(slack, other, memory=memory):
            pass
    with pytest.raises(ConfigError, match=r"^SECRET_KEY: no such key"):
        async with listening(slack, many_workspaces(slack, "a password"), memory=memory):
            pass


async def test_a_key_is_changed_without_losing_anything(
    slack: FakeSlack, bot: Listening, memory: FakeMemory
) -> None:
    await Browser(bot).install("T02TEST")
    question = await ask(bot, CAROL)
    new = Fernet.generate_key().decode()
    async with listening(slack, many_workspaces(slack, f"{new}, {KEY}"), memory=memory):
        pass
    async with listening(slack, many_workspaces(slack, new), memory=memory) as again:
        assert (await answer(again, question)).team == "T02TEST"


async def test_what_is_kept_is_looked_up_once(bot: Listening, memory: FakeMemory) -> None:
    await Browser(bot).install("T01TEST")
    await answer(bot, await ask(bot, ALICE), "one")
    looks = memory.looks
    for text in ("two", "three"):
        await answer(bot, await ask(bot, ALICE), text)
    assert memory.looks == looks


async def test_who_throws_the_app_out_is_forgotten(
    slack: FakeSlack, bot: Listening, memory: FakeMemory
) -> None:
    await Browser(bot).install("T01TEST")
    question = await ask(bot, ALICE)
    await answer(bot, question)
    await slack.uninstall("T01TEST")
    await bot.acked()
    assert not memory.kept["slack:installation:T01TEST"]
    calls = len(slack.called("chat.postMessage"))
    with pytest.raises(Undeliverable):
        await answer(bot, question, "another")
    assert len(slack.called("chat.postMessage")) == calls
    await Browser(bot).install("T01TEST")
    await answer(bot, question, "another")


async def test_to_be_thrown_out_is_no_news_after_the_app_is_installed_again(
    slack: FakeSlack, bot: Listening, memory: FakeMemory, clock: Clock
) -> None:
    await Browser(bot).install("T01TEST")
    question = await ask(bot, ALICE)
    memory.failures = 2  # what Slack tells now it has to tell again
    await slack.uninstall("T01TEST")
    await bot.door.until(lambda: not memory.failures)
    clock.now += 60
    await Browser(bot).install("T01TEST")
    slack.redeliver_unacked()
    await bot.acked()
    await answer(bot, question)


async def test_what_cannot_be_forgotten_now_is_heard_of_again(
    slack: FakeSlack, bot: Listening, memory: FakeMemory
) -> None:
    await Browser(bot).install("T01TEST")
    memory.failures = 2
    await slack.uninstall("T01TEST")
    await bot.door.until(lambda: not memory.failures)
    assert memory.kept["slack:installation:T01TEST"]
    slack.redeliver_unacked()
    await bot.door.until(lambda: not memory.kept["slack:installation:T01TEST"])


async def test_a_person_who_takes_her_own_token_back_ends_nothing(
    slack: FakeSlack, bot: Listening
) -> None:
    await Browser(bot).install("T01TEST")
    slack.event({"type": "tokens_revoked", "tokens": {"oauth": [ALICE], "bot": []}}, "T01TEST")
    await answer(bot, await ask(bot, ALICE))


async def test_a_workspace_that_never_installed_the_app_is_told_nothing(
    slack: FakeSlack, bot: Listening
) -> None:
    question = await ask(bot, ALICE)
    with pytest.raises(Undeliverable):
        await answer(bot, question)
    assert not slack.called("chat.postMessage")


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
        await bot.adapter.post(private, "because", nonce="n", final=True)
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
