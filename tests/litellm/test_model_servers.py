"""The backends on servers that nobody here wrote: what goes right, and each thing that goes wrong.

The model is tiny: its words mean nothing, so only endings and errors are looked at.
"""

import struct
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio

from bot.backends.chat import ChatBackend
from bot.backends.clients import Client, open_chat_client
from bot.backends.foreground import ForegroundBackend
from bot.backends.responses import ResponsesBackend
from bot.core.answers import RunStarted, TextDelta
from bot.core.assistants import Assistant
from bot.core.errors import BackendRefused, ContextTooLong
from bot.core.files import File
from bot.core.ports.backend import Backend
from bot.core.prompts import Exchange, Prompt
from tests.fakes.openai_talk import PACE, Question, Talk, closing
from tests.litellm.servers import KEY, litellm, why_no_litellm
from tests.ogx.servers import MODEL, OGX_MODEL, embedded_llama, ogx, why_no_ogx
from tests.patience import PATIENCE
from tests.thirdparty.servers import AIMOCK, NODE, aimock, needs

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(400)]

QUESTION = "Where is Paris?"
SHORT = Assistant(max_output_tokens=16)
LONG = "word " * 6000  # more than the model takes

Opening = Callable[[Client, str], Backend]
OPENINGS: dict[str, Opening] = {
    "chat": ChatBackend,
    "foreground": ForegroundBackend,
    "responses": lambda client, model: ResponsesBackend(client, model, PACE),
}


@dataclass(frozen=True)
class Place:
    """A server, with what it has; where it lacks something a test is skipped with that reason."""

    url: str
    key: str
    model: str
    lacks: dict[str, str]
    opening: Opening = ChatBackend

    def require(self, what: str) -> None:
        if what in self.lacks:
            pytest.skip(self.lacks[what])

    def open(self, key: str = "", model: str = "") -> AbstractAsyncContextManager[Backend]:
        client = open_chat_client(self.url, key or self.key, PATIENCE)
        return closing(self.opening(client, model or self.model))


ANY_MODEL = "it serves one model under any name"
NO_BOUND = "it has answers and no model: nothing is too long for it, and any picture is looked at"
NO_RUNS = {"responses": "it keeps no conversations"}
NO_KEYS = "it is run without keys"


@asynccontextmanager
async def on_llama(_: Path) -> AsyncIterator[Place]:
    async with embedded_llama() as (url, key, model):
        yield Place(url, key, model, {"model": ANY_MODEL} | NO_RUNS)


@asynccontextmanager
async def on_litellm(folder: Path) -> AsyncIterator[Place]:
    async with embedded_llama() as (url, key, _), litellm(folder, url, key) as proxy:
        yield Place(proxy, KEY, MODEL, NO_RUNS)


@asynccontextmanager
async def on_ogx(folder: Path) -> AsyncIterator[Place]:
    async with embedded_llama() as (url, key, _), ogx(url, key, folder) as stack:
        yield Place(stack, "unused", OGX_MODEL, {"key": NO_KEYS})


@asynccontextmanager
async def on_aimock(folder: Path) -> AsyncIterator[Place]:
    async with aimock(folder, "key of aimock", {QUESTION: "In France, and a capital."}) as url:
        lacks = dict.fromkeys(("bound", "sight"), NO_BOUND) | {"model": ANY_MODEL} | NO_RUNS
        yield Place(url, "key of aimock", "any-model", lacks)


def _skip(reason: str | None) -> pytest.MarkDecorator:
    return pytest.mark.skipif(reason is not None, reason=str(reason))


SERVERS = [
    pytest.param(on_llama, id="llama.cpp"),
    pytest.param(on_litellm, id="litellm", marks=_skip(why_no_litellm())),
    pytest.param(on_ogx, id="ogx", marks=_skip(why_no_ogx())),
    pytest.param(on_aimock, id="aimock", marks=needs(NODE, AIMOCK)),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=SERVERS)
async def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Place]:
    on: Callable[[Path], AbstractAsyncContextManager[Place]] = request.param
    async with on(tmp_path_factory.mktemp("server")) as place:
        yield place


@pytest.fixture(params=OPENINGS)
def place(server: Place, request: pytest.FixtureRequest) -> Place:
    server.require(request.param)
    return replace(server, opening=OPENINGS[request.param])


@pytest.mark.parametrize("live", [False, True], ids=["whole", "stream"])
async def test_a_question_is_answered(place: Place, *, live: bool) -> None:
    async with place.open() as backend:
        asked = await Talk(backend, SHORT).ask(QUESTION, live=live)
    assert asked.answer is not None
    assert asked.answer.words
    if asked.written:  # not every server streams what it keeps
        assert live


async def test_a_history_that_is_too_long_is_shortened(place: Place) -> None:
    place.require("bound")
    async with place.open() as backend:
        exchanges = [Exchange(LONG, "word"), Exchange("Where is Rome?", "In Italy.")]
        generous = Assistant(max_output_tokens=16, history_tokens=100_000)
        assert (await Talk(backend, generous, exchanges=exchanges).ask(QUESTION)).answer


async def test_a_question_that_is_too_long_is_told_so(place: Place) -> None:
    place.require("bound")
    async with place.open() as backend:
        with pytest.raises(ContextTooLong):
            await Talk(backend, SHORT).ask(LONG)


async def test_a_picture_for_a_model_that_cannot_see_is_told_so(place: Place) -> None:
    place.require("sight")
    async with place.open() as backend:
        with pytest.raises(BackendRefused) as caught:
            await WithPicture(Talk(backend, SHORT), QUESTION).go()
    assert "pictures" in caught.value.notice


async def test_a_wrong_key_is_told_as_that(place: Place) -> None:
    place.require("key")
    async with place.open(key="sk-wrong-key") as backend:
        with pytest.raises(BackendRefused) as caught:
            await Talk(backend, SHORT).ask(QUESTION)
    assert "key" in caught.value.notice


async def test_a_wrong_model_is_told_as_that(place: Place) -> None:
    place.require("model")
    async with place.open(model="no-such-model") as backend:
        with pytest.raises(BackendRefused) as caught:
            await Talk(backend, SHORT).ask(QUESTION)
    assert "does not know the model" in caught.value.notice


async def test_an_answer_that_is_left_does_not_spoil_the_next(place: Place) -> None:
    async with place.open() as backend:
        kind = RunStarted if backend.name == "responses" else TextDelta
        await Talk(backend, SHORT).asking(QUESTION, live=True).go_until(kind)
        assert (await Talk(backend, SHORT).ask(QUESTION, live=True)).answer


class WithPicture(Question):
    def prompt(self) -> Prompt:
        return replace(super().prompt(), files=(File("dot.png", "image/png", _png()),))


def _png() -> bytes:
    """One red dot."""

    def part(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0\xff\0\0")
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", pixels) + part(b"IEND", b"")
