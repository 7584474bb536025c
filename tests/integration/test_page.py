"""The page over HTTP: who comes in, what is shown, and that none of it acts."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

from bot.config import load_settings
from bot.core.answers import Answer, Kind, Usage
from bot.core.messages import Author, ConversationKey, Message
from bot.hosting import open_host, open_talking
from storage.store import Store, open_file
from tests.databases import make_database
from tests.fakes.door import FakeDoor
from tests.fakes.readers import readers
from tests.patience import PATIENCE

HOSTILE = '<img src=x onerror=alert(1)><script>document.title="owned"</script>\u202e'
KEY = ConversationKey("slack", "T1", f"C1{HOSTILE}", "7")
TOKEN = "a token of twenty characters"
PAGES = [
    "/",
    "/conversations",
    "/class",
    "/usage",
    "/health",
    "/settings",
    "/conversations?q=entropy",
]
SAME: Mapping[str, str] = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Browser:
    """A client with cookies, on the page of one bot."""

    client: aiohttp.ClientSession
    address: str
    link: str

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        url = f"{self.address}{path}"
        async with self.client.get(url, headers=headers, allow_redirects=False) as answer:
            self.headers = answer.headers
            return answer.status, await answer.text()

    async def post(
        self, path: str, headers: Mapping[str, str] = SAME, **form: str
    ) -> tuple[int, str]:
        url = f"{self.address}{path}"
        posting = self.client.post(url, data=form, headers=headers, allow_redirects=False)
        async with posting as answer:
            self.headers = answer.headers
            return answer.status, await answer.text()

    async def enter(self, code: str | None = None, **form: str) -> int:
        code = code or self.link.partition("#")[2]
        return (await self.post("/enter", SAME, code=code, name="Ada", **form))[0]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    await make_database(tmp_path / "homeroom.db")
    async with open_file(tmp_path / "homeroom.db") as store:
        yield store


@pytest.fixture
async def browser(store: Store) -> AsyncIterator[Browser]:
    links: list[str] = []
    settings = load_settings(web_port=0, web_token=TOKEN)
    host = open_host(
        settings,
        store,
        "chat",
        [],
        open_talking(store),
        reader=readers(store),
        door=FakeDoor,
        doing=lambda _: None,
        announce=links.append,
    )
    address = await host.open()
    jar = aiohttp.CookieJar(unsafe=True)  # cookies of an address that is a number
    timeout = aiohttp.ClientTimeout(PATIENCE)
    async with aiohttp.ClientSession(cookie_jar=jar, timeout=timeout) as client:
        yield Browser(client, str(address), links[0])
    host.drain()
    await host.close()


async def say(store: Store, number: int, answer: Answer, error: str = "") -> int:
    now = store.clock()
    message = Message(KEY, f"m{number}", Author("U1", f"=Ann {HOSTILE}"), f"entropy? {HOSTILE}")
    receipt = await store.storage.turns.add(message, now)
    turn = await store.storage.turns.claim(receipt.conversation_id, now)
    assert turn is not None
    asked = turn.asked(f"Tutor {HOSTILE}", "chat")
    ended = asked.failed(answer.text, error, now) if error else asked.answered(answer, now)
    await store.storage.turns.save(ended.delivered(now))
    return turn.id


async def fill(store: Store) -> tuple[int, int]:
    usage = Usage(1000, 400, 200, 100, 50)
    words = f"An **answer** [x](javascript:alert(1)) {HOSTILE}"
    answered = await say(store, 1, Answer(words, model=f"=m{HOSTILE}", usage=usage))
    failed = await say(store, 2, Answer("I could not.", Kind.NOTICE), f"GaveUp: {HOSTILE}")
    return answered, failed


async def test_a_link_signs_in_once_and_nobody_else(browser: Browser) -> None:
    assert (await browser.get("/"))[0] == 303
    assert browser.headers["Location"] == "/enter?next=/"
    assert (await browser.get("/now/live"))[0] == 401
    assert await browser.enter() == 303
    assert (await browser.get("/"))[0] == 200
    browser.client.cookie_jar.clear()
    assert await browser.enter() == 403
    assert (await browser.get("/"))[0] == 303


async def test_the_token_signs_in_and_leaving_ends_the_visit(browser: Browser) -> None:
    assert await browser.enter(TOKEN) == 303
    [cookie] = browser.client.cookie_jar.filter_cookies(URL(browser.address)).items()
    assert (await browser.post("/leave"))[0] == 303
    assert (await browser.get("/"))[0] == 303
    stolen = f"{cookie[0]}={cookie[1].value}"
    assert (await browser.get("/", Cookie=stolen))[0] == 303
    assert (await browser.get("/", Cookie=f"{cookie[0]}=eyJ9.abc"))[0] == 303


async def test_wrong_codes_are_soon_too_many(browser: Browser) -> None:
    assert [await browser.enter(f"wrong{n}") for n in range(10)] == [403] * 10
    assert await browser.enter(TOKEN) == 429
    assert browser.headers["Retry-After"] == "60"


async def test_what_is_sent_from_another_page_is_refused(browser: Browser) -> None:
    assert await browser.enter(TOKEN) == 303
    assert (await browser.post("/leave", headers={}))[0] == 403
    assert (await browser.post("/leave", headers={"Sec-Fetch-Site": "cross-site"}))[0] == 403
    assert (await browser.post("/leave", headers={"Origin": "http://evil.example"}))[0] == 403
    assert (await browser.post("/leave", headers={"Origin": browser.address}))[0] == 303


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.1:1", "", "["])
async def test_a_name_of_somebody_elses_for_our_address_is_refused(
    browser: Browser, host: str
) -> None:
    assert await browser.enter(TOKEN) == 303
    assert (await browser.get("/", Host=host))[0] in {400, 421}


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "/\\evil.example", "https:evil.example", "/\tx", "evil"]
)
async def test_signing_in_leads_nowhere_else(browser: Browser, elsewhere: str) -> None:
    assert await browser.enter(TOKEN, next=elsewhere) == 303
    assert browser.headers["Location"] == "/"
    assert await browser.enter(TOKEN, next="/turns/1?x=2") == 303
    assert browser.headers["Location"] == "/turns/1?x=2"


async def test_every_answer_carries_the_policy(browser: Browser) -> None:
    paths = ["/", "/nowhere", "/static/style.css", "/static/../pages.py", "/healthz", "/now/live"]
    for path in paths:
        await browser.get(path)
        assert "default-src 'none'" in browser.headers["Content-Security-Policy"], path
        assert browser.headers["X-Content-Type-Options"] == "nosniff"


async def test_nothing_that_was_written_becomes_a_tag(browser: Browser, store: Store) -> None:
    answered, failed = await fill(store)
    assert await browser.enter(TOKEN) == 303
    key = URL("/").with_path(f"/conversations/{KEY}").raw_path
    for path in [*PAGES, f"/turns/{answered}", f"/turns/{failed}", key, "/usage?by=person"]:
        status, html = await browser.get(path)
        assert status == 200, (path, html)
        body = html.partition("<main")[2]
        assert not any(tag in body for tag in ("<script", "<img", "\u202e", 'href="java')), path


async def test_why_a_question_got_no_answer_is_two_clicks_away(
    browser: Browser, store: Store
) -> None:
    _, failed = await fill(store)
    assert await browser.enter(TOKEN) == 303
    assert f'href="/turns/{failed}"' in (await browser.get("/"))[1]
    _, html = await browser.get(f"/turns/{failed}")
    assert "In words: I could not get an answer." in html
    assert "What was done: the person is told, once" in html


async def test_what_was_used_is_a_sheet_that_opens_as_what_it_says(
    browser: Browser, store: Store
) -> None:
    await fill(store)
    assert await browser.enter(TOKEN) == 303
    _, sheet = await browser.get("/usage?by=model&as=csv")
    assert browser.headers["Content-Disposition"].startswith("attachment")
    assert "'=m" in sheet.splitlines()[1]
    assert ",1000," in sheet


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/turns/99", 404),
        ("/turns/999999999999999999", 404),
        ("/turns/x", 404),
        ("/conversations/x", 404),
        ("/conversations/a:b:c", 404),
        ("/usage?by=x&since=x", 404),
        ("/settings?scope=nowhere", 400),
        ("/settings?scope=slack:%00", 200),
        ("/conversations?before=x&q=", 200),
        (f"/conversations?q={'x' * 5000}", 200),
    ],
)
async def test_what_is_not_there_is_said(browser: Browser, path: str, status: int) -> None:
    assert await browser.enter(TOKEN) == 303
    assert (await browser.get(path))[0] == status


async def test_what_goes_on_is_sent_while_one_looks_and_ends_with_the_bot(
    browser: Browser, store: Store
) -> None:
    assert await browser.enter(TOKEN) == 303
    url = f"{browser.address}/now/live"
    async with browser.client.get(url) as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        said = ""
        while "Nothing waits." not in said:
            said += (await stream.content.readline()).decode()


async def test_what_nobody_may_read_says_nothing_of_it(browser: Browser) -> None:
    kinds: dict[str, Any] = {"/healthz": 200, "/readyz": 200, "/metrics": 200, "/enter": 200}
    for path, status in kinds.items():
        assert (await browser.get(path))[0] == status
    for path in PAGES[1:]:
        assert (await browser.get(path))[0] == 303


async def test_who_saw_this_is_written_down_before_it_is_shown(
    browser: Browser, store: Store
) -> None:
    answered, _ = await fill(store)
    assert await browser.enter(TOKEN) == 303
    assert "entropy?" not in (await browser.get("/"))[1]
    assert await store.storage.sightings.of("U1", "slack:T1", 9) == []
    for path in (f"/turns/{answered}", URL("/").with_path(f"/conversations/{KEY}").raw_path):
        shown = (await browser.get(path))[1].partition("Who saw this")[2]
        assert "<bdi>Ada</bdi>" in shown
    sightings = await store.storage.sightings.of("U1", "slack:T1", 9)
    assert {one.viewer for one in sightings} == {"web:local:Ada"}
