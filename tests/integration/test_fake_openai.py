"""The fake OpenAI server, asked by the real SDK."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from tests.fakes.openai_server import FakeOpenAI, Fault
from tests.patience import PATIENCE

MODEL = "fake-model"
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the Assistants API is


@pytest.fixture
async def server() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI() as server:
        yield server


@pytest.fixture
async def client(server: FakeOpenAI) -> AsyncIterator[AsyncOpenAI]:
    async with _client(server) as client:
        yield client


def _client(server: FakeOpenAI, key: str = "k", timeout: float = 10) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=server.base_url, api_key=key, max_retries=0, timeout=timeout)


async def _ask(client: AsyncOpenAI, text: str, **options: Any) -> Any:
    return await client.responses.create(model=MODEL, input=text, **options)


async def _chat(client: AsyncOpenAI, text: str = "hi", **options: Any) -> Any:
    messages: Any = [{"role": "user", "content": text}]
    return await client.chat.completions.create(model=MODEL, messages=messages, **options)


async def _read(stream: Any, seen: list[Any] | None = None) -> list[Any]:
    seen = [] if seen is None else seen
    async for event in stream:
        seen.append(event)
    return seen


async def _thread_run(client: AsyncOpenAI, text: str = "hi", **options: Any) -> tuple[Any, Any]:
    assistant = await client.beta.assistants.create(model=MODEL)
    thread = await client.beta.threads.create(messages=[{"role": "user", "content": text}])
    threads = client.beta.threads.runs
    return thread, await threads.create(thread.id, assistant_id=assistant.id, **options)


async def test_a_conversation_keeps_its_metadata_until_it_is_deleted(client: AsyncOpenAI) -> None:
    made = await client.conversations.create(metadata={"a": "1"})
    await client.conversations.update(made.id, metadata={"a": "2"})
    assert (await client.conversations.retrieve(made.id)).metadata == {"a": "2"}
    await client.conversations.delete(made.id)
    with pytest.raises(openai.NotFoundError, match=f"'{made.id}' not found") as caught:
        await client.conversations.retrieve(made.id)
    assert caught.value.type == "invalid_request_error"
    assert (caught.value.request_id or "").startswith("req_")


async def test_items_are_listed_newest_first_over_many_pages(client: AsyncOpenAI) -> None:
    said: Any = [{"role": "user", "content": str(n)} for n in range(5)]
    items = client.conversations.items
    made = await client.conversations.create(items=said[:2])
    await items.create(made.id, items=said[2:])
    pages: Any = items.list(made.id, limit=2)
    assert [item.content[0].text async for item in pages] == list("43210")
    first = await items.list(made.id, order="asc", limit=1)
    await items.delete(first.data[0].id or "", conversation_id=made.id)
    with pytest.raises(openai.NotFoundError):
        await items.retrieve(first.data[0].id or "", conversation_id=made.id)
    assert len((await items.list(made.id)).data) == 4


async def test_more_than_twenty_items_are_refused(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError):
        await client.conversations.create(items=[{"role": "user", "content": "x"}] * 21)


async def test_a_background_run_is_queued_then_in_progress_then_complete(
    server: FakeOpenAI, client: AsyncOpenAI
) -> None:
    conversation = (await client.conversations.create()).id
    run = await _ask(client, "hi", background=True, conversation=conversation)
    assert (run.status, run.usage, run.output) == ("queued", None, [])
    polled = await client.responses.retrieve(run.id)
    assert polled.status == "in_progress"
    done = await client.responses.retrieve(run.id)
    assert (done.status, done.output_text) == ("completed", "You said: hi")
    assert done.conversation
    assert done.conversation.id == conversation
    items = await client.conversations.items.list(conversation, order="asc")
    assert [item.role for item in items.data] == ["user", "assistant"]  # type: ignore[union-attr]
    assert [(run.kind, run.input_text, run.status) for run in server.runs] == [
        ("response", "hi", "completed")
    ]


async def test_items_are_added_only_when_the_run_ends(
    server: FakeOpenAI, client: AsyncOpenAI
) -> None:
    conversation = (await client.conversations.create()).id
    server.hold()
    await _ask(client, "hi", background=True, conversation=conversation)
    assert (await client.conversations.items.list(conversation)).data == []
    server.release()
    assert len((await client.conversations.items.list(conversation)).data) == 2


async def test_a_locked_conversation_refuses_a_second_response(
    server: FakeOpenAI, client: AsyncOpenAI
) -> None:
    conversation = (await client.conversations.create()).id
    server.hold()
    run = await _ask(client, "one", background=True, conversation=conversation)
    with pytest.raises(openai.BadRequestError) as caught:
        await _ask(client, "two", background=True, conversation=conversation)
    assert (caught.value.code, caught.value.param) == ("conversation_locked", "conversation")
    assert (await client.responses.cancel(run.id)).status == "cancelled"
    assert (await client.responses.cancel(run.id)).status == "cancelled"
    await _ask(client, "three", background=True, conversation=conversation)
    assert [run.input_text for run in server.runs] == ["one", "three"]


async def test_usage_counts_the_history_as_cached(client: AsyncOpenAI) -> None:
    first = await _ask(client, "a" * 40)
    second = await _ask(client, "b" * 40, previous_response_id=first.id)
    assert (first.usage.input_tokens, first.usage.input_tokens_details.cached_tokens) == (10, 0)
    assert second.usage.input_tokens_details.cached_tokens >= 20
    assert second.usage.total_tokens == second.usage.input_tokens + second.usage.output_tokens


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        ({"status": "failed", "error_code": "server_error"}, ("failed", "server_error", None)),
        (
            {"status": "incomplete", "incomplete_reason": "content_filter"},
            ("incomplete", None, "content_filter"),
        ),
        ({"status": "cancelled"}, ("cancelled", None, None)),
        ({"status": "pondering"}, ("pondering", None, None)),
    ],
)
async def test_the_next_run_ends_as_scripted(
    server: FakeOpenAI, client: AsyncOpenAI, ending: dict[str, str], expected: tuple[Any, ...]
) -> None:
    server.polls = 0
    server.next_run(**ending)
    done = await client.responses.retrieve((await _ask(client, "hi", background=True)).id)
    reason = done.incomplete_details and done.incomplete_details.reason
    assert (done.status, done.error and done.error.code, reason) == expected
    assert (await _ask(client, "again")).status == "completed"


async def test_refusals_commentary_and_missing_output_come_as_scripted(
    server: FakeOpenAI, client: AsyncOpenAI
) -> None:
    server.next_run(refusal="No.")
    server.next_run(commentary="Let me see.")
    server.next_run(output_none=True)
    refused, chatty, empty = [await _ask(client, "hi") for _ in range(3)]
    assert (refused.output_text, refused.output[0].content[0].refusal) == ("", "No.")
    assert [message.phase for message in chatty.output] == ["commentary", "final_answer"]
    assert empty.output is None


async def test_a_background_stream_can_be_cut_and_resumed(
    server: FakeOpenAI, client: AsyncOpenAI
) -> None:
    server.fail("POST", r"/responses$", Fault(cut_after=6))
    seen: list[Any] = []
    stream = await _ask(client, "one two", background=True, stream=True)
    with pytest.raises(openai.APIConnectionError):
        await _read(stream, seen)
    assert [event.sequence_number for event in seen] == list(range(6))
    assert [event.type for event in seen[:3]] == [
        "response.created",
        "response.queued",
        "response.in_progress",
    ]
    resumed = await client.responses.retrieve(seen[0].response.id, stream=True, starting_after=5)
    rest = await _read(resumed)
    deltas = [event.delta for event in seen + rest if event.type.endswith("text.delta")]
    assert deltas == ["You", " said:", " one", " two"]
    assert rest[-1].response.output_text == "You said: one two"
    assert [run.status for run in server.runs] == ["completed"]


async def test_a_held_stream_shows_one_delta_until_its_release(
    server: FakeOpenAI, client: AsyncOpenAI
) -> None:
    server.hold()
    streams = [
        await _ask(client, "hi", background=True, stream=True),
        await _ask(client, "hi", stream=True),
    ]
    for stream, run in zip(streams, server.runs, strict=True):
        said = ""
        async for event in stream:
            said += getattr(event, "delta", "")
            if said == "You":
                assert run.active
                server.release(run.id)
                said += "|"
        assert (event.type, said) == ("response.completed", "You| said: hi")
        assert run.status == "completed"


async def test_the_sdk_helper_assembles_the_stream(client: AsyncOpenAI) -> None:
    async with client.responses.stream(model=MODEL, input="hi") as stream:
        final = await stream.get_final_response()
    assert final.output_text == "You said: hi"


async def test_a_foreground_stream_dies_with_its_connection(
    server: FakeOpenAI, client: AsyncOpenAI
) -> None:
    conversation = (await client.conversations.create()).id
    server.fail("POST", r"/responses$", Fault(cut_after=5))
    with pytest.raises(openai.APIConnectionError):
        await _read(await _ask(client, "hi", stream=True, conversation=conversation))
    assert server.runs[0].status == "cancelled"
    with pytest.raises(openai.NotFoundError):
        await client.responses.retrieve(server.runs[0].id)
    assert (await client.conversations.items.list(conversation)).data == []


async def test_closing_a_foreground_stream_stops_the_run(
    server: FakeOpenAI, client: AsyncOpenAI
) -> None:
    server.hold()
    async with asyncio.timeout(PATIENCE):
        for ask in (_ask, _chat):
            stream = await ask(client, "hi", stream=True)
            await stream.close()
            await server.runs[-1].gate.wait()
    assert [run.status for run in server.runs] == ["cancelled", "cancelled"]


async def test_only_stored_background_streams_can_be_fetched_as_streams(
    server: FakeOpenAI, client: AsyncOpenAI
) -> None:
    whole = await _ask(client, "hi", background=True)
    unstored = await _ask(client, "hi", store=False)
    with pytest.raises(openai.BadRequestError, match="stream=true"):
        await client.responses.retrieve(whole.id, stream=True)
    with pytest.raises(openai.NotFoundError):
        await client.responses.retrieve(unstored.id)
    with pytest.raises(openai.BadRequestError):
        await _ask(client, "hi", background=True, store=False)
    server.background_stream = False
    with pytest.raises(openai.BadRequestError) as caught:
        await _ask(client, "hi", background=True, stream=True)
    assert caught.value.code is None
    await client.responses.delete(whole.id)
    with pytest.raises(openai.NotFoundError):
        await client.responses.cancel(whole.id)


async def test_a_context_that_is_too_long_is_refused(
    server: FakeOpenAI, client: AsyncOpenAI
) -> None:
    server.context_chars = 10
    for ask in (_ask, _chat):
        with pytest.raises(openai.BadRequestError) as caught:
            await ask(client, "x" * 11)
        assert caught.value.code == "context_length_exceeded"
    server.overflow = "llama.cpp"
    with pytest.raises(openai.BadRequestError) as caught:
        await _chat(client, "x" * 11)
    assert caught.value.type == "exceed_context_size_error"
    assert server.runs == []


async def test_unknown_keys_models_and_paths_are_refused(
    server: FakeOpenAI, client: AsyncOpenAI
) -> None:
    server.api_key, server.models = "k", ["other"]
    for ask in (_ask, _chat):
        with pytest.raises(openai.NotFoundError) as missing:
            await ask(client, "hi")
        assert missing.value.code == "model_not_found"
    assert [model.id async for model in client.models.list()] == ["other"]
    assert (await client.models.retrieve("other")).object == "model"
    async with _client(server, "wrong") as stranger:
        with pytest.raises(openai.AuthenticationError) as caught:
            await stranger.models.list()
    assert caught.value.code == "invalid_api_key"
    with pytest.raises(openai.NotFoundError, match="Invalid URL"):
        await client.batches.list()


@pytest.mark.parametrize(
    ("fault", "error", "runs"),
    [
        (Fault.rate_limited(retry_after=1), openai.RateLimitError, 0),
        (Fault.quota_exceeded(), openai.RateLimitError, 0),
        (Fault.dropped_before(), openai.APIConnectionError, 0),
        (Fault.dropped_after(), openai.APIConnectionError, 1),
        (Fault(status=503), openai.InternalServerError, 0),
        (Fault(status=502, after=True), openai.InternalServerError, 1),
        (Fault.broken_json(), json.JSONDecodeError, 0),
    ],
)
async def test_a_fault_strikes_once_and_says_what_was_paid(
    server: FakeOpenAI, client: AsyncOpenAI, fault: Fault, error: type[Exception], runs: int
) -> None:
    server.fail("POST", r"/responses$", fault)
    with pytest.raises(error) as caught:
        await _ask(client, "hi", background=True)
    assert len(server.runs) == runs
    if isinstance(caught.value, openai.RateLimitError):
        assert caught.value.code in {"rate_limit_exceeded", "insufficient_quota"}
    assert (await _ask(client, "again")).status == "completed"


async def test_html_instead_of_an_answer_reaches_the_caller_as_text(
    server: FakeOpenAI, client: AsyncOpenAI
) -> None:
    server.fail("POST", r"/responses$", Fault.html())
    assert isinstance(await _ask(client, "hi"), str)


async def test_a_slow_answer_times_out(server: FakeOpenAI) -> None:
    server.fail("GET", r"/models$", Fault(delay=5))
    async with _client(server, timeout=0.05) as hasty:
        with pytest.raises(openai.APITimeoutError):
            await hasty.models.list()


async def test_requests_are_recorded_with_path_query_and_body(
    server: FakeOpenAI, client: AsyncOpenAI
) -> None:
    run = await _ask(client, "hi", background=True, stream=True)
    await _read(run)
    await _read(await client.responses.retrieve(server.runs[0].id, stream=True, starting_after=3))
    first, second = server.requests
    assert (first.method, first.path, first.body and first.body["input"]) == (
        "POST",
        "/v1/responses",
        "hi",
    )
    assert second.query == {"stream": "true", "starting_after": "3"}


async def test_the_server_comes_back_on_its_port_with_its_memory(
    server: FakeOpenAI, client: AsyncOpenAI
) -> None:
    server.hold()
    run = await _ask(client, "hi", background=True)
    started = asyncio.Event()
    server.answer = lambda _: str(started.set())  # type: ignore[func-returns-value]
    waiting = asyncio.create_task(_ask(client, "in the foreground"))
    await started.wait()
    await server.stop()
    with pytest.raises(openai.APIConnectionError):
        await waiting
    with pytest.raises(openai.APIConnectionError):
        await client.models.list()
    await server.start()
    assert (await client.responses.retrieve(run.id)).status == "in_progress"


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        ({}, "stop"),
        ({"status": "incomplete"}, "length"),
        ({"status": "incomplete", "incomplete_reason": "content_filter"}, "content_filter"),
    ],
)
async def test_a_chat_ends_for_a_reason_whole_or_streamed(
    server: FakeOpenAI, client: AsyncOpenAI, ending: dict[str, str], reason: str
) -> None:
    server.next_run(**ending)
    server.next_run(**ending)
    whole = await _chat(client)
    assert (whole.choices[0].finish_reason, whole.choices[0].message.content) == (
        reason,
        "You said: hi",
    )
    chunks = await _read(await _chat(client, stream=True, stream_options={"include_usage": True}))
    *spoken, usage = chunks
    assert "".join(c.choices[0].delta.content or "" for c in spoken) == "You said: hi"
    assert spoken[-1].choices[0].finish_reason == reason
    assert (usage.choices, usage.usage) == ([], whole.usage)
    assert {run.kind for run in server.runs} == {"chat"}


async def test_a_held_chat_stream_stops_after_its_first_delta(
    server: FakeOpenAI, client: AsyncOpenAI
) -> None:
    server.hold()
    said = ""
    async for chunk in await _chat(client, stream=True):
        said += chunk.choices[0].delta.content or ""
        if said == "You":
            assert server.runs[0].active
            server.release()
    assert (said, server.runs[0].status) == ("You said: hi", "completed")


async def test_a_legacy_run_answers_in_its_thread(server: FakeOpenAI, client: AsyncOpenAI) -> None:
    threads = client.beta.threads
    thread, run = await _thread_run(client, metadata={"turn": "7"})
    statuses = [run.status] + [
        (await threads.runs.retrieve(run.id, thread_id=thread.id)).status for _ in range(2)
    ]
    assert statuses == ["queued", "in_progress", "completed"]
    assert [m.role async for m in threads.messages.list(thread.id)] == ["assistant", "user"]
    answers = await threads.messages.list(thread.id, run_id=run.id)
    assert answers.data[0].assistant_id == run.assistant_id
    assert answers.data[0].content[0].text.value == "You said: hi"  # type: ignore[union-attr]
    listed = await threads.runs.list(thread.id)
    assert listed.data[0].metadata == {"turn": "7"}
    assert listed.data[0].usage is not None


async def test_an_active_legacy_run_refuses_messages_and_runs_until_cancelled(
    server: FakeOpenAI, client: AsyncOpenAI
) -> None:
    server.hold()
    threads = client.beta.threads
    thread, run = await _thread_run(client)
    with pytest.raises(openai.BadRequestError, match="Can't add messages"):
        await threads.messages.create(thread.id, role="user", content="more")
    with pytest.raises(openai.BadRequestError, match="already has an active run"):
        await threads.runs.create(thread.id, assistant_id=run.assistant_id)
    assert (await threads.runs.cancel(run.id, thread_id=thread.id)).status == "cancelling"
    assert (await threads.runs.retrieve(run.id, thread_id=thread.id)).status == "cancelled"
    await threads.messages.create(thread.id, role="user", content="more")


async def test_a_legacy_run_can_ask_for_tool_outputs_fail_or_expire(
    server: FakeOpenAI, client: AsyncOpenAI
) -> None:
    server.polls = 0
    server.next_run(status="requires_action")
    thread, run = await _thread_run(client)
    runs = client.beta.threads.runs
    asked = await runs.retrieve(run.id, thread_id=thread.id)
    assert asked.required_action
    call = asked.required_action.submit_tool_outputs.tool_calls[0]
    outputs: Any = [{"tool_call_id": call.id, "output": "42"}]
    await runs.submit_tool_outputs(run.id, thread_id=thread.id, tool_outputs=outputs)
    assert (await runs.retrieve(run.id, thread_id=thread.id)).status == "completed"
    for status in ("failed", "expired", "incomplete"):
        server.next_run(status=status)
        again = await runs.create(thread.id, assistant_id=run.assistant_id)
        ended = await runs.retrieve(again.id, thread_id=thread.id)
        assert (ended.status, bool(ended.last_error)) == (status, status == "failed")


async def test_the_quirks_of_a_clone_can_be_switched_on(
    server: FakeOpenAI, client: AsyncOpenAI
) -> None:
    server.assistants_quirks, server.polls = True, 0
    thread, run = await _thread_run(client, metadata={"turn": "7"})
    threads = client.beta.threads
    with pytest.raises(openai.BadRequestError):
        await threads.runs.cancel(run.id, thread_id=thread.id)
    done = await threads.runs.retrieve(run.id, thread_id=thread.id)
    assert (done.metadata, done.usage) == (None, None)
    assert done.to_dict()["metadata_"] == {"turn": "7"}
    listed = await threads.messages.list(thread.id, order="desc")
    assert [message.role for message in listed.data] == ["user", "assistant"]


async def test_assistants_threads_and_the_beta_header_are_checked(client: AsyncOpenAI) -> None:
    assistant = await client.beta.assistants.create(model=MODEL, name="A")
    assert [a.id async for a in client.beta.assistants.list()] == [assistant.id]
    await client.beta.assistants.delete(assistant.id)
    with pytest.raises(openai.NotFoundError):
        await client.beta.assistants.retrieve(assistant.id)
    thread = await client.beta.threads.create()
    assert (await client.beta.threads.delete(thread.id)).deleted
    with pytest.raises(openai.NotFoundError):
        await client.beta.threads.retrieve(thread.id)
    with pytest.raises(openai.BadRequestError) as caught:
        await client.get("/threads/thread_1", cast_to=object)
    assert caught.value.code == "invalid_beta"


async def test_another_process_is_ordered_about_through_its_door() -> None:
    command = ("-m", "tests.fakes.openai_server", "--port", "0")
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    base_url = (await process.stdout.readline()).decode().strip()
    root = base_url.removesuffix("/v1")
    try:
        async with AsyncOpenAI(base_url=base_url, api_key="k", max_retries=0) as client:
            await _order_about(client, root)
    finally:
        process.terminate()
        await process.wait()


async def _order_about(client: AsyncOpenAI, root: str) -> None:
    async def order(verb: str, body: object) -> None:
        await client.post(f"{root}/_control/{verb}", body=body, cast_to=object)

    await order("set", {"polls": 0})
    await order("hold", {})
    trap = {"method": "POST", "path": "/responses$", "fault": {"status": 503}}
    await order("fail", trap)
    with pytest.raises(openai.InternalServerError):
        await _ask(client, "hi", background=True)
    run = await _ask(client, "hi", background=True)
    assert (await client.responses.retrieve(run.id)).status == "in_progress"
    await order("release", {})
    assert (await client.responses.retrieve(run.id)).status == "completed"
    runs: Any = await client.get(f"{root}/_control/runs", cast_to=object)
    requests: Any = await client.get(f"{root}/_control/requests", cast_to=object)
    assert [run["status"] for run in runs] == ["completed"]
    assert len(requests) == 4
