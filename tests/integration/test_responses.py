"""Conversations and background Responses: what is kept when, and what is paid for."""

import asyncio
from typing import Any

import pytest

from bot.backends.clients import Client
from bot.backends.polling import PollPace
from bot.backends.responses import ResponsesBackend
from bot.core.answers import RunIntended, RunStarted, SessionOpened
from bot.core.assistants import Assistant
from bot.core.errors import BackendRefused, ContextTooLong, OutcomeUnknown, RunLost, SessionLost
from bot.core.prompts import Exchange
from bot.core.turns import Session
from tests.fakes import text_of
from tests.fakes.openai_server import FakeOpenAI, Fault
from tests.fakes.openai_talk import MODEL, PACE, Talk, until

AMBIGUOUS = {
    "dropped after the work": Fault.dropped_after(),
    "500 after the work": Fault(status=500, after=True),
    "503 after the work": Fault(status=503, after=True),
    "HTML page": Fault(status=200, body="<html>", content_type="text/html", after=True),
    "broken JSON": Fault(status=200, body='{"id": "re', after=True),
    "JSON without an id": Fault(status=200, body="{}", after=True),
    "read timeout": Fault.stalled(),
}
ambiguously = pytest.mark.parametrize("fault", AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
polled_and_live = pytest.mark.parametrize("live", [False, True], ids=["polled", "live"])
CREATE = r"/responses$"
LOOK = r"/responses/resp"
OLD_HTML = Fault(status=200, body="Zugriff für", content_type="text/html", charset="latin-1")


@pytest.fixture
def talk(openai_client: Client) -> Talk:
    return Talk(ResponsesBackend(openai_client, MODEL, PACE))


def _seen(server: FakeOpenAI, method: str, ending: str) -> list[Any]:
    return [r for r in server.requests if r.method == method and r.path.endswith(ending)]


def _looks(server: FakeOpenAI) -> list[Any]:
    return [r for r in server.requests if r.method == "GET" and "/responses/" in r.path]


async def _items(client: Client, talk: Talk) -> list[str]:
    assert talk.session is not None
    listed = client.conversations.items.list(talk.session.id, order="asc")
    return [text_of(item.model_dump()) async for item in listed]


async def test_the_session_is_known_before_it_is_used(
    openai_server: FakeOpenAI, talk: Talk
) -> None:
    await talk.asking("Hi").go_until(SessionOpened)
    assert [seen.path for seen in openai_server.requests] == ["/v1/conversations"]


async def test_the_intent_comes_before_the_post(openai_server: FakeOpenAI, talk: Talk) -> None:
    await talk.asking("Hi").go_until(RunIntended)
    assert _seen(openai_server, "POST", "/responses") == []


@polled_and_live
async def test_the_run_is_known_before_the_first_poll(
    openai_server: FakeOpenAI, talk: Talk, *, live: bool
) -> None:
    asked = talk.asking("Hi", live=live)
    await asked.go_until(RunStarted)
    assert asked.run == openai_server.runs[0].id
    assert _looks(openai_server) == []


async def test_what_is_sent_says_how_it_is_to_be_run(openai_server: FakeOpenAI, talk: Talk) -> None:
    talk.assistant = Assistant(instructions="Be brief.", temperature=0.5, max_output_tokens=99)
    await talk.ask("Hi")
    sent = openai_server.runs[0].request
    assert (sent["background"], sent["store"], sent["truncation"]) == (True, True, "auto")
    assert (sent["instructions"], sent["temperature"], sent["max_output_tokens"]) == (
        "Be brief.",
        0.5,
        99,
    )
    assert sent["safety_identifier"] == "a" * 64
    assert "Ada" not in str(sent)


@polled_and_live
@ambiguously
async def test_after_an_ambiguous_failure_the_answer_is_adopted_and_not_paid_for_again(
    openai_server: FakeOpenAI, impatient: Client, fault: Fault, *, live: bool
) -> None:
    talk = Talk(ResponsesBackend(impatient, MODEL, PACE))
    openai_server.fail("POST", CREATE, fault)
    asked = talk.asking("Hi", live=live)
    with pytest.raises(OutcomeUnknown):
        await asked.go()
    assert len(_seen(openai_server, "POST", "/responses")) == 1
    assert (await asked.persist()).text == "You said: Hi"
    assert [run.input_text for run in openai_server.runs] == ["Hi"]
    await talk.ask("And now?")
    assert len(openai_server.runs) == 2


async def test_the_answer_to_the_same_words_asked_before_is_not_adopted(
    openai_server: FakeOpenAI, talk: Talk
) -> None:
    openai_server.answer = lambda _: f"answer {len(openai_server.runs)}"
    await talk.ask("Hi")
    openai_server.fail("POST", CREATE, Fault.dropped_before())
    lost = talk.asking("Hi")
    assert (await lost.persist()).text == "answer 1"
    openai_server.fail("POST", CREATE, Fault.dropped_after())
    hidden = talk.asking("Hi")
    assert (await hidden.persist()).text == "answer 2"
    assert len(openai_server.runs) == 3


async def test_a_seed_with_the_same_words_is_not_adopted(
    openai_server: FakeOpenAI, talk: Talk
) -> None:
    talk.exchanges.append(Exchange("Hi", "An old answer"))
    for fault in (Fault.dropped_before(), Fault.dropped_after()):
        talk.session = None
        openai_server.fail("POST", CREATE, fault)
        assert (await talk.asking("Hi").persist()).text == "You said: Hi"
    assert len(openai_server.runs) == 2


async def test_without_its_cursor_nothing_is_adopted(openai_server: FakeOpenAI, talk: Talk) -> None:
    await talk.ask("Hi")
    assert talk.session is not None
    talk.session = Session(talk.session.id, "msg_of_another_world")
    again = talk.asking("Hi")
    again.is_submitted = True
    await again.go()
    assert len(openai_server.runs) == 2


async def test_what_is_adopted_has_no_commentary_and_says_that_it_was_cut_off(
    openai_server: FakeOpenAI, talk: Talk
) -> None:
    openai_server.fail("POST", CREATE, Fault.dropped_after())
    openai_server.next_run(commentary="Let me see.", status="incomplete")
    answer = await talk.asking("Hi").persist()
    assert answer.text.startswith("You said: Hi\n\n*(The answer was cut off")


async def test_when_nothing_is_there_it_is_asked_again(
    openai_server: FakeOpenAI, talk: Talk
) -> None:
    openai_server.fail("POST", CREATE, Fault(status=500), times=2)
    asked = talk.asking("Hi")
    assert (await asked.persist()).text == "You said: Hi"
    assert len(_seen(openai_server, "POST", "/responses")) == 3
    assert len(openai_server.runs) == 1


@pytest.mark.parametrize("fault", [Fault(status=403), Fault.html()], ids=["403", "HTML"])
async def test_a_look_that_fails_is_no_reason_to_ask_again(
    openai_server: FakeOpenAI, talk: Talk, fault: Fault
) -> None:
    openai_server.fail("POST", CREATE, Fault.dropped_after())
    openai_server.fail("GET", "/items", fault)
    asked = talk.asking("Hi")
    for _ in range(2):
        with pytest.raises(OutcomeUnknown):
            await asked.go()
    assert (await asked.persist()).text == "You said: Hi"
    assert len(openai_server.runs) == 1


async def test_a_locked_conversation_is_asked_again_later(
    openai_server: FakeOpenAI, openai_client: Client, talk: Talk
) -> None:
    await talk.ask("Hi")
    assert talk.session is not None
    openai_server.hold()
    await openai_client.responses.create(
        model=MODEL, input="Elsewhere", conversation=talk.session.id, background=True
    )
    asked = talk.asking("And now?")
    with pytest.raises(OutcomeUnknown) as caught:
        await asked.go()
    assert caught.value.retry_after == 2.0
    openai_server.release()
    assert (await asked.persist()).text == "You said: And now?"
    assert [run.input_text for run in openai_server.runs] == ["Hi", "Elsewhere", "And now?"]


@polled_and_live
async def test_a_refusal_is_the_answer(
    openai_server: FakeOpenAI, talk: Talk, *, live: bool
) -> None:
    openai_server.next_run(refusal="I would rather not.")
    asked = await talk.ask("Hi", live=live)
    assert asked.answer is not None
    assert asked.answer.text == "I would rather not."
    assert asked.written in {"", "I would rather not."}


@polled_and_live
async def test_commentary_is_left_out(openai_server: FakeOpenAI, talk: Talk, *, live: bool) -> None:
    openai_server.next_run(commentary="Let me see.")
    asked = await talk.ask("Hi", live=live)
    assert asked.answer is not None
    assert asked.answer.text == "You said: Hi"
    assert asked.written == ("You said: Hi" if live else "")


@polled_and_live
@pytest.mark.parametrize(
    ("reason", "note"),
    [
        ("max_output_tokens", "*(The answer was cut off at its length limit.)*"),
        ("length", "*(The answer was cut off at its length limit.)*"),
        ("content_filter", "*(The AI service blocked the rest of the answer.)*"),
    ],
)
async def test_an_incomplete_answer_says_why(
    openai_server: FakeOpenAI, talk: Talk, reason: str, note: str, *, live: bool
) -> None:
    openai_server.next_run(status="incomplete", incomplete_reason=reason)
    asked = await talk.ask("Hi", live=live)
    assert asked.answer is not None
    assert asked.answer.text == f"You said: Hi\n\n{note}"


async def test_a_blocked_answer_is_told_as_that(openai_server: FakeOpenAI, talk: Talk) -> None:
    openai_server.answer = lambda _: ""
    openai_server.next_run(status="incomplete", incomplete_reason="content_filter")
    with pytest.raises(BackendRefused) as caught:
        await talk.ask("Hi")
    assert "blocked" in caught.value.notice


async def test_an_unknown_status_runs_on(openai_server: FakeOpenAI, talk: Talk) -> None:
    openai_server.next_run(status="pondering")
    asking = asyncio.create_task(talk.ask("Hi"))
    await until(lambda: len(_looks(openai_server)) >= 5)
    openai_server.runs[0].end("completed")
    assert (await asking).answer


@polled_and_live
@pytest.mark.parametrize(
    ("ending", "error"),
    [
        ({"status": "failed", "error_code": "server_error"}, RunLost),
        ({"status": "failed", "error_code": "rate_limit_exceeded"}, RunLost),
        ({"status": "failed", "error_code": "invalid_prompt"}, BackendRefused),
        ({"status": "failed", "error_code": "context_length_exceeded"}, ContextTooLong),
        ({"status": "expired"}, RunLost),
        ({"status": "cancelled"}, BackendRefused),
    ],
)
async def test_each_bad_end_has_its_error(
    openai_server: FakeOpenAI, talk: Talk, ending: dict[str, Any], error: type, *, live: bool
) -> None:
    openai_server.next_run(**ending)
    with pytest.raises(error):
        await talk.ask("Hi", live=live)


async def test_words_that_came_are_the_answer_where_the_end_does_not_repeat_them(
    openai_server: FakeOpenAI, talk: Talk
) -> None:
    openai_server.next_run(output_none=True)
    with pytest.raises(BackendRefused):
        await talk.ask("Hi")
    openai_server.next_run(output_none=True)
    answer = (await talk.ask("Hi", live=True)).answer
    assert answer is not None
    assert answer.text == "You said: Hi"


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ("Conversation 'conv_1' not found.", SessionLost),
        ("Model 'x' not found. Use 'client.models.list()'.", BackendRefused),
        ("request (9 tokens) exceeds the available context size", ContextTooLong),
    ],
)
async def test_a_server_that_looks_late_is_understood(
    openai_server: FakeOpenAI, talk: Talk, message: str, error: type
) -> None:
    """OGX accepts such runs and fails them."""
    openai_server.next_run(status="failed", error_code="processing_error", error_message=message)
    with pytest.raises(error):
        await talk.ask("Hi")


