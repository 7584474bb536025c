"""The port `Backend` where tools are called, once for every implementation."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

import pytest

from bot.backends.clients import open_client
from bot.core.answers import CallsMade, RunStarted, TextDelta
from bot.core.assistants import Assistant
from bot.core.errors import SessionLost
from bot.core.tools import Tool
from tests.fakes.openai_server import FakeOpenAI, Fault
from tests.fakes.openai_talk import BACKENDS, Question, Talk, closing

pytestmark = pytest.mark.filterwarnings("ignore:The Assistants API:DeprecationWarning")

DICE = Tool(name="roll_dice", description="Rolls.", parameters={"type": "object"})
CALENDAR = Tool(name="calendar", description="Looks.")
TWO = (("roll_dice", '{"sides": 6}'), ("calendar", "{}"))
LIVE = pytest.mark.parametrize("live", [False, True], ids=["whole", "live"])


def twice(_: str, outputs: int) -> Sequence[tuple[str, str]]:
    """Two calls at once, and then one more."""
    return {0: TWO, 2: (("roll_dice", '{"sides": 20}'),)}.get(outputs, ())


def once(_: str, outputs: int) -> Sequence[tuple[str, str]]:
    return TWO if outputs == 0 else ()


@pytest.fixture
async def server() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI() as server:
        yield server


@pytest.fixture(params=BACKENDS)
async def talk(request: pytest.FixtureRequest, server: FakeOpenAI) -> AsyncIterator[Talk]:
    backend = BACKENDS[request.param](open_client(server.base_url, "k", 60))
    async with closing(backend):
        yield Talk(backend, tools=(DICE, CALENDAR))


def tools_sent(server: FakeOpenAI) -> list[str]:
    """The names of the tools in the last request that asked a model."""
    body = next(r.body for r in reversed(server.requests) if r.body and r.body.get("tools"))
    return [tool.get("name") or tool["function"]["name"] for tool in body["tools"]]


@LIVE
async def test_calls_are_made_step_by_step_until_there_is_an_answer(
    server: FakeOpenAI, talk: Talk, *, live: bool
) -> None:
    server.wants = twice
    asked = await talk.ask("Roll.", live=live)
    made = [event for event in asked.events if isinstance(event, CallsMade)]
    assert [[(c.tool, c.arguments) for c in one.calls] for one in made] == [
        list(TWO),
        [("roll_dice", '{"sides": 20}')],
    ]
    assert len({call.id for one in made for call in one.calls}) == 3
    assert asked.answer
    assert asked.answer.text == "You said: Roll."
    assert tools_sent(server) == ["roll_dice", "calendar"]
    assert (await talk.ask("And now?")).answer  # nothing is left open


async def test_each_step_can_be_gone_on_with_in_another_process(
    server: FakeOpenAI, talk: Talk
) -> None:
    server.wants = twice
    asked = talk.asking("Roll.")
    for _ in range(2):
        await asked.go_until(CallsMade)
        asked.events.append(CallsMade(()))
    assert (await asked.go()).text == "You said: Roll."
    computations = [run for run in server.runs if run.input_text == "Roll."]
    assert len(computations) == (1 if talk.backend.name == "assistants" else 3)


async def test_arguments_that_are_no_json_are_not_sent_back(server: FakeOpenAI, talk: Talk) -> None:
    server.wants = lambda _, outputs: [("roll_dice", '{"sides": 6')] if outputs == 0 else ()
    asked = await talk.ask("Roll.")
    [made] = [event for event in asked.events if isinstance(event, CallsMade)]
    assert made.calls[0].arguments == '{"sides": 6'
    sent = [str(r.body) for r in server.requests if r.body]
    assert not any('{"sides": 6\'' in one for one in sent)


async def test_without_tools_none_are_sent(server: FakeOpenAI, talk: Talk) -> None:
    talk.tools = ()
    await talk.ask("Hello")
    assert not any("tools" in (request.body or {}) for request in server.requests)


async def test_outputs_whose_sending_is_in_doubt_are_sent_once(
    server: FakeOpenAI, talk: Talk
) -> None:
    """Responses look for the calls' ids first; of an assistant's run its state says it."""
    if talk.backend.name not in {"responses", "assistants"}:
        pytest.skip("asked again, and paid again")
    server.wants = once
    path = "/responses$" if talk.backend.name == "responses" else "submit_tool_outputs"
    asked = talk.asking("Roll.")
    await asked.go_until(CallsMade)
    server.fail("POST", path, Fault.dropped_after())
    assert (await asked.persist()).text == "You said: Roll."
    assert len(server.runs) == (2 if talk.backend.name == "responses" else 1)


async def test_calls_that_are_closed_leave_a_conversation_that_goes_on(
    server: FakeOpenAI, talk: Talk
) -> None:
    server.wants = lambda text, outputs: TWO if text == "Roll." and not outputs else ()
    asked = talk.asking("Roll.")
    await asked.go_until(CallsMade)
    await close(talk, asked)
    later = talk.asking("Hello")
    assert (await later.persist()).text == "You said: Hello"
    assert talk.session == asked.talk.session


async def test_a_conversation_with_an_open_call_is_given_up_for_another(
    server: FakeOpenAI, talk: Talk
) -> None:
    if talk.backend.name != "responses":
        pytest.skip("the server keeps no calls")
    server.wants = lambda text, outputs: TWO if text == "Roll." and not outputs else ()
    await talk.asking("Roll.").go_until(CallsMade)
    before = talk.session
    with pytest.raises(SessionLost):
        await talk.ask("Hello")
    assert (await talk.ask("Hello")).answer
    assert talk.session != before


async def test_a_new_session_is_told_what_was_done_in_the_old_one(
    server: FakeOpenAI, talk: Talk
) -> None:
    server.wants = once
    asked = talk.asking("Roll.")
    await asked.go_until(CallsMade)
    talk.session = asked.run = None
    if talk.backend.name == "assistants":
        server.wants = lambda *_: ()
    assert (await asked.go()).text
    said = str([r.body for r in server.requests if r.body and r.path.endswith(PATHS)])
    assert "roll_dice has done it" in said


PATHS = ("/responses", "/completions", "/runs", "/messages")


async def close(talk: Talk, asked: Question) -> None:
    session = talk.session.id if talk.session else None
    await talk.backend.close_calls(session, asked.steps[-1])


async def test_a_server_that_takes_no_tools_is_asked_without_from_then_on(
    server: FakeOpenAI, talk: Talk
) -> None:
    if talk.backend.name == "assistants":
        pytest.skip("every such server takes them")
    refused = Fault(status=400, message="model does not support tools", type="invalid_request")
    server.fail("POST", "(responses|completions)$", refused)
    said = [(await talk.ask(text)).answer for text in ("Hello", "Hello again")]
    assert ["takes no tools" in answer.remark for answer in said if answer] == [True, False]
    asked = [r for r in server.requests if r.path.endswith(("/responses", "/completions"))]
    assert ["tools" in (r.body or {}) for r in asked] == [True, False, False]


@pytest.mark.parametrize("words", ["web_search is not available", "this tool is not supported"])
async def test_a_server_that_does_not_search_is_asked_with_our_tools_from_then_on(
    server: FakeOpenAI, talk: Talk, words: str
) -> None:
    if talk.backend.name == "assistants" or "chat" in talk.backend.name:
        pytest.skip("nothing is asked to search there")
    talk.assistant = Assistant(hosted=("web_search",))
    server.fail("POST", "responses$", Fault(status=400, message=words, type="invalid_request"))
    said = [(await talk.ask(text)).answer for text in ("Hello", "Hello again")]
    assert ["does not search" in answer.text for answer in said if answer] == [True, False]
    sent = [(r.body or {})["tools"] for r in server.requests if r.path.endswith("/responses")]
    assert [[tool["type"] for tool in tools] for tools in sent] == [
        ["function", "function", "web_search"],
        *[["function", "function"]] * 2,
    ]


async def test_a_run_with_calls_is_read_again_where_runs_are_kept(
    server: FakeOpenAI, talk: Talk
) -> None:
    if talk.backend.name != "responses":
        pytest.skip("no runs are kept, or they go on")
    server.wants = once
    asked = talk.asking("Roll.")
    await asked.go_until(RunStarted)
    await asked.go_until(CallsMade)
    again = talk.asking("Roll.")
    again.run, again.is_submitted = asked.run, True
    async with aclosing(talk.backend.answer(again.prompt())) as events:
        last = [event async for event in events][-1]
    assert isinstance(last, CallsMade)
    assert last.calls == asked.steps[0].calls


@LIVE
async def test_calls_in_the_words_of_an_answer_are_calls_where_the_history_is_ours(
    server: FakeOpenAI, talk: Talk, *, live: bool
) -> None:
    if talk.backend.name in {"responses", "assistants"}:
        pytest.skip("such a server reads its models' calls itself, and would not take our outputs")
    said = '<tool_call>{"name": "roll_dice", "arguments": {"sides": 6}}</tool_call>'
    server.next_run(said=said)
    asked = await talk.ask("Roll.", live=live)
    [made] = [event for event in asked.events if isinstance(event, CallsMade)]
    assert [(call.tool, call.arguments) for call in made.calls] == [("roll_dice", '{"sides": 6}')]
    shown = "".join(event.text for event in asked.events if isinstance(event, TextDelta))
    assert shown == ("You said: Roll." if live else "")
    assert asked.answer
    assert asked.answer.text == "You said: Roll."
