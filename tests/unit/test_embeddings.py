"""Vectors by a server that speaks OpenAI's language, and the command that has them made."""

import json
from collections.abc import AsyncIterator

import pytest

from bot.backends.clients import open_client
from bot.backends.embeddings import OpenAIEmbedder
from bot.core.errors import BotError, OutcomeUnknown, Refusal
from bot.rules.vectors import likeness, packed, signs
from tests.fakes.openai_server import FakeOpenAI, Fault


@pytest.fixture
async def server() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI() as server:
        yield server


@pytest.fixture
async def embedder(server: FakeOpenAI) -> AsyncIterator[OpenAIEmbedder]:
    embedder = OpenAIEmbedder(open_client(server.base_url, "key", 10.0), "small", 0.35)
    yield embedder
    await embedder.close()


async def test_what_means_the_same_lies_together(
    server: FakeOpenAI, embedder: OpenAIEmbedder
) -> None:
    server.meanings = {"overdue": "late"}
    late, overdue, exam = map(packed, await embedder.vectors_of(["late", "overdue", "exam"]))
    assert likeness(late, overdue) == pytest.approx(1.0)
    assert abs(likeness(late, exam)) < 0.5


def shaped(*data: object) -> str:
    return json.dumps({"object": "list", "data": data, "model": "small"})


async def test_each_vector_is_of_the_text_it_says(
    server: FakeOpenAI, embedder: OpenAIEmbedder
) -> None:
    body = shaped({"index": 1, "embedding": [0.0, 2.0]}, {"index": 0, "embedding": [1, 0]})
    server.fail("POST", r"/embeddings$", Fault(status=200, body=body), times=1)
    assert await embedder.vectors_of(["a", "b"]) == [[1, 0], [0.0, 2.0]]


@pytest.mark.parametrize(
    "data",
    [[], [{"index": 0}], [{"embedding": []}], [{"embedding": ["x"]}], [{"embedding": [1e999]}],
     [{"embedding": None}], [None], [{"embedding": [1]}, {"embedding": [1]}]],
)  # fmt: skip
async def test_what_is_no_vector_is_not_taken_for_one(
    server: FakeOpenAI, embedder: OpenAIEmbedder, data: list[object]
) -> None:
    server.fail("POST", r"/embeddings$", Fault(status=200, body=shaped(*data)), times=1)
    with pytest.raises(OutcomeUnknown):
        await embedder.vectors_of(["a"])


async def test_what_fails_says_whether_to_ask_again(
    server: FakeOpenAI, embedder: OpenAIEmbedder
) -> None:
    with pytest.raises(Refusal):
        await embedder.vectors_of(["unspeakable"])
    for fault in (Fault(status=503), Fault.html(), Fault.rate_limited()):
        server.fail("POST", r"/embeddings$", fault, times=1)
        with pytest.raises(BotError) as raised:
            await embedder.vectors_of(["a"])
        assert "key" not in str(raised.value)


def test_vectors_of_any_length_and_size_are_packed() -> None:
    assert likeness(packed([0.0, 0.0]), packed([1.0, 0.0])) == 0.0
    assert likeness(packed([1.0]), packed([1.0, 2.0])) == 0.0
    assert likeness(packed([1e-9, 1e-9]), packed([5.0, 5.0])) == pytest.approx(1.0)
    assert likeness(packed([1.0, -1.0]), packed([-1.0, 1.0])) == pytest.approx(-1.0)
    assert [signs(one) for one in ([], [1.0], [-1.0] * 9, [0.5] * 8)] == ["0", "80", "0000", "ff"]
