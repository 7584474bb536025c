"""What the fake server says that it did itself is what the real client library reads."""

import pytest
from openai.types.responses import ResponseOutputText, ResponseStreamEvent
from openai.types.responses.response_output_item import ResponseOutputItem
from pydantic import TypeAdapter

from tests.fakes.openai_containers import ContainersApi, FilesApi
from tests.fakes.openai_hosted import (
    ACTS,
    INCLUDED,
    begun,
    events_of,
    items_of,
    said_with,
    usage_of,
)

ITEM = TypeAdapter[ResponseOutputItem](ResponseOutputItem)
EVENT = TypeAdapter[ResponseStreamEvent](ResponseStreamEvent)
TEXT = TypeAdapter[ResponseOutputText](ResponseOutputText)
TOOLS = [{"type": name, "container": {"type": "auto"}} for name in set(ACTS.values())]


@pytest.mark.parametrize("act", ACTS)
def test_what_it_did_has_the_shapes_of_the_library(act: str) -> None:
    containers = ContainersApi(FilesApi())
    request = {"tools": TOOLS, "include": [INCLUDED]}
    [item] = items_of([act], request, [], containers)
    for shown in (item, begun(item)):
        ITEM.validate_python(shown)
    for number, event in enumerate(events_of(0, item)):
        EVENT.validate_python({**event, "sequence_number": number})
    assert items_of([act], {}, [], containers) == []
    assert usage_of([item])
    TEXT.validate_python(said_with("Done.", [item]))
