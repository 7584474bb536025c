"""What a server says of its models' contexts bounds what is sent along, before it has to refuse."""

from typing import Any

import pytest

from bot.backends.clients import open_chat_client
from bot.backends.contexts import Contexts
from bot.backends.learned import Learned
from bot.core.assistants import Assistant
from bot.core.prompts import Exchange
from bot.core.text import estimate_tokens
from tests.fakes import JSON
from tests.fakes.openai_talk import MODEL, Talk
from tests.fakes.openai_wire import WireServer, as_json
from tests.patience import PATIENCE

HISTORY = [Exchange(f"question {n}", "an answer " * 200) for n in range(12)]


def _sent(body: JSON) -> int:
    return sum(estimate_tokens(message["content"]) for message in body["messages"])


SAID: list[JSON] = [
    {"max_model_len": 2048},
    {"context_length": 131072, "top_provider": {"context_length": 2048}},
    {"context_window": 2048},
    {"meta": {"n_ctx": 2048, "n_ctx_train": 32768}},
]


@pytest.mark.parametrize("said", SAID, ids="/".join)
async def test_the_first_long_question_fits(wire: WireServer, talk: Talk, said: JSON) -> None:
    wire.models = as_json({"data": [{"id": "other", "max_model_len": 512}, {"id": MODEL, **said}]})
    talk.exchanges = list(HISTORY)
    await talk.ask("Where?", live=True)
    assert 500 < _sent(wire.sent[0]) < 2048 * 3 // 4


async def test_llama_cpp_says_it_elsewhere(wire: WireServer, talk: Talk) -> None:
    entry = {"id": MODEL, "owned_by": "llamacpp", "meta": {"n_ctx_train": 32768}}
    settings = {"default_generation_settings": {"n_ctx": 2048}}
    wire.models = as_json({"data": [entry], **settings})  # the same for each address
    talk.exchanges = list(HISTORY)
    await talk.ask("Where?", live=True)
    assert _sent(wire.sent[0]) < 2048


@pytest.mark.parametrize(
    "models",
    [{"data": [{"id": MODEL}]}, {"data": 7}, {"error": "no"}, [{"id": MODEL, "n_ctx": True}]],
)
async def test_a_server_that_does_not_say_it_is_sent_what_was_set(
    wire: WireServer, talk: Talk, models: Any
) -> None:
    wire.models = as_json(models)
    talk.exchanges, talk.assistant = list(HISTORY), Assistant(history_tokens=3000)
    await talk.ask("Where?", live=True)
    assert 2000 < _sent(wire.sent[0]) <= 3100


async def test_a_server_started_anew_is_asked_again_after_an_hour(wire: WireServer) -> None:
    now, learned = 0.0, Learned(0.0)
    client = open_chat_client(wire.base_url, "k", PATIENCE)
    contexts = Contexts(client, MODEL, lambda: now)
    found = []
    for now, size in ((0.0, 2048), (10.0, 8192), (3700.0, 8192)):  # noqa: B007
        wire.models = as_json({"data": [{"id": MODEL, "max_model_len": size}]})
        await contexts.heed(Assistant(), learned)
        found.append(learned.size)
    await client.close()
    assert found == [2048, 2048, 8192]
