"""The Assistants API: assistant, thread, message, run, poll, list; also with a clone's quirks."""

import asyncio
from typing import Any

import pytest
from openai import AsyncOpenAI

from bot.backends.assistants import AssistantsBackend
from bot.core.answers import RunIntended, RunStarted, SessionOpened
from bot.core.assistants import Assistant
from bot.core.errors import BackendRefused, OutcomeUnknown, RunLost, SessionLost
from bot.core.prompts import Exchange
from tests.fakes import text_of
from tests.fakes.memory import FakeMemory
from tests.fakes.openai_server import FakeOpenAI, Fault
from tests.fakes.openai_talk import MODEL, PACE, Talk, until

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

RUN, MESSAGE = r"/runs$", r"/messages$"
HIDDEN = [Fault.dropped_after(), Fault(status=500, after=True), Fault.stalled()]


@pytest.fixture(params=[False, True], ids=["as it was", "quirks"], autouse=True)
def quirks(request: pytest.FixtureRequest, openai_server: FakeOpenAI) -> bool:
    openai_server.assistants_quirks = request.param
    return bool(request.param)


@pytest.fixture
def memory() -> FakeMemory:
    return FakeMemory()


@pytest.fixture
def talk(impatient: AsyncOpenAI, memory: FakeMemory) -> Talk:
    return Talk(AssistantsBackend(impatient, MODEL, memory, PACE))


def _posts(server: FakeOpenAI, ending: str) -> list[Any]:
    return [r.body for r in server.requests if r.method == "POST" and r.path.endswith(ending)]


async def _messages(client: AsyncOpenAI, talk: Talk) -> list[str]:
    assert talk.session is not None
    listed = client.beta.threads.messages.list(talk.session.id, order="asc")
    return [text_of(message.model_dump()["content"]) async for message in listed]


async def test_each_step_follows_the_one_before(openai_server: FakeOpenAI, talk: Talk) -> None:
    asked = talk.asking("Hi")
    await asked.go_until(SessionOpened)
    assert [seen.path for seen in openai_server.requests] == ["/v1/threads"]
    await asked.go_until(RunIntended)
    assert openai_server.runs == []
    await asked.go_until(RunStarted)
    assert asked.run == openai_server.runs[0].id
    ended = [r.path.rsplit("/", 1)[1] for r in openai_server.requests if r.method == "POST"]
    assert ended == ["threads", "assistants", "messages", "runs"]
    assert openai_server.runs[0].looks == 0
    assert (await asked.go()).text == "You said: Hi"


async def test_an_assistant_is_made_once_and_remembered(
    openai_server: FakeOpenAI, impatient: AsyncOpenAI, memory: FakeMemory, talk: Talk
) -> None:
    talk.assistant = Assistant(name="Tutor", instructions="Be brief.", temperature=0.5)
    others = [Talk(talk.backend, talk.assistant) for _ in range(5)]
    await asyncio.gather(*(one.ask("Hi") for one in (talk, *others)))
    await Talk(AssistantsBackend(impatient, MODEL, memory, PACE), talk.assistant).ask("Hi")
    made = _posts(openai_server, "/assistants")
    assert [(m["name"], m["instructions"], m["model"]) for m in made] == [
        ("Tutor", "Be brief.", MODEL)
    ]
    assert len({run.request["assistant_id"] for run in openai_server.runs}) == 1


async def test_changed_settings_reach_the_assistant_that_is_there(
    openai_server: FakeOpenAI, impatient: AsyncOpenAI, talk: Talk
) -> None:
    first, second = Assistant(temperature=0.5), Assistant(instructions="Be kind.")
    for assistant in (first, second, first):
        talk.assistant = assistant
        await talk.ask("Hi")
        found = await impatient.beta.assistants.retrieve(
            openai_server.runs[-1].request["assistant_id"]
        )
        assert (found.instructions, found.temperature) == (
            assistant.instructions,
            assistant.temperature,
        )
    assert len(_posts(openai_server, "/assistants")) == 1


