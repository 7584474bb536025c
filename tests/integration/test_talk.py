"""Talking on the page over HTTP: what is taken, once, and what is refused in words."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import aiohttp
import pytest

from adapters.web.adapter import web_key
from bot.config import load_settings
from bot.core.answers import Answer, Status
from bot.core.controls import Button, below_answer
from bot.core.files import File
from bot.core.forms import read_filled
from bot.core.posts import FIRST_FILE, Part, Post, Saying
from bot.hosting import open_host, open_talking
from storage.store import Store, open_file
from tests.databases import make_database
from tests.fakes.door import FakeDoor
from tests.fakes.readers import readers
from tests.integration.test_page import SAME, TOKEN
from tests.patience import PATIENCE

PLACE = "/talk/one"


@dataclass
class Visitor:
    client: aiohttp.ClientSession
    address: str
    door: FakeDoor

    async def send(self, path: str, **form: str | bytes) -> int:
        data = aiohttp.FormData()
        for name, value in form.items():
            if isinstance(value, bytes):
                data.add_field("file", BytesIO(value), filename=name, content_type="text/html")
            else:
                data.add_field(name, value)
        url = f"{self.address}{path}"
        posting = self.client.post(url, data=data, headers=SAME, allow_redirects=False)
        async with posting as answer:
            self.said = await answer.text()
            return answer.status

    async def get(self, path: str) -> tuple[int, bytes, str]:
        async with self.client.get(f"{self.address}{path}") as answer:
            kind = answer.headers.get("Content-Disposition", "")
            self.type = answer.content_type
            return answer.status, await answer.read(), kind


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    await make_database(tmp_path / "homeroom.db")
    async with open_file(tmp_path / "homeroom.db") as store:
        yield store


@pytest.fixture
async def ada(store: Store) -> AsyncIterator[Visitor]:
    door, talking = FakeDoor(), open_talking(store)
    talking.open(door)
    listening = asyncio.create_task(talking.listen())
    host = open_host(
        load_settings(web_port=0, web_token=TOKEN),
        store,
        "chat",
        [talking],
        talking,
        reader=readers(store),
        door=lambda: door,
        doing=lambda _: None,
        announce=lambda _: None,
    )
    address = str(await host.open())
    jar, timeout = aiohttp.CookieJar(unsafe=True), aiohttp.ClientTimeout(PATIENCE)
    async with aiohttp.ClientSession(cookie_jar=jar, timeout=timeout) as client:
        visitor = Visitor(client, address, door)
        assert await visitor.send("/enter", name="Ada", code=TOKEN) == 303
        yield visitor
    listening.cancel()
    host.drain()
    await host.close()


async def test_what_is_said_is_taken_once_however_often_it_is_sent(ada: Visitor) -> None:
    for _ in range(2):
        assert await ada.send(PLACE, nonce="n1", text="What is entropy?") == 303
    assert await ada.send(PLACE, nonce="n2", text="/new") == 303
    first, second = ada.door.accepted
    assert (first.text, first.author.name, first.key) == (
        "What is entropy?",
        "Ada",
        web_key("Ada", "one"),
    )
    assert second.command == "new"


async def test_nothing_is_no_question(ada: Visitor) -> None:
    assert await ada.send(PLACE, nonce="n1", text="  \n ") == 303
    assert ada.door.accepted == []


async def test_words_that_were_not_taken_are_given_back(ada: Visitor) -> None:
    ada.door.failures = 1
    assert await ada.send(PLACE, nonce="n1", text="my <b> words") == 503
    assert "my &lt;b&gt; words</textarea>" in ada.said


async def test_files_are_kept_and_come_back_as_nothing_that_acts(ada: Visitor) -> None:
    assert await ada.send(PLACE, nonce="n1", text="read", a=b"<script>", b=b"") == 303
    [message] = ada.door.accepted
    assert [(file.name, file.size) for file in message.attachments] == [("a", 8), ("b", 0)]
    assert await ada.send(PLACE, nonce="n2", text="", a=b"x" * (10 * 1024 * 1024 + 1)) == 503
    assert "larger than 10 MB" in ada.said
    many = {f"f{number}": b"x" for number in range(5)}
    assert await ada.send(PLACE, nonce="n3", text="", **many) == 503
    assert await ada.send(PLACE, nonce="n4", text="", a=b"x" * (25 * 1024 * 1024)) == 413
    assert len(ada.door.accepted) == 1


async def test_a_file_is_fetched_by_its_turn_alone(ada: Visitor, store: Store) -> None:
    await ada.send(PLACE, nonce="n1", text="read", a=b"<script>")
    receipt = await store.storage.turns.add(ada.door.accepted[0], store.clock())
    status, data, kind = await ada.get(f"/files/{receipt.turn_id}/0")
    assert (status, data, kind) == (200, b"<script>", "attachment; filename*=UTF-8''a")
    assert (await ada.get(f"/files/{receipt.turn_id}/1"))[0] == 404
    assert (await ada.get("/files/99/0"))[0] == 404


async def test_a_press_says_its_command_and_a_form_what_was_filled_in(ada: Visitor) -> None:
    good = below_answer("web:m1")[1]
    assert await ada.send(f"{PLACE}/press", nonce="n1", button=good.id) == 303
    assert await ada.send(f"{PLACE}/press", nonce="n1", button="somebody:else's") == 400
    form = {"command": "reason", "about": "web:m1", "reason": "x" * 5000, "other": "y"}
    assert await ada.send(f"{PLACE}/form", nonce="n1", **form) == 303
    assert await ada.send(f"{PLACE}/form", nonce="n1", command="stop") == 400
    press, reason = ada.door.accepted
    assert (press.command, press.text) == ("up", "web:m1")
    assert read_filled(reason.text) == ("web:m1", {"reason": "x" * 1000})


async def test_what_another_process_shows_stands_there_with_buttons_and_files(
    ada: Visitor, store: Store
) -> None:
    assert await ada.send(PLACE, nonce="n1", text="draw it") == 303
    [question] = ada.door.accepted
    receipt = await store.storage.turns.add(question, store.clock())
    turn = await store.storage.turns.claim(receipt.conversation_id, store.clock())
    assert turn is not None
    elsewhere = open_talking(store)
    confirm = Button(label="Confirm 3", command="confirm", words="#3")
    await elsewhere.post(question, Saying(text="A **dra"), Part("aa"))
    assert b"A **dra" in (await ada.get(PLACE))[1]
    await elsewhere.edit(question, "aa", Saying(text="It is", is_final=True, controls=[confirm]))
    plot = File("plot <1>.png", "text/html", b"\x89PNG\r\n\x1a\n")
    for _ in range(2):
        await elsewhere.give(question, plot, part=Part("bb", FIRST_FILE))
    done = turn.asked("Homeroom", "chat").answered(Answer("It is"), store.clock())
    await store.storage.posts.intend(done, 0, Post())
    await store.storage.posts.save(turn.id, 0, "aa")
    await store.storage.turns.save(done.delivered(store.clock()))
    await elsewhere.end(question)
    html = (await ada.get(PLACE))[1]
    assert html.count(b"It is") == 1
    assert confirm.id.encode() in html
    assert html.count(b"plot &lt;1&gt;.png") == 1
    view = await store.views.turn(turn.id)
    assert view is not None
    assert [part.text for part in view.parts] == ["", ""]  # the turn's row has it
    status, data, kind = await ada.get(f"/made/{turn.id}/bb")
    assert (status, data) == (200, plot.data)
    assert kind == "attachment; filename*=UTF-8''plot%20%3C1%3E.png"
    assert ada.type == "image/png"  # as its bytes say
    for path in (f"/made/{turn.id}/aa", f"/made/{turn.id}/cc", f"/made/{turn.id + 1}/bb"):
        assert (await ada.get(path))[0] == 404


async def test_an_answer_is_seen_while_it_is_written_and_when_it_is_whole(store: Store) -> None:
    door, talking = FakeDoor(), open_talking(store)
    host = open_host(
        load_settings(web_port=0, web_token=TOKEN),
        store,
        "chat",
        [talking],
        talking,
        reader=readers(store),
        door=lambda: door,
        doing=lambda _: None,
        announce=lambda _: None,
    )
    address = str(await host.open())
    jar, timeout = aiohttp.CookieJar(unsafe=True), aiohttp.ClientTimeout(PATIENCE)
    async with aiohttp.ClientSession(cookie_jar=jar, timeout=timeout) as client:
        ada = Visitor(client, address, door)
        assert await ada.send("/enter", name="Ada", code=TOKEN) == 303
        assert await ada.send(PLACE, nonce="n0", text="too early") == 503
        talking.open(door)
        listening = asyncio.create_task(talking.listen())
        await asyncio.sleep(0)
        assert await ada.send(PLACE, nonce="n1", text="hello") == 303
        [question] = door.accepted
        receipt = await store.storage.turns.add(question, store.clock())
        async with client.get(f"{address}{PLACE}/live") as stream:
            await _said(stream, "hello")
            await talking.show_status(question, Status.THINKING)
            await _said(stream, "thinking")
            await talking.post(question, Saying(text="A **dra"), Part("n1"))
            await _said(stream, "A **dra")
            turn = await store.storage.turns.claim(receipt.conversation_id, store.clock())
            assert turn is not None
            answered = turn.asked("Homeroom", "chat").answered(Answer("It **is**"), store.clock())
            await store.storage.turns.save(answered)
            # It may still be kept back, until it is posted.
            assert b"It <strong>" not in (await ada.get(PLACE))[1]
            await store.storage.posts.intend(answered, 0, Post())
            await store.storage.posts.save(turn.id, 0, "n1")
            assert b"It <strong>" not in (await ada.get(PLACE))[1]
            await store.storage.turns.save(answered.delivered(store.clock()))
            await talking.edit(question, "n1", Saying(text="It **is**", is_final=True))
            await _said(stream, "It <strong>is</strong>")
        listening.cancel()
    host.drain()
    await host.close()


async def _said(stream: aiohttp.ClientResponse, words: str) -> None:
    said = ""
    while words not in said:
        line = (await stream.content.readline()).decode()
        assert line, f"the stream ended before it said {words}"
        said += line
