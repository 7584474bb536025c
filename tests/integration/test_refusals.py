"""What a server refuses: left out and remembered, shortened and remembered, or told for good."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.backends.chat import ChatBackend
from bot.backends.clients import open_chat_client, open_client
from bot.backends.failures import Unwanted
from bot.backends.foreground import ForegroundBackend
from bot.backends.habits import Habits
from bot.backends.responses import ResponsesBackend
from bot.core.answers import Answer, Finished
from bot.core.assistants import Assistant
from bot.core.errors import BackendRefused, BackendUnavailable, BotError, OutcomeUnknown
from bot.core.files import File
from bot.core.ports.backend import Backend
from bot.core.prompts import Exchange
from tests.fakes import JSON
from tests.fakes.openai_talk import MODEL, Question, Talk, closing
from tests.fakes.openai_wire import (
    STOP,
    Answering,
    Say,
    WireServer,
    as_json,
    chunk,
    finished_response,
    page,
    refusal,
    stream,
    whole,
)
from tests.patience import PATIENCE

HISTORY = [Exchange(f"question {n}", "an answer " * 8) for n in range(8)]
PARIS = stream(chunk("Paris."), STOP)


@pytest.fixture
async def talk(wire: WireServer) -> AsyncIterator[Talk]:
    async with closing(ChatBackend(_client(wire), MODEL)) as backend:
        yield Talk(backend)


def _client(wire: WireServer, key: str | None = "k") -> Any:
    return open_chat_client(wire.base_url, key, PATIENCE)


def _answering(body: JSON) -> Say:
    return PARIS if body.get("stream") else whole("Paris.")


def _refusing(part: str, error: Say) -> Answering:
    return lambda body: error if body.get(part) else _answering(body)


def _no(part: str) -> Say:
    return refusal(400, f"Unsupported parameter: '{part}'.", param=part)


@pytest.mark.parametrize("part", ["stream", "stream_options", "max_tokens"])
async def test_what_it_can_do_without_is_left_out_once_and_remembered(
    wire: WireServer, talk: Talk, part: str
) -> None:
    wire.answer = _refusing(part, _no(part))
    talk.assistant = Assistant(max_output_tokens=600)
    for _ in range(2):
        assert (await talk.ask("Where?", live=True)).answer
    assert [part in body for body in wire.sent] == [True, False, False]


async def test_the_limit_has_another_name_and_then_none(wire: WireServer, talk: Talk) -> None:
    both = ("max_tokens", "max_completion_tokens")
    wire.answer = lambda body: next((_no(p) for p in both if p in body), _answering(body))
    talk.assistant = Assistant(max_output_tokens=600)
    await talk.ask("Where?")
    assert [[p for p in both if p in body] for body in wire.sent] == [[both[0]], [both[1]], []]


async def test_instructions_go_into_the_question_where_there_is_no_system_role(
    wire: WireServer, talk: Talk
) -> None:
    def answer(body: JSON) -> Say:
        has_role = body["messages"][0]["role"] == "system"
        return refusal(400, "System role not supported") if has_role else _answering(body)

    wire.answer = answer
    talk.assistant = Assistant(instructions="Be brief.")
    await talk.ask("Where?")
    assert wire.sent[-1]["messages"] == [{"role": "user", "content": "Be brief.\n\nWhere?"}]


async def test_no_instructions_are_no_message(wire: WireServer, talk: Talk) -> None:
    talk.assistant = Assistant(instructions="")
    wire.answer = _answering
    await talk.ask("Where?")
    assert [message["role"] for message in wire.sent[0]["messages"]] == ["user"]


@pytest.mark.parametrize("part", ["temperature", "top_p"])
async def test_what_the_operator_wished_for_is_refused_by_its_name(
    wire: WireServer, talk: Talk, part: str
) -> None:
    wire.answer = _refusing(part, _no(part))
    talk.assistant = Assistant(temperature=0.3, top_p=0.5)
    with pytest.raises(BackendRefused) as caught:
        await talk.ask("Where?")
    assert f"`{part}`" in caught.value.notice
    assert len(wire.sent) == 1


def test_what_two_were_sending_at_once_is_left_out_for_both() -> None:
    habits, request = Habits(), {"model": MODEL, "tools": [{"type": "function"}], "stream": False}
    for turn in (1, 2):
        habits.leave_out(Unwanted("no tools", "tools"), request, turn)
        finished = habits.told(Finished(Answer("Paris.")), turn)
        assert isinstance(finished, Finished)
        assert finished.answer.text.startswith("Paris.\n\nThe AI service takes no tools")
    with pytest.raises(BackendRefused):
        habits.leave_out(Unwanted("no tools", "tools"), habits.without(request), 1)


PICTURE = File("a.png", "image/png", b"png")


class _Shown(Talk):
    """Each question comes with a picture."""

    def asking(self, text: str, *, live: bool = False) -> Question:
        return _WithPicture(self, text, live)


class _WithPicture(Question):
    def prompt(self) -> Any:
        return replace(super().prompt(), files=(PICTURE,))


@pytest.mark.parametrize(
    "say",
    [
        refusal(500, "image input is not supported - you may need to provide the mmproj"),
        refusal(400, "This model does not support images."),
        refusal(404, "No endpoints found that support image input"),
        refusal(422, "messages.0.content must be a string"),
    ],
    ids=["llama.cpp", "words", "OpenRouter", "text only"],
)
async def test_an_image_for_a_model_that_cannot_see_is_said_so_and_remembered(
    wire: WireServer, talk: Talk, say: Say
) -> None:
    wire.answer = lambda _: say
    for _ in range(2):
        with pytest.raises(BackendRefused) as caught:
            await _Shown(talk.backend).ask("What is this?")
        assert "pictures" in caught.value.notice
    assert len(wire.sent) == 1


FOREIGN = ["prompt is too long: 9 tokens > 8 maximum", "Bitte fassen Sie sich kürzer."]


@pytest.mark.parametrize("status", [400, 413, 422])
@pytest.mark.parametrize("words", FOREIGN)
async def test_what_fitted_is_remembered_so_that_the_next_question_fits_at_once(
    wire: WireServer, talk: Talk, words: str, status: int
) -> None:
    talk.exchanges += HISTORY
    wire.answer = lambda b: refusal(status, words) if len(b["messages"]) > 10 else _answering(b)
    assert (await talk.ask("Where?")).answer
    first = len(wire.sent)
    assert (await talk.ask("And?")).answer
    assert (first, len(wire.sent)) == (2, 3)


async def test_a_refusal_that_stays_without_history_is_believed_and_told_as_the_first(
    wire: WireServer, talk: Talk
) -> None:
    talk.exchanges += HISTORY
    wire.answer = lambda _: refusal(400, "Provider returned error", code="odd")
    with pytest.raises(BackendRefused, match="odd"):
        await talk.ask("Where?")
    assert [len(body["messages"]) for body in wire.sent] == [18, 10, 2]


async def test_without_history_a_refusal_is_believed_at_once(wire: WireServer, talk: Talk) -> None:
    wire.answer = lambda _: refusal(400, "Provider returned error")
    with pytest.raises(BackendRefused):
        await talk.ask("Where?")
    assert len(wire.sent) == 1


async def test_too_long_is_understood_inside_a_stream(wire: WireServer, talk: Talk) -> None:
    error = {"error": {"message": "This model's maximum context length is 9 tokens.", "code": 400}}
    wire.answer = lambda b: stream(error) if len(b["messages"]) > 4 else PARIS
    talk.exchanges += HISTORY
    assert (await talk.ask("Where?", live=True)).answer


async def _failures(question: Question, count: int) -> list[type[BotError]]:
    seen: list[type[BotError]] = []
    for _ in range(count):
        with pytest.raises(BotError) as caught:
            await question.go()
        seen.append(type(caught.value))
    return seen


@pytest.mark.parametrize("live", [False, True], ids=["polled", "live"])
async def test_the_same_words_a_third_time_are_a_refusal(
    wire: WireServer, talk: Talk, *, live: bool
) -> None:
    wire.answer = lambda _: refusal(500, "tensor shapes do not match")
    seen = await _failures(talk.asking("Where?", live=live), 3)
    assert seen == [OutcomeUnknown, OutcomeUnknown, BackendRefused]


async def test_but_not_those_of_another_question_nor_others_in_between(
    wire: WireServer, talk: Talk
) -> None:
    words = iter(["a", "a", "b", "a", "a"])
    wire.answer = lambda _: refusal(500, next(words))
    assert BackendRefused not in await _failures(talk.asking("Where?"), 5)
    wire.answer = lambda _: refusal(500, "a")
    assert BackendRefused not in await _failures(talk.asking("Where?"), 2)


async def test_who_is_told_that_the_server_is_busy_spares_it_the_others(
    wire: WireServer, talk: Talk
) -> None:
    wire.answer = lambda _: as_json({"error": {"message": "Slow."}}, 429, **{"Retry-After": "300"})
    told, other = talk.asking("Where?"), Talk(talk.backend).asking("And I?")
    for _ in range(3):
        with pytest.raises(BackendUnavailable) as caught:
            await other.go() if wire.sent else await told.go()
        assert (caught.value.retry_after or 0) > 290
    assert len(wire.sent) == 1
    wire.answer = _answering
    assert (await told.go()).text == "Paris."
    assert (await other.go()).text == "Paris."


def _foreground(wire: WireServer) -> Backend:
    return ForegroundBackend(_client(wire), MODEL)


async def test_responses_leave_out_what_is_not_taken_as_well(wire: WireServer) -> None:
    parts = ("safety_identifier", "store", "stream")

    def answer(body: JSON) -> Say:
        refused = next((p for p in parts if body.get(p)), None)
        return _no(refused) if refused else as_json(finished_response("Paris."))

    wire.answer = answer
    async with closing(_foreground(wire)) as backend:
        for _ in range(2):
            asked = await Talk(backend).ask("Where?", live=True)
            assert isinstance(asked.answer, Answer)
    assert len(wire.sent) == 4


Opening = Callable[[Any], Backend]
EVERY: dict[str, Opening] = {
    "chat": lambda client: ChatBackend(client, MODEL),
    "foreground": lambda client: ForegroundBackend(client, MODEL),
    "responses": lambda client: ResponsesBackend(client, MODEL),
}
every_backend = pytest.mark.parametrize("opening", EVERY.values(), ids=EVERY)


async def _told(backend: Backend) -> list[str]:
    """What the doctor and the first question say."""
    async with closing(backend):
        with pytest.raises(BackendRefused) as checked:
            await backend.check()
        with pytest.raises(BackendRefused) as asked:
            await Talk(backend).ask("Where?")
    return [checked.value.notice, asked.value.notice]


@every_backend
async def test_an_address_without_v1_is_named(wire: WireServer, opening: Opening) -> None:
    wire.models = as_json({"error": "Unexpected endpoint or method. (GET /models)"})
    wire.answer = lambda _: as_json({"error": "Unexpected endpoint or method. (POST /x)"})
    assert all("/v1" in notice for notice in await _told(opening(_client(wire))))


@every_backend
async def test_a_missing_key_is_named(wire: WireServer, opening: Opening) -> None:
    wire.models = refusal(401, "You didn't provide an API key.")
    wire.answer = lambda _: wire.models
    client = _client(wire, None)
    assert all("OPENAI_API_KEY" in notice for notice in await _told(opening(client)))


@every_backend
async def test_a_page_of_a_proxy_is_not_about_the_key(wire: WireServer, opening: Opening) -> None:
    wire.models = page(403)
    wire.answer = lambda _: page(403)
    assert not any("key" in notice for notice in await _told(opening(_client(wire))))


async def test_a_wrong_model_is_told_with_those_there_are(wire: WireServer, talk: Talk) -> None:
    wire.models = as_json({"data": [{"id": "small"}, {"id": "large"}]})
    wire.answer = lambda _: refusal(404, "The model `x` does not exist.")
    with pytest.raises(BackendRefused) as caught:
        await talk.ask("Where?")
    assert "small, large" in caught.value.notice
    with pytest.raises(BackendRefused, match="small, large"):
        await talk.backend.check()


@pytest.mark.parametrize("address", ["127.0.0.1:8080/v1", "localhost/v1"])
async def test_an_address_without_a_scheme_is_named(address: str) -> None:
    backend = ChatBackend(open_chat_client(address, "k", PATIENCE), MODEL)
    assert all("OPENAI_BASE_URL" in notice for notice in await _told(backend))


async def test_tls_towards_a_server_without_is_named(wire: WireServer) -> None:
    address = wire.base_url.replace("http:", "https:")
    backend = ChatBackend(open_chat_client(address, "k", PATIENCE), MODEL)
    assert all("TLS" in notice for notice in await _told(backend))


@pytest.mark.parametrize("proxy", ["127.0.0.1:9", "http://127.0.0.1:9"])
async def test_a_loopback_address_never_goes_through_a_proxy(
    wire: WireServer, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, proxy)
    wire.answer = _answering
    for client in (_client(wire), open_client(wire.base_url, "k", PATIENCE)):
        async with closing(ChatBackend(client, MODEL)) as backend:
            assert (await Talk(backend).ask("Where?")).answer


async def test_a_proxy_without_a_scheme_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    backend = ChatBackend(open_chat_client("http://models.example/v1", "k", PATIENCE), MODEL)
    assert all("proxy" in notice for notice in await _told(backend))
