"""Slack's tokens: sealed where they are kept, renewed in time, once, and never lost."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from adapters.slack.connection import Connection
from adapters.slack.errors import Rejected
from adapters.slack.installing.installations import Installation, Installations
from adapters.slack.installing.oauth import OAuthClient
from adapters.slack.installing.seal import Seal
from adapters.slack.installing.tokens import Tokens
from bot.core.errors import ConfigError, PlatformUnavailable
from tests.fakes.door import FakeDoor
from tests.fakes.memory import FakeMemory
from tests.fakes.slack_server import CLIENT_ID, CLIENT_SECRET, FakeSlack, Fault

HOUR = 3600.0
OLD, NEW, OTHER = (43 * letter + "=" for letter in "ABC")


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def memory() -> FakeMemory:
    return FakeMemory()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    """With a token that has ten hours left, of which the last two are for renewing it."""
    async with FakeSlack() as server:
        server.bot.rotates = True
        server.bot.refresh_token = "xoxe-1-first"
        yield server


Opening = Callable[[], Tokens]


@pytest.fixture
async def opening(slack: FakeSlack, memory: FakeMemory, clock: Clock) -> AsyncIterator[Opening]:
    """Opens the tokens as one process does; several are several processes."""
    installations = Installations(memory, Seal(NEW))
    await installations.save(place(slack, clock.now + 12 * HOUR))
    connection = Connection(slack.api_url)
    client = OAuthClient(CLIENT_ID, CLIENT_SECRET, connection)
    yield lambda: Tokens(Installations(memory, Seal(NEW)), client.renew, clock)
    await connection.close()


@pytest.fixture
def tokens(opening: Opening) -> Tokens:
    return opening()


def place(slack: FakeSlack, expires_at: float | None = None, name: str = "T01TEST") -> Installation:
    bot = slack.bot
    given = (bot.token, bot.refresh_token or "", expires_at)
    return Installation(name, name, "", bot.user, *given)


def exchanges(slack: FakeSlack) -> list[str]:
    return [call.answer for call in slack.called("oauth.v2.access")]


async def token(tokens: Tokens) -> str:
    return (await tokens.get("T01TEST")).token


def test_what_is_sealed_is_opened_by_every_key_there_is_and_by_no_other() -> None:
    sealed = Seal(OLD).close("secret")
    assert "secret" not in sealed
    assert Seal(f"{NEW},{OLD}").open(sealed) == "secret"
    assert Seal(f"{NEW} , {OTHER} {OLD},").open(sealed) == "secret"
    assert Seal(OTHER).open(sealed) is None
    assert Seal(OLD).open(sealed[:-4]) is None
    assert Seal(OLD).open("ü") is None


def test_the_first_key_seals() -> None:
    sealed = Seal(f"{NEW},{OLD}").close("secret")
    assert Seal(NEW).is_newest(sealed)
    assert Seal(NEW).open(sealed) == "secret"
    assert not Seal(f"{OLD},{NEW}").is_newest(sealed)


def test_what_is_sealed_may_have_an_end() -> None:
    assert Seal(OLD).open(Seal(OLD).close("secret"), lives=-1) is None


@pytest.mark.parametrize("key", [",", "a password", OLD[1:], f"{OLD},x", "ü" * 44])
def test_what_is_no_key_is_said_with_the_command_that_makes_one(key: str) -> None:
    with pytest.raises(ConfigError, match=r"^SECRET_KEY: .*homeroom slack key"):
        Seal(key)


async def test_a_key_that_is_taken_away_too_early_keeps_answers_waiting(
    slack: FakeSlack, memory: FakeMemory
) -> None:
    await Installations(memory, Seal(OLD)).save(place(slack))
    with pytest.raises(PlatformUnavailable, match="SECRET_KEY does not open"):
        await Installations(memory, Seal(NEW)).find("T01TEST")


async def test_all_that_is_kept_is_sealed_anew_at_the_start(
    slack: FakeSlack, memory: FakeMemory
) -> None:
    first = Installations(memory, Seal(OLD))
    names = [f"T0{number}" for number in range(5)]
    await asyncio.gather(*(first.save(place(slack, name=name)) for name in names))
    await first.forget("T03")
    await Installations(memory, Seal(f"{NEW},{OLD}")).open()
    last = Installations(memory, Seal(NEW))
    await last.open()
    found = [await last.at(name) for name in names]
    assert [it.place if it else None for it in found] == ["T00", "T01", "T02", None, "T04"]


async def test_a_token_is_renewed_when_less_than_two_hours_are_left(
    slack: FakeSlack, tokens: Tokens, clock: Clock
) -> None:
    first = slack.bot.token
    clock.now += 9.9 * HOUR
    assert await token(tokens) == first
    clock.now += 0.2 * HOUR
    assert await token(tokens) == slack.bot.token != first


async def test_a_token_without_an_end_is_never_renewed(
    slack: FakeSlack, tokens: Tokens, clock: Clock
) -> None:
    await tokens.save(place(slack))
    clock.now += 1000 * HOUR
    assert await token(tokens) == slack.bot.token
    assert not exchanges(slack)


async def test_many_who_want_a_token_renew_it_once(
    slack: FakeSlack, tokens: Tokens, clock: Clock
) -> None:
    clock.now += 11 * HOUR
    slack.fail("oauth.v2.access", Fault.slow(0.1))
    got = await asyncio.gather(*(token(tokens) for _ in range(5)))
    assert {*got} == {slack.bot.token}
    assert exchanges(slack) == ["ok"]


async def test_the_next_process_renews_with_the_newest_refresh_token(
    slack: FakeSlack, opening: Opening, clock: Clock
) -> None:
    for _ in range(3):
        clock.now += 11 * HOUR
        assert await token(opening()) == slack.bot.token
    assert exchanges(slack) == ["ok", "ok", "ok"]


async def test_a_new_refresh_token_is_on_disk_before_the_new_token_is_used(
    slack: FakeSlack, tokens: Tokens, memory: FakeMemory, clock: Clock
) -> None:
    first = slack.bot.token
    clock.now += 11 * HOUR
    memory.failures = 1
    assert await token(tokens) == first
    clock.now += 61
    assert await token(tokens) == slack.bot.token != first
    assert exchanges(slack) == ["ok"]  # the one that could not be kept was kept in mind
    kept = json.loads(Seal(NEW).open(memory.kept["slack:installation:T01TEST"]) or "")
    assert kept["refresh_token"] == slack.bot.refresh_token


@pytest.mark.parametrize(
    "fault",
    [
        Fault.server_error(),
        Fault.rate_limited(9),
        Fault.html(),
        Fault.dropped_before(),
        Fault(status=200, body='{"ok": true}'),
    ],
)
async def test_a_token_that_cannot_be_renewed_serves_until_its_end(
    slack: FakeSlack, tokens: Tokens, clock: Clock, fault: Fault
) -> None:
    first = slack.bot.token
    slack.fail("oauth.v2.access", fault, times=2)
    clock.now += 11 * HOUR
    assert [await token(tokens) for _ in range(3)] == [first] * 3
    assert len(exchanges(slack)) == 1  # not again for each who wants it
    clock.now += 2 * HOUR
    with pytest.raises(PlatformUnavailable, match="expired"):
        await token(tokens)
    assert await token(tokens) == slack.bot.token != first


async def test_two_processes_may_renew_at_once_and_both_go_on(
    slack: FakeSlack, opening: Opening, clock: Clock
) -> None:
    first = slack.bot.token
    one, two = opening(), opening()
    clock.now += 11 * HOUR
    slack.fail("oauth.v2.access", Fault.slow(0.1), times=2)
    got = await asyncio.gather(token(one), token(two))
    assert sorted(exchanges(slack)) == ["invalid_refresh_token", "ok"]
    assert {*got} <= {first, slack.bot.token}
    clock.now += 61
    assert [await token(one), await token(two)] == [slack.bot.token] * 2
    assert len(exchanges(slack)) == 2


async def test_a_token_that_was_refused_is_replaced_by_a_renewed_one_once(
    slack: FakeSlack, tokens: Tokens
) -> None:
    refused = await token(tokens)
    done = await asyncio.gather(*(tokens.replace("T01TEST", refused) for _ in range(3)))
    assert done == [True] * 3
    assert await token(tokens) == slack.bot.token != refused
    assert exchanges(slack) == ["ok"]


async def test_a_token_that_was_refused_and_never_ends_is_not_replaced(
    slack: FakeSlack, tokens: Tokens
) -> None:
    slack.bot.refresh_token = None
    await tokens.save(place(slack))
    assert not await tokens.replace("T01TEST", slack.bot.token)
    assert not exchanges(slack)


async def test_a_workspace_whose_token_is_dead_has_that_of_its_organisation(
    slack: FakeSlack, tokens: Tokens, memory: FakeMemory
) -> None:
    await tokens.save(replace(place(slack), refresh_token=""))
    await tokens.save(Installation("E01", "", "E01", slack.bot.user, "xoxb-of-all"))
    await Installations(memory, Seal(NEW)).join("T01TEST", "E01")
    assert await token(tokens) == slack.bot.token
    assert await tokens.replace("T01TEST", slack.bot.token)
    assert await token(tokens) == "xoxb-of-all"


async def test_where_the_app_is_not_installed_there_is_no_token(tokens: Tokens) -> None:
    await tokens.get("T01TEST")
    assert await tokens.forget("T01TEST", at=0.0)
    with pytest.raises(Rejected):
        await tokens.get("T01TEST")


async def test_what_is_forgotten_while_it_is_renewed_stays_forgotten(
    slack: FakeSlack, tokens: Tokens, memory: FakeMemory, clock: Clock
) -> None:
    clock.now += 11 * HOUR
    slack.fail("oauth.v2.access", Fault.slow(0.1))
    renewing = asyncio.create_task(token(tokens))
    await FakeDoor().until(lambda: exchanges(slack))
    await tokens.forget("T01TEST", at=clock.now)
    await renewing
    assert not memory.kept["slack:installation:T01TEST"]
    with pytest.raises(Rejected):
        await token(tokens)