async def test_a_deleted_assistant_is_made_anew_in_the_same_thread(
    openai_server: FakeOpenAI, impatient: AsyncOpenAI, talk: Talk
) -> None:
    await talk.ask("Hi")
    await impatient.beta.assistants.delete(openai_server.runs[0].request["assistant_id"])
    asked = talk.asking("And now?")
    assert (await asked.persist()).text == "You said: And now?"
    assert len(_posts(openai_server, "/assistants")) == 2
    assert len(_posts(openai_server, "/threads")) == 1
    assert await _messages(impatient, talk) == [
        *("Hi", "You said: Hi"),
        *("And now?", "You said: And now?"),
    ]


async def test_only_the_messages_of_this_run_are_the_answer(
    openai_server: FakeOpenAI, impatient: AsyncOpenAI, talk: Talk
) -> None:
    openai_server.answer = lambda _: f"answer {len(openai_server.runs)}"
    await talk.ask("Hi")
    asked = talk.asking("Hi")
    await asked.go_until(RunStarted)
    assert talk.session is not None
    await until(lambda: not openai_server.runs[-1].held)
    openai_server.runs[-1].end()
    await impatient.beta.threads.messages.create(
        talk.session.id, role="assistant", content="somebody else's words"
    )
    assert (await asked.go()).text == "answer 1"
    listed = [r.query for r in openai_server.requests if r.path.endswith("/messages")][-1]
    assert listed["order"] == "asc"
    assert listed["after"].startswith("msg_")


async def test_a_tool_that_is_asked_for_is_answered_and_the_run_goes_on(
    openai_server: FakeOpenAI, talk: Talk
) -> None:
    openai_server.next_run(status="requires_action")
    asked = await talk.ask("Hi")
    assert asked.answer is not None
    assert "using a tool" in asked.statuses
    (sent,) = _posts(openai_server, "/submit_tool_outputs")
    assert sent["tool_outputs"] == [{"tool_call_id": "call_1", "output": "lookup has done it"}]


async def test_a_tool_output_that_comes_too_late_is_no_error(
    openai_server: FakeOpenAI, talk: Talk
) -> None:
    openai_server.next_run(status="requires_action")
    fault = Fault(status=500, after=True, headers={"retry-after-ms": "1"})
    openai_server.fail("POST", "submit_tool_outputs", fault)  # repeated, and then refused
    assert (await talk.ask("Hi")).answer


@pytest.mark.parametrize(
    ("ending", "error", "notice"),
    [
        ({"status": "expired"}, RunLost, ""),
        ({"status": "failed", "error_code": "server_error"}, RunLost, ""),
        ({"status": "failed", "error_code": "rate_limit_exceeded"}, RunLost, ""),
        ({"status": "failed", "error_code": "invalid_prompt"}, BackendRefused, "refused"),
        ({"status": "cancelling"}, BackendRefused, "gave up"),
        ({"status": "cancelled"}, BackendRefused, "gave up"),
    ],
    ids=lambda value: " ".join(value.values()) if isinstance(value, dict) else "",
)
async def test_each_bad_end_has_its_error(
    openai_server: FakeOpenAI, talk: Talk, ending: dict[str, str], error: type, notice: str
) -> None:
    openai_server.next_run(**ending)
    with pytest.raises(error) as caught:
        await talk.ask("Hi")
    assert notice in caught.value.notice  # type: ignore[attr-defined]
    assert ending.get("error_code", "") in str(caught.value)


async def test_an_unknown_status_runs_on(openai_server: FakeOpenAI, talk: Talk) -> None:
    openai_server.next_run(status="pondering")
    asking = asyncio.create_task(talk.ask("Hi"))
    await until(lambda: sum("/runs/" in seen.path for seen in openai_server.requests) >= 5)
    openai_server.runs[0].end("completed")
    assert (await asking).answer


