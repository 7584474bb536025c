"""Socket Mode where Slack cannot be reached: it is tried again, and said in few words."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from adapters.slack.adapter import SlackAdapter
from adapters.slack.budget import Budget
from adapters.slack.lines.sockets import PACE, SocketMode
from adapters.slack.opening import OneWorkspace
from bot.config import Settings, load_settings
from bot.core.errors import ConfigError
from bot.core.posts import Part, Saying
from tests.fakes.door import FakeDoor
from tests.fakes.slack_server import APP_TOKEN, FakeSlack, Fault
from tests.integration.slack_bot import ALICE
from tests.integration.slack_lines import PING_INTERVAL, Listening, SlowDoor, listening
from tests.patience import PATIENCE


def by_socket(slack: FakeSlack, app_token: str = APP_TOKEN) -> Settings:
    """Nothing but a socket: no address is opened beside it."""
    return load_settings(
        slack_api_url=slack.api_url, slack_bot_token=slack.bot.token, slack_app_token=app_token
    )


@pytest.fixture
async def bot(slack: FakeSlack) -> AsyncIterator[Listening]:
    async with listening(slack, by_socket(slack)) as bot:
        yield bot


async def heard(bot: Listening) -> str:
    """What is said now reaches the bot, by whatever socket there is."""
    await bot.slack.say(bot.slack.dm(ALICE), ALICE, "hello")
    (message,) = await bot.door.messages()
    return message.text


def socket_of(bot: Listening) -> tuple[SocketMode, object]:
    """The line, and what of the library is behind it now: it is replaced when it is given up."""
    line = bot.adapter._line
    assert isinstance(line, SocketMode)
    return line, line._client


async def test_an_app_token_that_slack_refuses_is_said_at_the_start(slack: FakeSlack) -> None:
    slack.expire_token(APP_TOKEN, "invalid_auth")
    with pytest.raises(ConfigError, match=r"^SLACK_APP_TOKEN: .*invalid_auth"):
        async with listening(slack, by_socket(slack)):
            pass


async def test_a_bot_token_in_place_of_the_apps_is_said_at_the_start(slack: FakeSlack) -> None:
    with pytest.raises(ConfigError, match=r"^SLACK_APP_TOKEN: .*not_allowed_token_type"):
        async with listening(slack, by_socket(slack, slack.bot.token)):
            pass


@pytest.mark.parametrize(
    "fault", [Fault.server_error(), Fault.rate_limited(1), Fault.html(), Fault.dropped_before()]
)
async def test_a_start_while_slack_is_in_trouble_only_takes_longer(
    slack: FakeSlack, fault: Fault
) -> None:
    slack.fail("auth.test", fault, times=100)
    slack.fail("apps.connections.open", fault, times=3)
    async with listening(slack, by_socket(slack)) as bot:
        assert await heard(bot) == "hello"


async def test_a_slack_that_is_gone_for_long_is_two_lines_of_log(
    slack: FakeSlack, bot: Listening, caplog: pytest.LogCaptureFixture
) -> None:
    line, first = socket_of(bot)
    with capture_logs() as said, caplog.at_level(logging.WARNING):
        await slack.stop()
        await bot.door.until(lambda: line._client is not first)  # it was given up
        await slack.start()
        assert await heard(bot) == "hello"
        await bot.door.until(lambda: len(said) > 1)
    assert [line["event"] for line in said] == ["slack_lost", "slack_is_back"]
    assert not caplog.records


async def test_a_start_without_slack_waits_until_it_is_there(slack: FakeSlack) -> None:
    await slack.stop()
    with capture_logs() as said:
        waiting = asyncio.create_task(_hear_once(slack))
        await FakeDoor().until(lambda: any(line["event"] == "slack_lost" for line in said))
        await slack.start()
        assert await waiting == "hello"
    assert [line["event"] for line in said] == ["bot_unknown", "slack_lost", "slack_is_back"]


async def test_an_address_that_has_expired_is_not_tried_for_ever(
    slack: FakeSlack, bot: Listening
) -> None:
    slack.fail("link", Fault.server_error())
    slack.drop_sockets()
    await bot.door.until(lambda: slack.faults.struck)
    slack.sockets.expire_tickets()
    assert await heard(bot) == "hello"


async def test_an_app_token_that_has_served_is_not_given_up(
    slack: FakeSlack, bot: Listening
) -> None:
    line, first = socket_of(bot)
    slack.expire_token(APP_TOKEN, "invalid_auth")
    slack.drop_sockets()
    await bot.door.until(lambda: line._client is not first)
    slack.state.tokens[APP_TOKEN].error = None
    assert await heard(bot) == "hello"


class Hourglass:
    """Time stands still until it is turned; from then on it passes as fast as it is slept."""

    def __init__(self) -> None:
        self.is_waited_for = asyncio.Event()
        self.turned = asyncio.Event()
        self._at = 0.0

    def now(self) -> float:
        return self._at

    async def sleep(self, seconds: float) -> None:
        self.is_waited_for.set()
        await self.turned.wait()
        self._at += seconds
        await asyncio.sleep(0)


async def test_where_slack_takes_no_more_sockets_it_is_asked_at_a_pace(slack: FakeSlack) -> None:
    """More are asked for at once, but not for ever."""
    slack.sockets.most, glass, door = 0, Hourglass(), FakeDoor()
    line = SocketMode(APP_TOKEN, PING_INTERVAL, Budget(glass.now, glass.sleep, PACE))
    adapter = SlackAdapter(OneWorkspace(slack.bot.token, slack.api_url), line, clock=time.time)
    adapter.open(door)
    async with asyncio.timeout(PATIENCE), listening_by(adapter):
        await glass.is_waited_for.wait()
        assert len(slack.called("apps.connections.open")) == 10
        slack.sockets.most = 1
        glass.turned.set()
        await slack.say(slack.dm(ALICE), ALICE, "hello")
        assert [message.text for message in await door.messages()] == ["hello"]


async def test_what_is_being_written_down_at_the_end_is_acknowledged_and_nothing_more_heard(
    slack: FakeSlack,
) -> None:
    door = SlowDoor()
    async with listening(slack, by_socket(slack), door=door) as bot:
        await slack.say(slack.dm(ALICE), ALICE, "the last")
        await door.is_asked.wait()
        bot.task.cancel()
        await door.until(lambda: socket_of(bot)[1] is None)
        await slack.say(slack.dm(ALICE), ALICE, "too late")
        await door.until(lambda: len(slack.envelopes) > 1)
        door.goes_on.set()
        await asyncio.gather(bot.task, return_exceptions=True)
        assert [envelope.acked for envelope in slack.envelopes] == [True, False]
    assert [message.text for message in door.accepted] == ["the last"]


async def test_who_has_stopped_listening_can_post_until_it_is_closed(
    slack: FakeSlack, bot: Listening
) -> None:
    await heard(bot)
    client = await bot.adapter._workspaces.client("")
    bot.task.cancel()
    await asyncio.gather(bot.task, return_exceptions=True)
    assert not slack.sockets.open
    await bot.adapter.post(bot.door.accepted[0], Saying(text="an answer", is_final=True), Part("n"))
    await bot.adapter.close()
    assert client.session
    assert client.session.closed


@asynccontextmanager
async def listening_by(adapter: SlackAdapter) -> AsyncIterator[None]:
    task = asyncio.create_task(adapter.listen())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await adapter.close()


async def _hear_once(slack: FakeSlack) -> str:
    async with listening(slack, by_socket(slack)) as bot:
        return await heard(bot)


async def test_at_the_start_it_is_said_who_is_connected_and_where(slack: FakeSlack) -> None:
    with capture_logs() as lines:
        async with listening(slack, by_socket(slack)) as bot:
            await heard(bot)
    said = [line for line in lines if line["event"] in {"connected_as", "socket_open"}]
    first, second = said
    assert (first["name"], first["workspace"]) == ("@homeroom", slack.state.home.name)
    assert second["platform"] == "slack"
