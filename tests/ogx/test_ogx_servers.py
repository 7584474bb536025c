"""What the servers of this folder really do, as far as the product relies on it.

The model is tiny: its words mean nothing, so only states, order and ids are looked at.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import openai
import pytest
import pytest_asyncio
from openai.types.conversations import ConversationItem, Message
from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseCreatedEvent,
    ResponseIncompleteEvent,
)

from tests.ogx.servers import OGX_MODEL, embedded_llama, ogx, why_no_ogx
from tests.patience import PATIENCE

pytestmark = [
    pytest.mark.skipif(why_no_ogx() is not None, reason=str(why_no_ogx())),
    pytest.mark.asyncio(loop_scope="module"),
]
ANSWERED = {"completed", "incomplete"}  # incomplete: as many tokens as were allowed


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def llama() -> AsyncIterator[tuple[str, str]]:
    async with embedded_llama() as (base_url, api_key, _):
        yield base_url, api_key


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(
    llama: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[openai.AsyncOpenAI]:
    async with ogx(*llama, tmp_path_factory.mktemp("ogx")) as base_url, _client(base_url) as sdk:
        yield sdk


def _client(base_url: str) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=base_url, api_key="unused", max_retries=0, timeout=30)


async def _start(
    client: openai.AsyncOpenAI, conversation: str, text: str, tokens: int = 16
) -> Response:
    return await client.responses.create(
        model=OGX_MODEL,
        input=text,
        conversation=conversation,
        background=True,
        max_output_tokens=tokens,
    )


async def _finish(client: openai.AsyncOpenAI, response: Response) -> Response:
    async with asyncio.timeout(PATIENCE):
        while response.status in {"queued", "in_progress"}:
            await asyncio.sleep(0.05)
            response = await client.responses.retrieve(response.id)
    return response


async def _turn(client: openai.AsyncOpenAI, conversation: str, text: str) -> Response:
    return await _finish(client, await _start(client, conversation, text))


async def _items(
    client: openai.AsyncOpenAI, conversation: str, count: int = 0
) -> list[ConversationItem]:
    """The items, as soon as there are `count`: a run's come a moment after it has ended."""
    async with asyncio.timeout(PATIENCE):
        while True:
            listed = client.conversations.items.list(conversation, order="asc")
            items = [item async for item in listed]
            if len(items) >= count:
                return items
            await asyncio.sleep(0.05)


def _roles(items: list[ConversationItem]) -> list[str]:
    return [item.role for item in items if isinstance(item, Message)]


async def test_background_response_is_polled_to_its_end(client: openai.AsyncOpenAI) -> None:
    conversation = (await client.conversations.create()).id
    started = await _start(client, conversation, "Hello")
    assert started.status in {"queued", "in_progress"}
    finished = await _finish(client, started)
    assert finished.id == started.id
    assert finished.status in ANSWERED
    assert [item.type for item in finished.output] == ["message"]
    assert finished.usage is not None


async def test_background_response_is_cancelled_for_good(client: openai.AsyncOpenAI) -> None:
    conversation = (await client.conversations.create()).id
    started = await _start(client, conversation, "Tell me a very long story.", tokens=2000)
    cancelled = await client.responses.cancel(started.id)
    assert (cancelled.id, cancelled.status) == (started.id, "cancelled")
    # The next turn shows that the cancelled one holds nothing up and leaves nothing behind.
    assert (await _turn(client, conversation, "Hello")).status in ANSWERED
    assert (await client.responses.retrieve(started.id)).status == "cancelled"
    assert _roles(await _items(client, conversation, 2)) == ["user", "assistant"]


async def test_cancelling_a_finished_response_is_a_conflict(client: openai.AsyncOpenAI) -> None:
    conversation = (await client.conversations.create()).id
    finished = await _turn(client, conversation, "Hello")
    with pytest.raises(openai.ConflictError):
        await client.responses.cancel(finished.id)


async def test_streamed_retrieval_yields_nothing_at_all(client: openai.AsyncOpenAI) -> None:
    """OGX ignores `stream` here and answers with JSON, in which the SDK finds no event."""
    conversation = (await client.conversations.create()).id
    started = await _start(client, conversation, "Hello")
    for response in (started, await _finish(client, started)):
        async with await client.responses.retrieve(response.id, stream=True) as stream:
            assert stream.response.status_code == 200
            assert stream.response.headers["content-type"] == "application/json"
            assert [event async for event in stream] == []


async def test_background_and_stream_together_are_refused(client: openai.AsyncOpenAI) -> None:
    conversation = (await client.conversations.create()).id
    with pytest.raises(openai.BadRequestError) as refused:
        await client.responses.create(
            model=OGX_MODEL, input="Hello", conversation=conversation, background=True, stream=True
        )
    assert refused.value.code is None
    assert refused.value.body == {
        "detail": "OGX does not yet support 'stream' and 'background' together."
    }
    assert await _items(client, conversation) == []


async def test_foreground_stream_has_its_response_id_first(client: openai.AsyncOpenAI) -> None:
    stream = await client.responses.create(
        model=OGX_MODEL, input="Hello", max_output_tokens=16, stream=True
    )
    async with stream:
        events = [event async for event in stream]
    first, last = events[0], events[-1]
    assert isinstance(first, ResponseCreatedEvent)
    assert isinstance(last, ResponseCompletedEvent | ResponseIncompleteEvent)
    assert first.response.id == last.response.id
    numbers = [event.sequence_number for event in events]
    assert numbers == sorted(set(numbers))


async def test_two_turns_leave_four_items_in_order(client: openai.AsyncOpenAI) -> None:
    conversation = (await client.conversations.create()).id
    for count, text in ((2, "My name is Ada."), (4, "What is my name?")):
        assert (await _turn(client, conversation, text)).status in ANSWERED
        items = await _items(client, conversation, count)
    assert _roles(items) == ["user", "assistant", "user", "assistant"]
    assert len({item.id for item in items}) == 4
    questions = [item.content[0] for item in items[::2] if isinstance(item, Message)]
    assert [getattr(part, "text", None) for part in questions] == [
        "My name is Ada.",
        "What is my name?",
    ]


async def test_conversation_survives_a_restart(llama: tuple[str, str], tmp_path: Path) -> None:
    async with ogx(*llama, tmp_path) as before, _client(before) as client:
        conversation = (await client.conversations.create()).id
        response = await _turn(client, conversation, "Hello")
        items = await _items(client, conversation, 2)
    async with ogx(*llama, tmp_path) as after, _client(after) as client:
        assert after == before
        assert (await client.responses.retrieve(response.id)).status == response.status
        assert await _items(client, conversation) == items
        await _turn(client, conversation, "Hello again")
        later = await _items(client, conversation, 4)
    assert later[: len(items)] == items
    assert _roles(later) == ["user", "assistant", "user", "assistant"]