@pytest.mark.parametrize("told", ["none", "without details"])
async def test_usage_may_be_missing(openai_server: FakeOpenAI, talk: Talk, told: str) -> None:
    openai_server.next_run(usage=told)
    answer = (await talk.ask("Hi")).answer
    assert answer is not None
    assert (answer.usage is None) == (told == "none")
    assert answer.usage is None or (answer.usage.cached_tokens, answer.usage.input_tokens > 0) == (
        0,
        True,
    )


async def test_usage_says_how_much_was_history(talk: Talk) -> None:
    first = (await talk.ask("a" * 400)).answer
    second = (await talk.ask("b" * 400)).answer
    assert first is not None
    assert second is not None
    assert first.usage is not None
    assert second.usage is not None
    assert first.usage.history_tokens == 0
    assert 0 < second.usage.history_tokens < second.usage.input_tokens


async def test_a_deleted_conversation_is_opened_anew_with_what_fits(
    openai_server: FakeOpenAI, openai_client: Client, talk: Talk
) -> None:
    talk.assistant = Assistant(history_tokens=500)
    await talk.ask("Hi")
    assert talk.session is not None
    talk.exchanges[:] = [Exchange("old " * 600, "too long for the budget")]
    talk.exchanges += [Exchange(f"question {n}", f"answer {n}") for n in range(15)]
    await openai_client.conversations.delete(talk.session.id)
    asked = talk.asking("Still there?")
    with pytest.raises(SessionLost):
        await asked.go()
    await asked.go()
    items = await _items(openai_client, talk)
    assert len(items) == 22
    assert items[:2] == ["question 5", "answer 5"]
    assert items[-2:] == ["Still there?", "You said: Still there?"]
    talk.assistant, talk.session = Assistant(history_tokens=20), None
    await talk.ask("And now?")
    assert len(await _items(openai_client, talk)) < 8
    assert openai_server.runs[-1].conversation == talk.session.id  # type: ignore[attr-defined]