async def test_refused_and_incomplete_answers_are_shown(
    openai_server: FakeOpenAI, talk: Talk
) -> None:
    openai_server.next_run(refusal="I would rather not.")
    openai_server.next_run(status="incomplete")
    refused, cut = await talk.ask("Hi"), await talk.ask("Hi")
    assert refused.answer is not None
    assert refused.answer.text == "I would rather not."
    assert cut.answer is not None
    assert cut.answer.text.startswith("You said: Hi\n\n*(The answer was cut off")


@pytest.mark.parametrize("fault", HIDDEN, ids=["dropped", "500", "silent"])
@pytest.mark.parametrize("path", [MESSAGE, RUN], ids=["message", "run"])
async def test_what_was_made_before_the_failure_is_found_and_not_made_again(
    openai_server: FakeOpenAI, impatient: AsyncOpenAI, talk: Talk, path: str, fault: Fault
) -> None:
    await talk.ask("Hi")
    openai_server.fail("POST", path, fault)
    asked = talk.asking("Hi")
    with pytest.raises(OutcomeUnknown):
        await asked.go()
    assert (await asked.persist()).text == "You said: Hi"
    assert len(openai_server.runs) == 2
    assert await _messages(impatient, talk) == ["Hi", "You said: Hi"] * 2


async def test_a_run_that_was_turned_away_leaves_its_message_to_be_found(
    openai_server: FakeOpenAI, impatient: AsyncOpenAI, talk: Talk
) -> None:
    openai_server.fail("POST", RUN, Fault.rate_limited(7))
    asked = talk.asking("Hi")
    with pytest.raises(OutcomeUnknown) as caught:
        await asked.go()
    assert caught.value.retry_after == 7
    await asked.go()
    assert await _messages(impatient, talk) == ["Hi", "You said: Hi"]


async def test_a_turn_is_found_in_a_long_thread(
    openai_server: FakeOpenAI, impatient: AsyncOpenAI, talk: Talk
) -> None:
    talk.exchanges += [Exchange(f"q{n}", "a") for n in range(120)]
    openai_server.fail("POST", RUN, Fault.dropped_after())
    asked = talk.asking("Hi")
    assert (await asked.persist()).text == "You said: Hi"
    assert len(openai_server.runs) == 1
    assert (await _messages(impatient, talk))[-2:] == ["Hi", "You said: Hi"]


async def test_a_deleted_thread_is_opened_anew_with_the_history(
    openai_server: FakeOpenAI, impatient: AsyncOpenAI, talk: Talk
) -> None:
    await talk.ask("Hi")
    assert talk.session is not None
    await impatient.beta.threads.delete(talk.session.id)
    asked = talk.asking("Still there?")
    with pytest.raises(SessionLost):
        await asked.go()
    await asked.go()
    assert await _messages(impatient, talk) == [
        *("Hi", "You said: Hi"),
        *("Still there?", "You said: Still there?"),
    ]


async def test_an_active_run_postpones_the_turn(
    openai_server: FakeOpenAI, impatient: AsyncOpenAI, talk: Talk, *, quirks: bool
) -> None:
    if quirks:
        openai_server.assistants_quirks = False  # such a server locks nothing
    await talk.ask("Hi")
    assert talk.session is not None
    openai_server.hold()
    await impatient.beta.threads.runs.create(
        talk.session.id, assistant_id=openai_server.runs[0].request["assistant_id"]
    )
    asked = talk.asking("And now?")
    with pytest.raises(OutcomeUnknown) as caught:
        await asked.go()
    assert caught.value.retry_after == 2.0
    openai_server.release()
    assert (await asked.persist()).text == "You said: And now?"


async def test_usage_may_be_missing(talk: Talk, *, quirks: bool) -> None:
    answer = (await talk.ask("Hi")).answer
    assert answer is not None
    assert (answer.usage is None) == quirks
