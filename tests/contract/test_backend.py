"""The port `Backend`, once for every implementation, also on servers no one here wrote.

Real models are tiny: their words mean nothing, so only states, order and ids are looked at.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import openai
import pytest
import pytest_asyncio

from bot.backends.assistants import AssistantsBackend
from bot.backends.chat import ChatBackend
from bot.backends.clients import Client, open_chat_client, open_client
from bot.backends.demo import DemoBackend, demo_weights
from bot.backends.foreground import ForegroundBackend
from bot.backends.polling import PollPace
from bot.backends.responses import ResponsesBackend
from bot.core.answers import Finished, RunIntended, RunStarted, SessionOpened, Status, StatusChanged
from bot.core.assistants import Assistant
from bot.core.errors import BackendRefused, SessionLost
from bot.core.ports.backend import Backend
from tests.fakes import text_of
from tests.fakes.memory import FakeMemory
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.openai_talk import MODEL, Question, Talk, closing
from tests.ogx.servers import OGX_MODEL, embedded_llama, ogx, why_no_ogx
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


WITHOUT_OGX = pytest.mark.skipif(why_no_ogx() is not None, reason=str(why_no_ogx()))
WITH_RUNS = [
    *(pytest.param(o, id=o.__name__) for o in (fake_responses, fake_assistants, quirky_assistants)),
    pytest.param(ogx_responses, id="ogx_responses", marks=WITHOUT_OGX),
]
WITHOUT_RUNS = [
    pytest.param(o, id=o.__name__) for o in (fake_foreground, fake_chat, demo, llama_chat)
]
where_runs_are_kept = pytest.mark.parametrize("there", WITH_RUNS, indirect=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=WITH_RUNS + WITHOUT_RUNS)
async def there(request: pytest.FixtureRequest) -> AsyncIterator[Implementation]:
    opening: Opening = request.param
    async with opening() as implementation:
        yield implementation


@pytest.mark.parametrize("live", [False, True], ids=["polled", "live"])
async def test_events_come_in_order_and_end_in_one_answer(
    there: Implementation, *, live: bool
) -> None:
    asked = await there.talk().ask("Hello", live=live)
    kinds = [type(event) for event in asked.events]
    landmarks = [kind for kind in kinds if kind is not StatusChanged]
    assert asked.answer is not None
    assert asked.answer.text
    assert kinds.count(Finished) == 1
    assert kinds[-1] is Finished
    if there.has_runs:
        assert landmarks[:3] == [SessionOpened, RunIntended, RunStarted]
    else:
        assert not {SessionOpened, RunIntended, RunStarted} & set(kinds)
    assert asked.answer.text.startswith(asked.written.strip())


@pytest.mark.parametrize("live", [False, True], ids=["polled", "live"])
async def test_the_second_turn_sees_the_first(there: Implementation, *, live: bool) -> None:
    talk = there.talk()
    first = await talk.ask("My name is Ada.", live=live)
    assert not await there.saw(first)
    second = await talk.ask("What is my name?", live=live)
    saw = await there.saw(second)
    assert saw
    if isinstance(saw, str):
        assert saw.removeprefix("My name is Ada.") not in {saw, ""}  # it, and its answer
    assert [type(event) for event in second.events].count(SessionOpened) == 0


async def test_six_conversations_at_once_are_six_sessions(there: Implementation) -> None:
    talks = [there.talk() for _ in range(6)]
    asked = await asyncio.gather(*(talk.ask(f"Hello {n}") for n, talk in enumerate(talks)))
    assert all(question.answer and question.answer.text for question in asked)
    assert len({question.run for question in asked}) == 6
    if there.has_runs:
        assert len({talk.session and talk.session.id for talk in talks}) == 6


@where_runs_are_kept
async def test_a_run_goes_on_elsewhere_and_is_paid_for_once(there: Implementation) -> None:
    asked = there.talk().asking("Hello")
    await asked.go_until(RunStarted)
    run = asked.run
    answer = await asked.go(there.twin)
    assert answer.text
    assert asked.run == run
    assert [type(event) for event in asked.events].count(RunStarted) == 1


@where_runs_are_kept
async def test_a_cancelled_run_ends_and_can_be_cancelled_again(there: Implementation) -> None:
    talk = Talk(there.backend, Assistant(max_output_tokens=1000))
    asked = talk.asking("Tell me a very long story.")
    if there.server:
        there.server.hold()
    await asked.go_until(StatusChanged, Status.THINKING)
    assert talk.session is not None
    assert asked.run is not None
    for _ in range(2):
        await there.backend.cancel(talk.session.id, asked.run)
    if there.server:
        there.server.release()
    with pytest.raises(BackendRefused, match="cancelled"):
        await asked.go()
    talk.assistant = SHORT
    assert (await talk.ask("Hello")).answer  # and it holds nothing up


async def test_cancelling_what_has_ended_is_no_error(there: Implementation) -> None:
    talk = there.talk()
    asked = await talk.ask("Hello")
    assert asked.run is not None
    await there.backend.cancel(talk.session.id if talk.session else None, asked.run)


async def test_what_is_forgotten_is_gone_and_can_be_forgotten_again(there: Implementation) -> None:
    talk = there.talk()
    asked = await talk.ask("Hello")
    session = talk.session
    for _ in range(2):
        await there.backend.forget(session.id if session else "none", [str(asked.run)])
    if session is None:
        return  # there is nothing that could be left
    assert there.client is not None
    assert await _left(there.client, session.id, str(asked.run)) == []
    with pytest.raises(SessionLost):
        await talk.ask("Do you remember me?")
    assert (await talk.ask("Hello again")).answer  # in a session of its own


async def test_a_check_of_what_works_is_one_line(there: Implementation) -> None:
    finding = await there.backend.check()
    assert finding
    assert "\n" not in finding


async def _left(client: Client, session: str, run: str) -> list[str]:
    looks: dict[str, Callable[[], Awaitable[object]]] = {
        "conversation": lambda: client.conversations.retrieve(session),
        "items": lambda: client.conversations.items.list(session),
        "response": lambda: client.responses.retrieve(run),
        "thread": lambda: client.beta.threads.retrieve(session),
        "run": lambda: client.beta.threads.runs.retrieve(run, thread_id=session),
    }
    left = []
    for name, look in looks.items():
        try:
            await look()
        except (openai.NotFoundError, openai.BadRequestError):
            continue  # 400: an id of another kind
        left.append(name)
    return left
