"""The backends there are, each before a server: a fake one, or one that nobody here wrote."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.backends.assistants import AssistantsBackend
from bot.backends.chat import ChatBackend
from bot.backends.clients import Client, open_chat_client, open_client
from bot.backends.demo import DemoBackend, demo_weights
from bot.backends.foreground import ForegroundBackend
from bot.backends.polling import PollPace
from bot.backends.responses import ResponsesBackend
from bot.core.assistants import Assistant
from bot.core.ports.backend import Backend
from tests.fakes import text_of
from tests.fakes.memory import FakeMemory
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.openai_talk import MODEL, Question, Talk, closing
from tests.ogx.servers import OGX_MODEL, embedded_llama, ogx
from tests.patience import PATIENCE

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.filterwarnings("ignore:The Assistants API:DeprecationWarning"),
]

PACE = PollPace(first=0.02, longest=0.1)
SHORT = Assistant(max_output_tokens=16)


@dataclass
class Implementation:
    """A backend with its server, and what a test may ask of that."""

    backend: Backend
    saw: Callable[[Question], Awaitable[str | int]]  # of what came before; empty for nothing
    twin: Backend | None = None  # the same in another process, where runs can be come back to
    server: FakeOpenAI | None = None
    client: Client | None = None

    @property
    def has_runs(self) -> bool:
        return self.twin is not None

    def talk(self) -> Talk:
        return Talk(self.backend, SHORT)


Opening = Callable[[], AbstractAsyncContextManager[Implementation]]


@asynccontextmanager
async def fake_responses() -> AsyncIterator[Implementation]:
    async with FakeOpenAI() as server, _client(server.base_url) as client:
        backends = [ResponsesBackend(client, MODEL, PACE) for _ in range(2)]
        yield Implementation(backends[0], _items(client), backends[1], server, client)


@asynccontextmanager
async def fake_foreground() -> AsyncIterator[Implementation]:
    async with FakeOpenAI() as server, _client(server.base_url) as client:
        yield Implementation(ForegroundBackend(client, MODEL), _sent(server, "input"))


@asynccontextmanager
async def fake_chat() -> AsyncIterator[Implementation]:
    async with FakeOpenAI() as server, _client(server.base_url) as client:
        yield Implementation(ChatBackend(client, MODEL), _sent(server, "messages"))


@asynccontextmanager
async def fake_assistants(*, quirks: bool = False) -> AsyncIterator[Implementation]:
    async with FakeOpenAI() as server, _client(server.base_url) as client:
        server.assistants_quirks = quirks
        memory = FakeMemory()
        backends = [AssistantsBackend(client, MODEL, memory, PACE) for _ in range(2)]
        yield Implementation(backends[0], _messages(client), backends[1], server, client)


def quirky_assistants() -> AbstractAsyncContextManager[Implementation]:
    return fake_assistants(quirks=True)


@asynccontextmanager
async def demo() -> AsyncIterator[Implementation]:
    async with closing(DemoBackend(demo_weights())) as backend:
        yield Implementation(backend, _history_tokens)


@asynccontextmanager
async def llama_chat() -> AsyncIterator[Implementation]:
    async with embedded_llama() as (url, key, model), open_chat_client(url, key, 60) as client:
        yield Implementation(ChatBackend(client, model), _history_tokens)


@asynccontextmanager
async def ogx_responses() -> AsyncIterator[Implementation]:
    with tempfile.TemporaryDirectory() as folder:
        async with (
            embedded_llama() as (llama_url, key, _),
            ogx(llama_url, key, Path(folder)) as url,
            _client(url) as client,
        ):
            backends = [ResponsesBackend(client, OGX_MODEL, PACE) for _ in range(2)]
            yield Implementation(backends[0], _items(client), backends[1], client=client)


def _client(url: str) -> Client:
    return open_client(url, "k", 60)


def _sent(server: FakeOpenAI, name: str) -> Callable[[Question], Awaitable[str]]:
    async def saw(question: Question) -> str:
        run = next(run for run in server.runs if run.id == question.run)
        return text_of(run.request[name][:-1]).removeprefix(question.talk.assistant.instructions)

    return saw


def _items(client: Client) -> Callable[[Question], Awaitable[str]]:
    async def saw(question: Question) -> str:
        session = question.talk.session
        assert session is not None
        async with asyncio.timeout(PATIENCE):
            while True:
                listed = client.conversations.items.list(session.id, order="asc")
                items = [item.model_dump() async for item in listed]
                if len(items) == 2 * len(question.talk.exchanges):
                    return text_of(items[:-2])  # all but this question and its answer
                await asyncio.sleep(0.05)  # OGX adds them a moment after a run has ended

    return saw


def _messages(client: Client) -> Callable[[Question], Awaitable[str]]:
    async def saw(question: Question) -> str:
        session = question.talk.session
        assert session is not None
        listed = client.beta.threads.messages.list(session.id, order="asc")
        messages = [message.model_dump() async for message in listed]
        return "".join(text_of(message["content"]) for message in messages[:-2])

    return saw


async def _history_tokens(question: Question) -> int:
    """What a real model read of history: all that its server tells."""
    assert question.answer is not None
    assert question.answer.usage is not None
    return question.answer.usage.history_tokens
