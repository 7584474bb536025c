"""The port `Backend`, once for every implementation, also on servers no one here wrote.

Real models are tiny: their words mean nothing, so only states, order and ids are looked at.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import openai
import pytest
import pytest_asyncio

from bot.backends.clients import Client
from bot.core.answers import Finished, RunIntended, RunStarted, SessionOpened, Status, StatusChanged
from bot.core.assistants import Assistant
from bot.core.errors import BackendRefused, SessionLost
from bot.core.tools import Call, Tool, ToolStep
from tests.contract.backends import (
    SHORT,
    Implementation,
    Opening,
    demo,
    fake_assistants,
    fake_chat,
    fake_foreground,
    fake_responses,
    llama_chat,
    ogx_responses,
    quirky_assistants,
)
from tests.fakes.openai_talk import Talk
from tests.ogx.servers import why_no_ogx
from tests.patience import PATIENCE

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.filterwarnings("ignore:The Assistants API:DeprecationWarning"),
]


WITHOUT_OGX = pytest.mark.skipif(why_no_ogx() is not None, reason=str(why_no_ogx()))
WITH_RUNS = [
    *(pytest.param(o, id=o.__name__) for o in (fake_responses, fake_assistants, quirky_assistants)),
    pytest.param(ogx_responses, id="ogx_responses", marks=WITHOUT_OGX),
]
WITHOUT_RUNS = [
    pytest.param(o, id=o.__name__) for o in (fake_foreground, fake_chat, demo, llama_chat)
]
where_runs_are_kept = pytest.mark.parametrize("there", WITH_RUNS, indirect=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=WITH_RUNS + WITHOUT_RUNS)
async def there(request: pytest.FixtureRequest) -> AsyncIterator[Implementation]:
    opening: Opening = request.param
    async with opening() as implementation:
        yield implementation


@pytest.mark.parametrize("live", [False, True], ids=["polled", "live"])
async def test_events_come_in_order_and_end_in_one_answer(
    there: Implementation, *, live: bool
) -> None:
    asked = await there.talk().ask("Hello", live=live)
    kinds = [type(event) for event in asked.events]
    landmarks = [kind for kind in kinds if kind is not StatusChanged]
    assert asked.answer is not None
    assert asked.answer.text
    assert kinds.count(Finished) == 1
    assert kinds[-1] is Finished
    if there.has_runs:
        assert landmarks[:3] == [SessionOpened, RunIntended, RunStarted]
    else:
        assert not {SessionOpened, RunIntended, RunStarted} & set(kinds)
    assert asked.answer.text.startswith(asked.written.strip())


@pytest.mark.parametrize("live", [False, True], ids=["polled", "live"])
async def test_the_second_turn_sees_the_first(there: Implementation, *, live: bool) -> None:
    talk = there.talk()
    first = await talk.ask("My name is Ada.", live=live)
    assert not await there.saw(first)
    second = await talk.ask("What is my name?", live=live)
    saw = await there.saw(second)
    assert saw
    if isinstance(saw, str):
        assert saw.removeprefix("My name is Ada.") not in {saw, ""}  # it, and its answer
    assert [type(event) for event in second.events].count(SessionOpened) == 0


async def test_six_conversations_at_once_are_six_sessions(there: Implementation) -> None:
    talks = [there.talk() for _ in range(6)]
    asked = await asyncio.gather(*(talk.ask(f"Hello {n}") for n, talk in enumerate(talks)))
    assert all(question.answer and question.answer.text for question in asked)
    assert len({question.run for question in asked}) == 6
    if there.has_runs:
        assert len({talk.session and talk.session.id for talk in talks}) == 6


@where_runs_are_kept
async def test_a_run_goes_on_elsewhere_and_is_paid_for_once(there: Implementation) -> None:
    asked = there.talk().asking("Hello")
    await asked.go_until(RunStarted)
    run = asked.run
    answer = await asked.go(there.twin)
    assert answer.text
    assert asked.run == run
    assert [type(event) for event in asked.events].count(RunStarted) == 1


@where_runs_are_kept
async def test_a_cancelled_run_ends_and_can_be_cancelled_again(there: Implementation) -> None:
    talk = Talk(there.backend, Assistant(max_output_tokens=1000))
    asked = talk.asking("Tell me a very long story.")
    if there.server:
        there.server.hold()
    await asked.go_until(StatusChanged, Status.THINKING)
    assert talk.session is not None
    assert asked.run is not None
    for _ in range(2):
        await there.backend.cancel(talk.session.id, asked.run)
    if there.server:
        there.server.release()
    with pytest.raises(BackendRefused, match="cancelled"):
        await asked.go()
    talk.assistant = SHORT
    assert (await talk.ask("Hello")).answer  # and it holds nothing up


async def test_cancelling_what_has_ended_is_no_error(there: Implementation) -> None:
    talk = there.talk()
    asked = await talk.ask("Hello")
    assert asked.run is not None
    await there.backend.cancel(talk.session.id if talk.session else None, asked.run)


async def test_what_is_forgotten_is_gone_and_can_be_forgotten_again(there: Implementation) -> None:
    talk = there.talk()
    asked = await talk.ask("Hello")
    session = talk.session
    for _ in range(2):
        await there.backend.forget(session.id if session else "none", [str(asked.run)])
    if session is None:
        return  # there is nothing that could be left
    assert there.client is not None
    assert await _left(there.client, session.id, str(asked.run)) == []
    with pytest.raises(SessionLost):
        await talk.ask("Do you remember me?")
    assert (await talk.ask("Hello again")).answer  # in a session of its own


async def test_a_check_of_what_works_is_one_line(there: Implementation) -> None:
    finding = await there.backend.check()
    assert finding
    assert "\n" not in finding


async def _left(client: Client, session: str, run: str) -> list[str]:
    looks: dict[str, Callable[[], Awaitable[object]]] = {
        "conversation": lambda: client.conversations.retrieve(session),
        "items": lambda: client.conversations.items.list(session),
        "response": lambda: client.responses.retrieve(run),
        "thread": lambda: client.beta.threads.retrieve(session),
        "run": lambda: client.beta.threads.runs.retrieve(run, thread_id=session),
    }
    left = []
    for name, look in looks.items():
        try:
            await look()
        except (openai.NotFoundError, openai.BadRequestError):
            continue  # 400: an id of another kind
        left.append(name)
    return left


DICE = Tool(name="roll_dice", description="Rolls.", parameters={"type": "object"})


async def test_what_tools_have_done_already_is_taken_in(there: Implementation) -> None:
    """Whatever becomes of the session in which they were called."""
    talk = Talk(there.backend, SHORT, tools=(DICE,))
    asked = talk.asking("Roll.")
    call = Call("call_1", DICE.name, '{"sides": 6}')
    asked.steps = (ToolStep((call,), ("4",), "gone", "gone"),)
    async with asyncio.timeout(PATIENCE):
        assert (await asked.persist()).text