@pytest.mark.parametrize("late", [False, True], ids=["refused", "failed"])
async def test_a_conversation_that_is_too_long_is_begun_anew_once(
    openai_server: FakeOpenAI, talk: Talk, *, late: bool
) -> None:
    def overflow() -> None:
        code = "context_length_exceeded"
        if late:
            openai_server.next_run(status="failed", error_code=code)
        else:
            openai_server.fail("POST", CREATE, Fault(status=400, code=code))

    await talk.ask("Hi")
    overflow()
    asked = talk.asking("More")
    with pytest.raises(SessionLost):
        await asked.go()
    overflow()  # with what was said before
    overflow()  # and with nothing but the question
    with pytest.raises(ContextTooLong):
        await asked.go()


async def test_a_cut_stream_is_resumed_without_losing_or_doubling_a_word(
    openai_server: FakeOpenAI, talk: Talk
) -> None:
    text = "one two three four"
    for cut in range(1, 14):
        openai_server.requests.clear()
        openai_server.fail("POST", CREATE, Fault(cut_after=cut))
        asked = await talk.ask(text, live=True)
        assert asked.written == f"You said: {text}"
        assert asked.statuses.count("writing") == 1
        assert [r.query.get("starting_after") for r in _looks(openai_server)] == [str(cut - 1)]
    assert len(openai_server.runs) == 13


