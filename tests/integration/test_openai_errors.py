"""What goes wrong between us and the model's server: how often it is asked, and what is told."""

from typing import Any

import pytest

from bot.backends.clients import Client
from bot.core.errors import (
    BackendRefused,
    BackendUnavailable,
    BotError,
    ContextTooLong,
    OutcomeUnknown,
    TransientError,
)
from tests.fakes.openai_server import FakeOpenAI, Fault
from tests.fakes.openai_talk import BACKENDS, KEY, Talk

pytestmark = pytest.mark.filterwarnings("ignore:The Assistants API:DeprecationWarning")

STARTING = r"/(responses|chat/completions|runs)$"
WORDS = "my private words"
every_backend = pytest.mark.parametrize("name", BACKENDS)
polled_and_live = pytest.mark.parametrize("live", [False, True], ids=["polled", "live"])


def _starts(server: FakeOpenAI) -> list[Any]:
    ends = ("/responses", "/completions", "/runs")
    return [r for r in server.requests if r.method == "POST" and r.path.endswith(ends)]


async def _error_of(talk: Talk, *, live: bool = False) -> BotError:
    with pytest.raises(BotError) as caught:
        await talk.ask(WORDS, live=live)
    error = caught.value
    assert WORDS not in error.notice
    assert KEY not in error.notice + str(error)
    assert error.notice.endswith(".")
    return error


@every_backend
async def test_a_wrong_key_is_the_operators_to_mend(
    openai_server: FakeOpenAI, openai_client: Client, name: str
) -> None:
    openai_server.api_key = "another"
    error = await _error_of(Talk(BACKENDS[name](openai_client)))
    assert isinstance(error, BackendRefused)
    assert "key" in error.notice


@every_backend
async def test_an_unknown_model_is_named_as_the_reason(
    openai_server: FakeOpenAI, openai_client: Client, name: str
) -> None:
    openai_server.models = ["another"]
    error = await _error_of(Talk(BACKENDS[name](openai_client)))
    assert isinstance(error, BackendRefused)
    assert "does not know the model" in error.notice


@pytest.mark.parametrize("fault", [Fault.quota_exceeded(), Fault(status=402)], ids=["429", "402"])
@every_backend
async def test_no_credit_is_no_reason_to_wait(
    openai_server: FakeOpenAI, openai_client: Client, name: str, fault: Fault
) -> None:
    openai_server.fail("POST", STARTING, fault)
    error = await _error_of(Talk(BACKENDS[name](openai_client)))
    assert isinstance(error, BackendRefused)
    assert "no credit" in error.notice
    assert len(_starts(openai_server)) == 1


@pytest.mark.parametrize("wait", [None, 7.0, 300.0])
@every_backend
async def test_a_rate_limit_is_waited_out_as_long_as_the_server_says(
    openai_server: FakeOpenAI, openai_client: Client, name: str, wait: float | None
) -> None:
    openai_server.fail("POST", STARTING, Fault.rate_limited(wait))
    talk = Talk(BACKENDS[name](openai_client))
    asked = talk.asking(WORDS)
    with pytest.raises(TransientError) as caught:
        await asked.go()
    assert caught.value.retry_after == wait
    assert "busy" in caught.value.notice
    assert len(_starts(openai_server)) == 1
    assert (await asked.go()).text == f"You said: {WORDS}"
    assert len(openai_server.runs) == 1


@pytest.mark.parametrize("wait", ["soon", "inf", "nan", ""])
async def test_a_wait_that_is_no_number_is_ours_to_choose(
    openai_server: FakeOpenAI, openai_client: Client, wait: str
) -> None:
    openai_server.fail("POST", STARTING, Fault(status=429, headers={"Retry-After": wait}))
    error = await _error_of(Talk(BACKENDS["chat"](openai_client)))
    assert isinstance(error, BackendUnavailable)
    assert error.retry_after is None


@every_backend
async def test_a_refused_connection_was_certainly_not_a_run(
    openai_server: FakeOpenAI, openai_client: Client, name: str
) -> None:
    await openai_server.stop()
    error = await _error_of(Talk(BACKENDS[name](openai_client.with_options(max_retries=0))))
    assert isinstance(error, BackendUnavailable)


@pytest.mark.parametrize(
    "fault",
    [
        *(Fault(status=status) for status in (408, 409, 500, 503)),
        *(Fault.html(502), Fault.html(), Fault.broken_json()),
        *(Fault(status=200, body="{}"), Fault(status=200, body="[]"), Fault(status=200, body='""')),
        *(Fault.dropped_before(), Fault.dropped_after(), Fault.stalled()),
    ],
    ids=lambda fault: f"{fault.status}{fault.body or fault.drop or ''}"[:12],
)
@polled_and_live
@every_backend
async def test_an_unclear_outcome_is_called_that_and_nothing_is_sent_twice(
    openai_server: FakeOpenAI, impatient: Client, name: str, fault: Fault, *, live: bool
) -> None:
    openai_server.fail("POST", STARTING, fault, times=9)
    error = await _error_of(Talk(BACKENDS[name](impatient)), live=live)
    assert isinstance(error, OutcomeUnknown)
    assert len(_starts(openai_server)) == 1


@pytest.mark.parametrize("status", [400, 404, 413, 422])
@every_backend
async def test_what_is_refused_is_told_and_not_asked_again(
    openai_server: FakeOpenAI, openai_client: Client, name: str, status: int
) -> None:
    openai_server.fail("POST", STARTING, Fault(status=status, message=f"No: {WORDS} {KEY}"))
    with pytest.raises(BotError) as caught:
        await Talk(BACKENDS[name](openai_client)).ask(WORDS)
    assert WORDS not in caught.value.notice
    assert KEY not in caught.value.notice
    assert len(_starts(openai_server)) == 1
    if status != 404:
        assert isinstance(caught.value, BackendRefused)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=400, code="context_length_exceeded"),
        Fault(status=400, type="exceed_context_size_error"),
        Fault(status=400, message="This model's maximum context length is 8 tokens."),
        Fault(status=400, message="Your input exceeds the context window of this model."),
    ],
    ids=["OpenAI", "llama.cpp", "words", "other words"],
)
@every_backend
async def test_too_much_text_is_understood_from_code_type_or_words(
    openai_server: FakeOpenAI, openai_client: Client, name: str, fault: Fault
) -> None:
    openai_server.fail("POST", STARTING, fault)
    assert isinstance(await _error_of(Talk(BACKENDS[name](openai_client))), ContextTooLong)


@pytest.mark.parametrize("name", ["foreground", "chat"])
async def test_a_stream_that_breaks_off_is_begun_again(
    openai_server: FakeOpenAI, openai_client: Client, name: str
) -> None:
    openai_server.fail("POST", STARTING, Fault(cut_after=4))
    asked = Talk(BACKENDS[name](openai_client)).asking("one two three", live=True)
    with pytest.raises(OutcomeUnknown):
        await asked.go()
    assert (await asked.go()).text == "You said: one two three"


@pytest.mark.parametrize("name", ["responses", "foreground", "chat"])
async def test_an_error_inside_a_stream_is_no_answer(
    openai_server: FakeOpenAI, openai_client: Client, name: str
) -> None:
    event = 'event: error\ndata: {"type": "error", "code": "server_error", "message": "No."}\n\n'
    fault = Fault(status=200, body=event, content_type="text/event-stream")
    openai_server.fail("POST", STARTING, fault)
    error = await _error_of(Talk(BACKENDS[name](openai_client)), live=True)
    assert isinstance(error, OutcomeUnknown)
