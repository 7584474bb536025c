"""Thoughts that a server sealed go back to it with their calls, and are kept nowhere."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.backends.clients import open_chat_client
from bot.backends.foreground import ForegroundBackend
from bot.core.tools import Tool
from tests.fakes import JSON
from tests.fakes.openai_talk import MODEL, Talk, closing
from tests.fakes.openai_wire import (
    Answering,
    Say,
    WireServer,
    as_json,
    events,
    finished_response,
    refusal,
)
from tests.patience import PATIENCE

LOOK = Tool(name="look", description="Look.")
NO_SEALS = refusal(400, "Encrypted content is not supported with this model.", param="include")


def thought(number: int, **extra: Any) -> JSON:
    sealed = {"type": "reasoning", "id": f"rs_{number}", "encrypted_content": f"gAAA{number}"}
    return {**sealed, "summary": [], "status": None, "content": None, **extra}


def call(number: int) -> JSON:
    made = {"type": "function_call", "id": f"fc_{number}", "call_id": f"c{number}"}
    return {**made, "name": "look", "arguments": "{}", "status": "completed"}


def ending_in(*items: JSON) -> JSON:
    return {**finished_response(""), "output": [*items]}


@pytest.fixture
async def talk(wire: WireServer) -> AsyncIterator[Talk]:
    client = open_chat_client(wire.base_url, "k", PATIENCE)
    async with closing(ForegroundBackend(client, MODEL)) as backend:
        yield Talk(backend, tools=(LOOK,))


def _calling(*items: JSON) -> Answering:
    def answer(body: JSON) -> Say:
        is_done = any(one.get("type") == "function_call_output" for one in body["input"])
        return as_json(finished_response("Done.") if is_done else ending_in(*items))

    return answer


async def test_what_was_sealed_stands_before_its_call_when_it_goes_back(
    wire: WireServer, talk: Talk
) -> None:
    wire.answer = _calling(thought(1), call(1), thought(2), call(2))
    await talk.ask("Look!")
    first, second = wire.sent
    assert (first["store"], first["include"]) == (False, ["reasoning.encrypted_content"])
    told = [one.get("id") or one.get("call_id") for one in second["input"][1:]]
    assert told == ["rs_1", "c1", "rs_2", "c2", "c1", "c2"]
    assert second["input"][1] == {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [],
        "encrypted_content": "gAAA1",
    }


async def test_it_is_taken_out_of_a_stream_whose_end_does_not_repeat_it(
    wire: WireServer, talk: Talk
) -> None:
    def answer(body: JSON) -> Say:
        if any(one.get("type") == "function_call_output" for one in body["input"]):
            return as_json(finished_response("Done."))
        done = [
            {"type": "response.output_item.done", "item": item} for item in (thought(1), call(1))
        ]
        return events(*done, {"type": "response.completed", "response": ending_in()})

    wire.answer = answer
    await talk.ask("Look!", live=True)
    assert [one.get("type") for one in wire.sent[1]["input"][1:]] == [
        "reasoning",
        "function_call",
        "function_call_output",
    ]


@pytest.mark.parametrize("sealed", [None, "", 7, {}])
async def test_thoughts_without_a_seal_are_not_sent_back(
    wire: WireServer, talk: Talk, sealed: object
) -> None:
    wire.answer = _calling(thought(1, encrypted_content=sealed), call(1))
    await talk.ask("Look!")
    assert "reasoning" not in [one.get("type") for one in wire.sent[1]["input"]]


async def test_a_model_that_seals_nothing_is_asked_without_and_once(
    wire: WireServer, talk: Talk
) -> None:
    calling = _calling(call(1))
    wire.answer = lambda body: NO_SEALS if body.get("include") else calling(body)
    for _ in range(2):
        await talk.ask("Look!")
    assert ["include" in body for body in wire.sent] == [True, False, False, False, False]


async def test_a_seal_that_is_not_known_any_more_is_left_out(wire: WireServer, talk: Talk) -> None:
    """As behind a relay that asks another server the second time."""

    def answer(body: JSON) -> Say:
        if any(one.get("type") == "reasoning" for one in body["input"]):
            said = "The encrypted content gAAA… could not be verified."
            return refusal(400, said, code="invalid_encrypted_content")
        return _calling(thought(1), call(1))(body)

    wire.answer = answer
    assert (await talk.ask("Look!")).answer


async def test_without_tools_nothing_is_asked_for(wire: WireServer, talk: Talk) -> None:
    talk = replace(talk, tools=())
    wire.answer = lambda _: as_json(finished_response("Paris."))
    await talk.ask("Where?")
    assert "include" not in wire.sent[0]
