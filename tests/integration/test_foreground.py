"""Responses in the foreground: nothing is stored at the server, nothing can be come back to."""

import pytest

from bot.backends.clients import Client
from bot.backends.foreground import ForegroundBackend
from bot.core.answers import RunStarted, TextDelta
from bot.core.assistants import Assistant
from bot.core.errors import OutcomeUnknown
from bot.core.prompts import Exchange
from tests.fakes.openai_server import FakeOpenAI, Fault
from tests.fakes.openai_talk import MODEL, Talk, until

polled_and_live = pytest.mark.parametrize("live", [False, True], ids=["polled", "live"])


@pytest.fixture
def talk(openai_client: Client) -> Talk:
    return Talk(ForegroundBackend(openai_client, MODEL), Assistant(instructions="Be brief."))


@polled_and_live
async def test_nothing_is_stored_there(
    openai_server: FakeOpenAI, talk: Talk, *, live: bool
) -> None:
    await talk.ask("one", live=live)
    await talk.ask("two", live=live)
    assert {seen.path for seen in openai_server.requests} == {"/v1/responses"}
    for run in openai_server.runs:
        assert run.request["store"] is False
        assert not {"conversation", "background", "previous_response_id"} & run.request.keys()
    assert talk.session is None


async def test_the_history_comes_from_us(openai_server: FakeOpenAI, talk: Talk) -> None:
    talk.exchanges += [Exchange("one", "first"), Exchange("two", "second")]
    await talk.ask("three")
    sent = openai_server.runs[0].request
    assert sent["instructions"] == "Be brief."
    assert [item["content"] for item in sent["input"]] == [
        *("one", "first", "two", "second"),
        "three",
    ]


@polled_and_live
async def test_a_history_that_is_too_long_is_trimmed(
    openai_server: FakeOpenAI, talk: Talk, *, live: bool
) -> None:
    openai_server.context_chars = 100
    talk.exchanges += [Exchange("x" * 40, "a") for _ in range(5)]
    assert (await talk.ask("now", live=live)).answer
    openai_server.next_run(status="failed", error_code="context_length_exceeded")
    assert (await talk.ask("now", live=live)).answer


@polled_and_live
async def test_no_run_is_named_that_could_not_be_found_again(
    openai_server: FakeOpenAI, talk: Talk, *, live: bool
) -> None:
    openai_server.fail("POST", "/responses", Fault(cut_after=5) if live else Fault.dropped_after())
    asked = talk.asking("one two three", live=live)
    with pytest.raises(OutcomeUnknown):
        await asked.go()
    assert asked.run is None
    assert (await asked.go()).text == "You said: one two three"
    assert not any(isinstance(event, RunStarted) for event in asked.events)
    assert asked.run == openai_server.runs[-1].id  # to be shown, once it has ended


async def test_commentary_and_refusals_are_as_in_the_background(
    openai_server: FakeOpenAI, talk: Talk
) -> None:
    openai_server.next_run(commentary="Let me see.")
    assert (await talk.ask("Hi", live=True)).written == "You said: Hi"
    openai_server.next_run(refusal="No.")
    assert (await talk.ask("Hi", live=True)).written == "No."


async def test_each_status_is_told_once(talk: Talk) -> None:
    assert (await talk.ask("Hi", live=True)).statuses == ["thinking", "writing"]


async def test_closing_the_stream_ends_the_computation(
    openai_server: FakeOpenAI, talk: Talk
) -> None:
    openai_server.hold()
    await talk.asking("one two three", live=True).go_until(TextDelta)
    await until(lambda: openai_server.runs[0].status == "cancelled")
