"""Signing in by an account at Slack or Discord, in a real browser: there, and back."""

import asyncio
from collections.abc import Iterator
from threading import Thread

import pytest

from tests.browser.conftest import House, Visits
from tests.fakes.discord_oauth import SECRET
from tests.fakes.discord_server import FakeDiscord
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.slack_server import CLIENT_ID, CLIENT_SECRET, FakeSlack
from tests.patience import PATIENCE


@pytest.fixture(scope="module")
def slack() -> FakeSlack:
    return FakeSlack()


@pytest.fixture(scope="module")
def discord() -> FakeDiscord:
    return FakeDiscord()


@pytest.fixture(scope="module")
def house(
    tmp_path_factory: pytest.TempPathFactory, slack: FakeSlack, discord: FakeDiscord
) -> Iterator[House]:
    loop, server = asyncio.new_event_loop(), FakeOpenAI()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    for fake in (server, slack, discord):
        asyncio.run_coroutine_threadsafe(fake.start(), loop).result(PATIENCE)
    house = House(tmp_path_factory.mktemp("house"), loop, server)
    house.also = {
        "WEB_SLACK_CLIENT_ID": CLIENT_ID,
        "WEB_SLACK_CLIENT_SECRET": CLIENT_SECRET,
        "WEB_DISCORD_CLIENT_ID": "123456",
        "WEB_DISCORD_CLIENT_SECRET": SECRET,
        "SLACK_API_URL": slack.api_url,
        "DISCORD_API_URL": discord.api_url,
    }
    house.start()
    yield house
    house.stop()
    for fake in (server, slack, discord):
        asyncio.run_coroutine_threadsafe(fake.stop(), loop).result(PATIENCE)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(PATIENCE)
    loop.close()


def agree(visits: Visits, slack: FakeSlack, discord: FakeDiscord, name: str) -> None:
    """The trip over the platform's page is asked for, and nothing else from elsewhere."""
    slack.openid.who = "U01ALICE"
    discord.oauth.who = discord.add_user("Carl").id
    page = visits.context().new_page()
    page.goto(f"{visits.house.address}/usage")
    page.get_by_role("link", name=f"Sign in with {name}").click()
    page.get_by_role("heading", name="Search").or_(
        page.get_by_text("those who run this place")
    ).wait_for()
    page.goto(f"{visits.house.address}/")
    page.get_by_text("Nothing was found.").wait_for()
    assert page.get_by_role("link", name="Usage").count() == 0
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name=f"Sign in with {name}").wait_for()
    trip = [one for one in visits.faults if one.startswith("outside:")]
    assert len(trip) == 1
    assert "/authorize?" in trip[0]
    visits.faults[:] = [one for one in visits.faults if one not in trip and "403" not in one]


def test_one_goes_to_slack_and_comes_back(
    visits: Visits, slack: FakeSlack, discord: FakeDiscord
) -> None:
    agree(visits, slack, discord, "Slack")


def test_one_goes_to_discord_and_comes_back(
    visits: Visits, slack: FakeSlack, discord: FakeDiscord
) -> None:
    agree(visits, slack, discord, "Discord")


def test_who_declines_is_told_so(visits: Visits, slack: FakeSlack) -> None:
    slack.openid.who = None
    page = visits.context().new_page()
    page.goto(f"{visits.house.address}/")
    page.get_by_role("link", name="Sign in with Slack").click()
    page.get_by_text("Slack did not tell me who you are.").wait_for()
    visits.faults.clear()
