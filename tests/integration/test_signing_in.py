"""Signing in by an account at Slack or Discord, and what one may read then."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

from bot.classroom.treasury import purses
from bot.config import load_settings
from bot.core.answers import Answer
from bot.core.assignments import Assignment
from bot.core.cards import Card, Matter
from bot.core.courses import Course, Member, Role, Stage
from bot.core.messages import Author, ConversationKey, Message
from bot.core.posts import Post
from bot.core.shares import Pace
from bot.hosting import open_host, open_talking
from bot.platforms import open_platforms
from storage.store import Store, open_file
from tests.databases import make_database
from tests.fakes.discord_oauth import SECRET
from tests.fakes.discord_server import FakeDiscord
from tests.fakes.door import FakeDoor
from tests.fakes.readers import readers
from tests.fakes.slack_server import APP_TOKEN, CLIENT_ID, CLIENT_SECRET, FakeSlack
from tests.patience import PATIENCE

TOKEN = "a token of twenty characters"
ALICE, BOB = Author("U01ALICE", "alice"), Author("U02BOB", "bob")
HERE = ConversationKey("slack", "T01TEST", "C01GEN", "7")
ELSEWHERE = ConversationKey("slack", "T01TEST", "C02ODD", "7")
FOR_OPERATORS = ["/talk", "/talk/x", "/usage", "/health", "/settings", "/turns/1", "/now/live"]


@dataclass
class Campus:
    """A page, and both platforms; the browser follows no redirect by itself."""

    slack: FakeSlack
    discord: FakeDiscord
    store: Store
    address: str
    client: aiohttp.ClientSession

    async def get(self, url: str) -> tuple[int, str]:
        url = url if url.startswith("http") else f"{self.address}{url}"
        async with self.client.get(url, allow_redirects=False) as answer:
            self.location = answer.headers.get("Location", "")
            return answer.status, await answer.text()

    async def leave_for(self, platform: str, following: str = "/") -> str:
        """Where the platform sends us back to."""
        assert (await self.get(f"/enter/{platform}?next={following}"))[0] == 303
        assert (await self.get(self.location))[0] == 302
        return self.location

    async def sign_in(self, platform: str = "slack", following: str = "/") -> tuple[int, str]:
        return await self.get(await self.leave_for(platform, following))


@pytest.fixture
async def campus(tmp_path: Path) -> AsyncIterator[Campus]:
    await make_database(tmp_path / "homeroom.db")
    async with AsyncExitStack() as stack:
        slack, discord = FakeSlack(), FakeDiscord()
        for fake in (slack, discord):
            await fake.start()
            stack.push_async_callback(fake.stop)
        store = await stack.enter_async_context(open_file(tmp_path / "homeroom.db"))
        settings = load_settings(
            web_port=0,
            web_token=TOKEN,
            web_slack_client_id=CLIENT_ID,
            web_slack_client_secret=CLIENT_SECRET,
            web_discord_client_id="123456",
            web_discord_client_secret=SECRET,
            slack_api_url=slack.api_url,
            slack_bot_token="xoxb-test-token",
            slack_app_token=APP_TOKEN,
            discord_token=discord.token,
            discord_gateway_url=discord.gateway_url,
            discord_api_url=discord.api_url,
        )
        adapters = {one.platform: one for one in open_platforms(settings, store.storage.memos)}
        for adapter in adapters.values():
            stack.push_async_callback(adapter.close)
        host = open_host(
            settings,
            store,
            "chat",
            [],
            open_talking(store),
            reader=readers(store, adapters),
            door=FakeDoor,
            doing=lambda _: None,
            announce=lambda _: None,
        )
        address = str(await host.open())
        stack.push_async_callback(host.close)
        jar, timeout = aiohttp.CookieJar(unsafe=True), aiohttp.ClientTimeout(PATIENCE)
        client = aiohttp.ClientSession(cookie_jar=jar, timeout=timeout)
        yield Campus(slack, discord, store, address, await stack.enter_async_context(client))


async def say(
    campus: Campus, author: Author, text: str, key: ConversationKey = HERE, **how: Any
) -> int:
    """A question that others heard, with its answer, posted."""
    turns, now = campus.store.storage.turns, campus.store.clock()
    message = replace(Message(key, text, author, text, is_shared=True), **how)
    receipt = await turns.add(message, now)
    turn = await turns.claim(receipt.conversation_id, now)
    assert turn is not None
    answered = turn.asked("Tutor", "chat").answered(Answer(f"answer to {text}"), now)
    await campus.store.storage.posts.intend(answered, 0, Post(way="here"))
    await campus.store.storage.posts.save(turn.id, 0, "ref")
    await turns.save(answered.delivered(now))
    return turn.id


async def teach(campus: Campus, author: Author, role: Role = Role.TEACHER) -> None:
    """In the course of `HERE`."""
    courses = campus.store.storage.courses
    course = Course(name="CS 101", stage=Stage.OPEN, pseudonym_key="s3")
    id_ = await courses.add(course, campus.store.clock())
    assert await courses.hold(id_, "slack:T01TEST:C01GEN")
    await courses.enrol(Member(course=id_, person=f"slack:T01TEST:{author.id}", role=role))


async def test_a_student_reads_what_she_said_and_nothing_else(campus: Campus) -> None:
    campus.slack.openid.who = ALICE.id
    await say(campus, ALICE, "hers")
    await say(campus, BOB, "of Bob")
    await teach(campus, ALICE, Role.STUDENT)
    status, html = await campus.sign_in()
    assert (status, "signed in as <bdi>Alice</bdi>" in html) == (200, True)
    _, html = await campus.get("/conversations")
    assert ("hers" in html, "of Bob" in html) == (True, False)
    _, html = await campus.get(f"/conversations/{HERE}")
    assert ("answer to hers" in html, "of Bob" in html) == (True, False)
    assert "Who saw this" not in html
    assert (await campus.get("/"))[0] == 303
    assert campus.location == "/conversations"
    for path in FOR_OPERATORS:
        assert (await campus.get(path))[0] == 403, path


async def test_a_teacher_reads_what_was_said_before_others_in_her_course(campus: Campus) -> None:
    campus.slack.openid.who = ALICE.id
    await say(campus, BOB, "before all")
    await say(campus, BOB, "to one alone", is_shared=False)
    await say(campus, BOB, "told alone", command="usage")
    await say(campus, BOB, "odd", ELSEWHERE)
    await teach(campus, ALICE)
    await campus.sign_in()
    for path in ("/conversations", f"/conversations/{HERE}", "/conversations?q=o"):
        _, html = await campus.get(path)
        assert "before all" in html
        assert not any(words in html for words in ("to one", "told alone", "odd")), path
    assert (await campus.get(f"/conversations/{ELSEWHERE}"))[0] == 404
    _, html = await campus.get("/conversations?q=nobody said this")
    assert "Nothing was found." in html
    [sighting] = await campus.store.storage.sightings.of(BOB.id, "slack:T01TEST", 9)
    assert (sighting.viewer, sighting.name) == ("slack:T01TEST:U01ALICE", "Alice")


async def test_an_answer_that_is_kept_back_is_not_read_here_either(campus: Campus) -> None:
    campus.slack.openid.who = ALICE.id
    id_ = await say(campus, ALICE, "hers")
    await campus.store.database.fetch("DELETE FROM posts WHERE turn_id = :id", {"id": id_})
    await campus.sign_in()
    _, html = await campus.get(f"/conversations/{HERE}")
    assert ("hers" in html, "answer to hers" in html) == (True, False)


async def test_one_signs_in_by_an_account_at_discord(campus: Campus) -> None:
    carl = campus.discord.add_user("carl")
    campus.discord.oauth.who = carl.id
    key = ConversationKey("discord", "1", "2")
    await say(campus, Author(str(carl.id), "carl"), "of Carl", key)
    status, html = await campus.sign_in("discord", "/conversations?q=Carl")
    assert (status, 'content="0;url=/conversations?q=Carl"' in html) == (200, True)
    assert "of Carl" in (await campus.get("/conversations"))[1]


@pytest.mark.parametrize("platform", ["slack", "discord"])
async def test_who_declines_stays_outside(campus: Campus, platform: str) -> None:
    assert (await campus.sign_in(platform))[0] == 403
    assert (await campus.get("/"))[0] == 303
    assert campus.location.startswith("/enter")


async def test_a_way_back_is_for_the_browser_that_went_and_good_once(campus: Campus) -> None:
    campus.slack.openid.who = ALICE.id
    back = await campus.leave_for("slack")
    other = URL(back).update_query(state="x" * 43)
    campus.discord.oauth.who = campus.discord.add_user("eve").id
    assert (await campus.get(str(other)))[0] == 403  # and its trip has ended with that
    assert (await campus.get(back))[0] == 403
    back = await campus.leave_for("slack")
    of_eve = await campus.leave_for("discord")
    assert (await campus.get(back))[0] == 403
    campus.client.cookie_jar.clear()
    assert (await campus.get(of_eve))[0] == 403
    assert (await campus.sign_in())[0] == 200
    used = await campus.leave_for("slack")
    assert (await campus.get(used))[0] == 200
    assert (await campus.get(used))[0] == 403


async def test_a_code_that_was_put_in_is_worth_nothing(campus: Campus) -> None:
    """Somebody else's code, in a trip of one's own: its verifier is another."""
    campus.slack.openid.who = BOB.id
    stolen = URL(await campus.leave_for("slack")).query["code"]
    campus.slack.openid.who = ALICE.id
    back = URL(await campus.leave_for("slack")).update_query(code=stolen)
    status, html = await campus.get(str(back))
    assert (status, "Slack did not tell me who you are." in html) == (502, True)


async def test_a_way_back_leads_nowhere_else(campus: Campus) -> None:
    campus.slack.openid.who = ALICE.id
    _, html = await campus.sign_in(following="//evil.example")
    assert 'content="0;url=/"' in html


async def test_a_cookie_of_the_way_there_is_no_visit(campus: Campus) -> None:
    await campus.leave_for("slack")
    [trip] = campus.client.cookie_jar.filter_cookies(URL(campus.address)).values()
    name = trip.key.removesuffix("-trip")
    headers = {"Cookie": f"{name}={trip.value}"}
    campus.client.cookie_jar.clear()
    async with campus.client.get(campus.address, headers=headers, allow_redirects=False) as answer:
        assert answer.headers["Location"].startswith("/enter")


async def test_staff_see_their_class_without_words_and_students_see_none(campus: Campus) -> None:
    campus.slack.openid.who = ALICE.id
    await teach(campus, ALICE, Role.ASSISTANT)
    courses, cards = campus.store.storage.courses, campus.store.storage.cards
    [course] = await courses.all()
    task = Assignment(name="Sheet 1", mode="hint", kept=("the whole solution",))
    planned = course.planned(assignments=(task,), budget="2 USD a day")
    assert await courses.save(planned)
    now, shares = campus.store.clock(), campus.store.storage.shares
    [(_, purse)] = purses(planned, now)
    await shares.spend(purse, 7, purse.room / 4, now)
    await shares.spend(Pace().purse(course.id, "slack:T01TEST:U02BOB"), 7, 180.0, now)
    card = Card(
        course=course.id,
        matter=Matter.HUMAN,
        nonce="n",
        about="q",
        place=str(HERE),
        person="slack:T01TEST:U02BOB",
        name="Bob",
        words="where is room 7?",
    )
    await cards.add(card)
    odd = Course(name="Not hers", stage=Stage.OPEN, pseudonym_key="s4")
    await courses.add(odd, campus.store.clock())
    await campus.sign_in()
    _, html = await campus.get("/class")
    assert all(words in html for words in ("CS 101", "<b>1</b> human", "Sheet 1", "2 USD a day"))
    assert "used: <b>25 %</b>" in html
    assert "used since yesterday: <b>1</b>" in html
    assert not any(words in html for words in ("room 7", "Bob", "solution", "Not hers"))
    await courses.enrol(Member(course=course.id, person=f"slack:T01TEST:{ALICE.id}"))
    assert "no course of whose staff" in (await campus.get("/class"))[1]
    form = {"name": "Ada", "code": TOKEN}
    same = {"Sec-Fetch-Site": "same-origin"}
    await campus.client.post(f"{campus.address}/enter", data=form, headers=same)
    assert "Not hers" in (await campus.get("/class"))[1]