async def test_a_stream_that_stays_away_gives_way_to_polling(
    openai_server: FakeOpenAI, talk: Talk
) -> None:
    for fault in (Fault(cut_after=0), Fault(status=400)):
        openai_server.fail("POST", CREATE, Fault(cut_after=4))
        openai_server.fail("GET", LOOK, fault, times=1)
        asked = await talk.ask("one two three", live=True)
        assert asked.answer is not None
        assert asked.answer.text == "You said: one two three"
    assert len(openai_server.runs) == 2


async def test_a_server_without_background_streams_is_asked_for_one_once(
    openai_server: FakeOpenAI, talk: Talk
) -> None:
    openai_server.background_stream = False
    for _ in range(3):
        assert (await talk.ask("Hi", live=True)).answer
    wished = [seen.body["stream"] for seen in _seen(openai_server, "POST", "/responses")]
    assert wished == [True, False, False, False]
    assert len(openai_server.runs) == 3


async def test_a_bad_request_does_not_end_streaming(openai_server: FakeOpenAI, talk: Talk) -> None:
    openai_server.fail("POST", CREATE, Fault(status=400, message="Bad temperature."), times=2)
    with pytest.raises(BackendRefused):
        await talk.ask("Hi", live=True)
    assert (await talk.ask("Hi", live=True)).written == "You said: Hi"


