"""What the fake server says that it did itself is what the real client library reads."""

import pytest
from openai.types.beta import Thread
from openai.types.beta.threads import Message, Run
from openai.types.beta.threads.runs import RunStep
from openai.types.responses import ResponseOutputText, ResponseStreamEvent
from openai.types.responses.response_output_item import ResponseOutputItem
from pydantic import TypeAdapter

from tests.fakes.openai_containers import ContainersApi, FilesApi, Stored
from tests.fakes.openai_hosted import (
    ACTS,
    CODE,
    INCLUDED,
    SHOWN,
    Premises,
    begun,
    events_of,
    items_of,
    said_with,
    usage_of,
)
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.openai_stores import Entry, FakeStore, StoresApi
from tests.fakes.openai_threads import FakeThread, ThreadRun

ITEM = TypeAdapter[ResponseOutputItem](ResponseOutputItem)
EVENT = TypeAdapter[ResponseStreamEvent](ResponseStreamEvent)
STEP = TypeAdapter[RunStep](RunStep)
TEXT = TypeAdapter[ResponseOutputText](ResponseOutputText)


@pytest.mark.parametrize("act", ACTS)
def test_what_it_did_has_the_shapes_of_the_library(act: str) -> None:
    files = FilesApi()
    there = Premises(ContainersApi(files), StoresApi(files))
    store = FakeStore("notes", files={"file-1": Entry(0)})
    files.stored["file-1"] = Stored("file-1", "a.txt", b"Notes\n\nWhat is asked about.")
    there.stores.all[store.id] = store
    about = {"container": {"type": "auto"}, "vector_store_ids": [store.id]}
    tools = [{"type": name, **about} for name in set(ACTS.values())]
    request = {"tools": tools, "include": [INCLUDED, SHOWN]}
    [item] = items_of([act], request, [], there, "asked")
    for shown in (item, begun(item)):
        ITEM.validate_python(shown)
    for number, event in enumerate(events_of(0, item)):
        EVENT.validate_python({**event, "sequence_number": number})
    assert items_of([act], {}, [], there, "asked") == []
    assert usage_of([item])
    TEXT.validate_python(said_with("Done.", [item]))


@pytest.mark.parametrize("act", [act for act, tool in ACTS.items() if tool == CODE])
def test_what_a_thread_holds_of_it_has_the_shapes_of_the_library(act: str) -> None:
    server, thread = FakeOpenAI(), FakeThread("thread_1", 0, {})
    server.files.stored["file-1"] = Stored("file-1", "a.csv", b"a,b")
    attached = {"file_id": "file-1", "tools": [{"type": CODE}]}
    thread.add({"role": "user", "content": "do it", "attachments": [attached]}, server.files)
    fake = server.begin("run", "do it", {"tools": [{"type": CODE}]}, conversation=thread.id)
    assistant = {"id": "asst_1", "model": "m", "instructions": "", "tools": []}
    run = ThreadRun(fake, assistant, 1, 0)
    run.work([act], thread, server.files)
    [begun] = map(STEP.validate_python, run.steps())
    fake.end()
    thread.keep(run)
    [ended] = map(STEP.validate_python, run.steps())
    assert (begun.status, ended.status != "in_progress") == ("in_progress", True)
    TypeAdapter[Run](Run).validate_python(run.shown(usage=True))
    TypeAdapter[Thread](Thread).validate_python(thread.shown())
    for message in thread.messages:
        TypeAdapter[Message](Message).validate_python(message)
