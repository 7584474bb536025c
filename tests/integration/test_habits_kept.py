"""What was learnt of a server outlives the process, for as long as it may be believed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace

import pytest
from httpx2 import URL

from bot.backends.chat import ChatBackend
from bot.backends.clients import open_chat_client
from bot.backends.foreground import ForegroundBackend
from bot.backends.habits import Habits
from bot.backends.learned import Learned, Notebook
from bot.backends.responses import ResponsesBackend
from bot.core.assistants import Assistant
from bot.core.ports.backend import Backend
from bot.core.prompts import Exchange
from tests.fakes import JSON
from tests.fakes.memory import FakeMemory
from tests.fakes.openai_talk import MODEL, PACE, Talk, closing
from tests.fakes.openai_wire import (
    STOP,
    Say,
    WireServer,
    as_json,
    chunk,
    finished_response,
    refusal,
    stream,
    whole,
)
from tests.patience import PATIENCE

WEEK = 7 * 24 * 3600
REFUSED = refusal(400, "Unsupported parameter: 'stream'.", param="stream")
LIMITED = Assistant(max_output_tokens=600)


@dataclass
class Life:
    """Processes one after another, over one memory."""

    wire: WireServer
    memory: FakeMemory = field(default_factory=FakeMemory)
    now: float = 1e9

    async def ask(
        self,
        model: str = MODEL,
        settings: tuple[str, ...] = (),
        kind: Callable[..., Backend] = ChatBackend,
        exchanges: tuple[Exchange, ...] = (),
    ) -> list[JSON]:
        """One question in a process of its own; what was sent for it."""
        before = len(self.wire.sent)
        client = open_chat_client(self.wire.base_url, "k", PATIENCE)
        notebook = Notebook(self.memory, client.base_url, settings)
        habits = Habits(model, notebook, today=lambda: self.now)
        async with closing(kind(client, model, habits=habits)) as backend:
            talk = Talk(backend, LIMITED, exchanges=list(exchanges))
            assert (await talk.ask("Where?", live=True)).answer
        return self.wire.sent[before:]


def _refusing_streams(body: JSON) -> Say:
    if "background" in body or "input" in body:
        return REFUSED if body.get("stream") else as_json(finished_response("Paris."))
    return REFUSED if body.get("stream") else whole("Paris.")


@pytest.fixture
async def life() -> AsyncIterator[Life]:
    async with WireServer() as server:
        server.answer = _refusing_streams
        yield Life(server)


@pytest.mark.parametrize("kind", [ChatBackend, ForegroundBackend])
async def test_a_start_learns_nothing_twice(life: Life, kind: Callable[..., Backend]) -> None:
    assert len(await life.ask(kind=kind)) == 2
    (sent,) = await life.ask(kind=kind)
    assert not sent.get("stream")


async def test_what_was_learnt_is_of_a_server_a_model_and_what_is_set(life: Life) -> None:
    await life.ask()
    assert len(await life.ask(model="another")) == 2
    assert len(await life.ask(settings=("another key",))) == 2
    async with WireServer() as elsewhere:
        elsewhere.answer = _refusing_streams
        assert len(await Life(elsewhere, life.memory).ask()) == 2
    assert len(await life.ask()) == 1


async def test_it_is_tried_again_after_a_week(life: Life) -> None:
    await life.ask()
    life.now += WEEK + 1
    assert len(await life.ask()) == 2
    assert len(await life.ask()) == 1  # from now on for another week


async def test_it_is_tried_again_after_a_week_while_the_process_runs(life: Life) -> None:
    client = open_chat_client(life.wire.base_url, "k", PATIENCE)
    habits = Habits(MODEL, today=lambda: life.now)
    async with closing(ChatBackend(client, MODEL, habits)) as backend:
        for days, sent in ((0, 2), (1, 3), (8, 5)):
            life.now = 1e9 + days * 24 * 3600
            await Talk(backend, LIMITED).ask("Where?", live=True)
            assert len(life.wire.sent) == sent


async def test_how_much_a_model_takes_in_is_kept(life: Life) -> None:
    def bounded(body: JSON) -> Say:
        size = sum(len(message["content"]) for message in body["messages"])
        return refusal(400, "prompt is too long") if size > 900 else stream(chunk("Paris."), STOP)

    life.wire.answer = bounded
    history = tuple(Exchange(f"question {n}", "an answer " * 8) for n in range(12))
    assert len(await life.ask(exchanges=history)) > 1
    assert len(await life.ask(exchanges=history)) == 1


async def test_thoughts_without_a_first_mark_are_known_at_the_next_start(life: Life) -> None:
    life.wire.answer = lambda _: stream(chunk("He wants it"), chunk(".</think>Paris."), STOP)
    await life.ask()
    client = open_chat_client(life.wire.base_url, "k", PATIENCE)
    habits = Habits(MODEL, Notebook(life.memory, client.base_url, ()), today=lambda: life.now)
    async with closing(ChatBackend(client, MODEL, habits)) as backend:
        asked = await Talk(backend, LIMITED).ask("Where?", live=True)
    assert asked.written == "Paris."


async def test_a_server_that_refuses_nothing_leaves_nothing(life: Life) -> None:
    life.wire.answer = lambda _: stream(chunk("Paris."), STOP)
    await life.ask()
    assert life.memory.kept == {}
    assert life.memory.looks == 1


@pytest.mark.parametrize("kept", ["", "[]", "{", '{"since": "x"}', '{"since": 1e9}', "null"])
async def test_what_cannot_be_read_is_learnt_anew(life: Life, kept: str) -> None:
    await life.ask()
    (name,) = life.memory.kept
    life.memory.kept[name] = kept
    assert len(await life.ask()) == 2
    assert len(await life.ask()) == 1


async def test_a_memory_that_fails_costs_no_answer(life: Life) -> None:
    life.memory.failures = 1
    assert len(await life.ask()) == 2
    assert len(await life.ask()) == 2  # nothing was kept
    assert len(await life.ask()) == 1


async def test_no_secret_of_an_address_is_kept() -> None:
    memory = FakeMemory()
    client = open_chat_client("http://ada:secret@127.0.0.1:1/v1?key=hidden", "k", PATIENCE)
    learned = Learned(1.0, is_blind=True)
    await Notebook(memory, client.base_url, ("sk-hidden",)).keep("m", learned, 1.0)
    await client.close()
    assert "127.0.0.1" in str(memory.kept)
    assert "secret" not in str(memory.kept)
    assert "hidden" not in str(memory.kept)


async def test_a_background_stream_that_is_refused_is_kept(life: Life) -> None:
    client = open_chat_client(life.wire.base_url, "k", PATIENCE)
    habits = Habits(MODEL, Notebook(life.memory, client.base_url, ()), today=lambda: life.now)
    habits.of(LIMITED).left_out.add("stream")
    backend = ResponsesBackend(client, MODEL, PACE, habits)
    life.wire.answer = lambda _: as_json(finished_response("Paris."))
    async with closing(backend):
        await Talk(backend, LIMITED).ask("Where?", live=True)
    assert "stream" in str(life.memory.kept)


async def test_what_two_processes_learn_at_the_same_time_is_kept_together(life: Life) -> None:
    notebook = Notebook(life.memory, URL("http://127.0.0.1/v1"), ())
    first = Learned(life.now, {"stream"}, room=900, size=4096)
    second = Learned(life.now - 60, {"store"}, room=1200, size=4096, is_blind=True)
    await asyncio.gather(*(notebook.keep("m", one, life.now) for one in (first, second)))
    kept = await notebook.take("m")
    assert kept
    both = Learned(life.now - 60, {"store", "stream"}, 900, 4096, is_blind=True)
    assert kept == replace(both, kept=kept.kept)


async def test_of_another_context_the_room_of_who_writes_last_is_kept(life: Life) -> None:
    notebook = Notebook(life.memory, URL("http://127.0.0.1/v1"), ())
    await notebook.keep("m", Learned(life.now, {"stream"}, room=900, size=2048), life.now)
    await notebook.keep("m", Learned(life.now, room=7000, size=8192), life.now)
    kept = await notebook.take("m")
    assert kept
    assert (kept.room, kept.size, kept.left_out) == (7000, 8192, {"stream"})


async def test_what_another_wrote_more_than_a_week_ago_is_not_taken_over(life: Life) -> None:
    notebook = Notebook(life.memory, URL("http://127.0.0.1/v1"), ())
    await notebook.keep("m", Learned(life.now - WEEK, {"stream"}), life.now)
    await notebook.keep("m", Learned(life.now, {"store"}), life.now)
    kept = await notebook.take("m")
    assert kept
    assert kept.left_out == {"store"}


async def test_a_learnt_room_is_forgotten_when_the_list_of_models_tells_another(
    life: Life,
) -> None:
    def telling(size: int) -> None:
        life.wire.models = as_json({"data": [{"id": MODEL, "max_model_len": size}]})

    life.wire.answer = lambda _: stream(chunk("Paris."), STOP)
    history = tuple(Exchange(f"question {n}", "an answer " * 200) for n in range(12))
    sizes = []
    for size in (2048, 8192, 2048):
        telling(size)
        (sent,) = await life.ask(exchanges=history)
        sizes.append(sum(len(message["content"]) for message in sent["messages"]))
    assert sizes[0] == sizes[2] < sizes[1] / 2