async def test_each_poll_is_one_request(openai_server: FakeOpenAI, talk: Talk) -> None:
    openai_server.polls = 6
    await talk.ask("Hi")
    assert len(_looks(openai_server)) == 7


def test_polls_become_rarer() -> None:
    waits = PollPace().waits()
    asked, waited = 0, 0.0
    while waited < 60:
        waited += next(waits)
        asked += 1
    assert asked <= 40  # and not the 200 that the first wait would give


async def test_a_poll_that_fails_keeps_the_run(openai_server: FakeOpenAI, talk: Talk) -> None:
    await talk.ask("Hi")
    again = {"retry-after-ms": "1"}  # the library's own retries need not take seconds here
    for fault in (Fault(status=500, headers=again), Fault.html(), Fault.broken_json()):
        openai_server.fail("GET", LOOK, fault, times=4 if fault.status == 500 else 2)
        asked = talk.asking("Hi")
        with pytest.raises(OutcomeUnknown):
            await asked.go()
        assert asked.run == openai_server.runs[-1].id
        assert (await asked.persist()).text == "You said: Hi"
    assert len(openai_server.runs) == 4


async def test_a_run_that_is_gone_is_lost(
    openai_server: FakeOpenAI, openai_client: Client, talk: Talk
) -> None:
    asked = talk.asking("Hi")
    await asked.go_until(RunStarted)
    await openai_client.responses.delete(str(asked.run))
    with pytest.raises(RunLost):
        await asked.go()
    openai_server.runs[0].end()
    await asked.persist()
    assert len(openai_server.runs) == 2


@pytest.mark.parametrize(
    "fault",
    [Fault(status=500), Fault.html(), OLD_HTML, Fault.broken_json(), Fault.dropped_before()],
    ids=["500", "HTML", "HTML in Latin-1", "broken JSON", "dropped"],
)
async def test_a_look_that_goes_wrong_is_made_once_more(
    openai_server: FakeOpenAI, talk: Talk, fault: Fault
) -> None:
    openai_server.hold()
    asking = asyncio.create_task(talk.asking("Hi").go())
    await until(lambda: len(_looks(openai_server)) > 2)
    openai_server.fail("GET", r"/responses/\w+$", fault)
    await until(lambda: bool(openai_server.struck))
    openai_server.release()
    assert (await asking).text == "You said: Hi"
    assert len(openai_server.runs) == 1


async def test_a_new_conversation_that_is_too_long_gives_way_to_one_that_knows_less(
    openai_server: FakeOpenAI, talk: Talk
) -> None:
    talk.exchanges += [Exchange(f"question {n} " + "x" * 1600, "a" * 1600) for n in range(8)]
    for _ in range(2):
        openai_server.next_run(status="failed", error_code="context_length_exceeded")
    assert (await talk.ask("Hi")).answer
    opened = _seen(openai_server, "POST", "/conversations")
    seeds = [len(seen.body["items"]) for seen in opened]
    assert seeds == sorted(seeds, reverse=True)
    assert len({*seeds}) == len(seeds) == 3


async def test_a_question_that_is_too_long_for_an_empty_conversation_is_told_so(
    openai_server: FakeOpenAI, talk: Talk
) -> None:
    openai_server.next_run(status="failed", error_code="context_length_exceeded")
    with pytest.raises(ContextTooLong):
        await talk.ask("Hi")
    assert len(openai_server.runs) == 1
