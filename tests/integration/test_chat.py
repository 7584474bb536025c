"""Chat Completions: the history is ours, and nothing is kept anywhere else."""

from dataclasses import replace
from typing import Any

import pytest

from bot.backends.chat import ChatBackend
from bot.backends.clients import Client
from bot.core.answers import TextDelta
from bot.core.assistants import Assistant
from bot.core.errors import BackendRefused, ContextTooLong
from bot.core.prompts import Exchange
from tests.fakes import text_of
from tests.fakes.openai_server import FakeOpenAI, Fault
from tests.fakes.openai_shapes import SHAPES
from tests.fakes.openai_talk import KEY, MODEL, Talk, until

polled_and_live = pytest.mark.parametrize("live", [False, True], ids=["polled", "live"])


@pytest.fixture
def talk(openai_client: Client) -> Talk:
    return Talk(ChatBackend(openai_client, MODEL), Assistant(instructions="Be brief."))


def _sent(server: FakeOpenAI) -> list[Any]:
    return [message["content"] for message in server.runs[-1].request["messages"]]


@polled_and_live
async def test_instructions_history_and_message_are_sent_in_order(
    openai_server: FakeOpenAI, talk: Talk, *, live: bool
) -> None:
    await talk.ask("one", live=live)
    await talk.ask("two", live=live)
    assert _sent(openai_server) == ["Be brief.", "one", "You said: one", "two"]
    paths = {seen.path for seen in openai_server.requests}
    assert paths == {"/v1/chat/completions"}


async def test_the_budget_keeps_the_instructions_and_the_newest(
    openai_server: FakeOpenAI, talk: Talk
) -> None:
    talk.exchanges += [Exchange(f"q{n} {'x' * 400}", "a") for n in range(20)]
    talk.assistant = Assistant(instructions="Be brief.", history_tokens=1000)
    await talk.ask("now")
    sent = _sent(openai_server)
    assert sent[0] == "Be brief."
    assert sent[-1] == "now"
    assert sent[-3].startswith("q19 ")
    assert 5 < len(sent) < 25
    talk.assistant = Assistant(history_tokens=0)
    await talk.ask("alone")
    assert len(_sent(openai_server)) == 2


@pytest.mark.parametrize("words", ["openai", "llama.cpp"])
@polled_and_live
async def test_a_history_that_is_too_long_is_trimmed_until_it_fits(
    openai_server: FakeOpenAI, talk: Talk, words: Any, *, live: bool
) -> None:
    openai_server.overflow, openai_server.context_chars = words, 200
    talk.exchanges += [Exchange(f"question {n} " + "x" * 40, "a") for n in range(9)]
    asked = await talk.ask("now", live=live)
    assert asked.answer is not None
    assert asked.answer.text == "You said: now"
    assert "question 8" in text_of(_sent(openai_server))
    assert len(openai_server.runs) == 1


async def test_a_message_that_is_too_long_alone_is_told_so(
    openai_server: FakeOpenAI, talk: Talk
) -> None:
    openai_server.context_chars = 100
    talk.exchanges.append(Exchange("q", "a"))
    with pytest.raises(ContextTooLong):
        await talk.ask("x" * 200)
    assert openai_server.runs == []


async def test_a_live_answer_comes_word_by_word(talk: Talk) -> None:
    asked = await talk.ask("one two three", live=True)
    assert asked.answer is not None
    assert asked.written == asked.answer.text
    assert sum(isinstance(event, TextDelta) for event in asked.events) > 2
    assert asked.statuses == ["thinking", "writing"]


@pytest.mark.parametrize("shape", SHAPES)
async def test_a_live_answer_reads_the_same_in_every_shape(
    openai_server: FakeOpenAI, talk: Talk, shape: str
) -> None:
    openai_server.fail("POST", "/chat/", Fault(shape=shape))
    asked = await talk.ask("one two", live=True)
    assert asked.answer is not None
    assert asked.written == asked.answer.text == "You said: one two"


@polled_and_live
async def test_a_refusal_is_the_answer(
    openai_server: FakeOpenAI, talk: Talk, *, live: bool
) -> None:
    openai_server.next_run(refusal="I would rather not.")
    asked = await talk.ask("Hi", live=live)
    assert asked.answer is not None
    assert asked.answer.text == "I would rather not."


@polled_and_live
@pytest.mark.parametrize(
    ("reason", "note"),
    [("max_output_tokens", "cut off at its length limit"), ("content_filter", "blocked the rest")],
)
async def test_an_incomplete_answer_says_why(
    openai_server: FakeOpenAI, talk: Talk, reason: str, note: str, *, live: bool
) -> None:
    openai_server.next_run(status="incomplete", incomplete_reason=reason)
    asked = await talk.ask("Hi", live=live)
    assert asked.answer is not None
    assert asked.answer.text.startswith("You said: Hi\n\n*(")
    assert note in asked.answer.text
    assert asked.answer.words == "You said: Hi"


@polled_and_live
async def test_an_empty_answer_is_no_answer(
    openai_server: FakeOpenAI, talk: Talk, *, live: bool
) -> None:
    openai_server.answer = lambda _: ""
    with pytest.raises(BackendRefused) as caught:
        await talk.ask("Hi", live=live)
    assert "no answer" in caught.value.notice


@polled_and_live
@pytest.mark.parametrize("told", ["none", "without details"])
async def test_usage_may_be_missing(
    openai_server: FakeOpenAI, talk: Talk, told: str, *, live: bool
) -> None:
    openai_server.next_run(usage=told)
    answer = (await talk.ask("Hi", live=live)).answer
    assert answer is not None
    assert (answer.usage is None) == (told == "none")


async def test_usage_says_what_was_history_and_what_was_cached(talk: Talk) -> None:
    await talk.ask("a" * 400)
    answer = (await talk.ask("b" * 400)).answer
    assert answer is not None
    assert answer.usage is not None
    assert 0 < answer.usage.history_tokens < answer.usage.input_tokens
    assert answer.usage.cached_tokens > 0


async def test_closing_the_stream_ends_the_computation(
    openai_server: FakeOpenAI, talk: Talk
) -> None:
    openai_server.hold()
    await talk.asking("one two three", live=True).go_until(TextDelta)
    await until(lambda: openai_server.runs[0].status == "cancelled")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://api.openai.com/v1", "max_completion_tokens"),
        ("https://school.openai.azure.com/openai/v1", "max_completion_tokens"),
        ("http://127.0.0.1:11434/v1", "max_tokens"),
    ],
)
async def test_the_limit_has_the_name_its_server_knows(talk: Talk, url: str, name: str) -> None:
    async with Client(base_url=url, api_key=KEY) as client:
        backend = ChatBackend(client, MODEL)
        asking = talk.asking("Hi")
        prompt = replace(asking.prompt(), assistant=Assistant(max_output_tokens=99, top_p=0.5))
        request = backend._request(prompt, [])
    assert request[name] == 99
    assert request["top_p"] == 0.5
    assert not {"max_tokens", "max_completion_tokens"} - {name} & set(request)


async def test_a_check_names_the_models_there_are(
    openai_server: FakeOpenAI, openai_client: Client
) -> None:
    openai_server.models = ["small", "large"]
    with pytest.raises(BackendRefused, match="small, large"):
        await ChatBackend(openai_client, MODEL).check()
