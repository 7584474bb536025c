"""What the fake server says that it did itself is what the real client library reads."""

import pytest
from openai.types.responses import ResponseStreamEvent
from openai.types.responses.response_output_item import ResponseOutputItem
from pydantic import TypeAdapter

from tests.fakes.openai_hosted import ACTS, begun, events_of, items_of, usage_of

ITEM = TypeAdapter[ResponseOutputItem](ResponseOutputItem)
EVENT = TypeAdapter[ResponseStreamEvent](ResponseStreamEvent)
TOOLS = [{"type": name} for name in set(ACTS.values())]


@pytest.mark.parametrize("act", ACTS)
def test_what_it_did_has_the_shapes_of_the_library(act: str) -> None:
    [item] = items_of([act], TOOLS)
    for shown in (item, begun(item)):
        ITEM.validate_python(shown)
    for number, event in enumerate(events_of(0, item)):
        EVENT.validate_python({**event, "sequence_number": number})
    assert items_of([act], []) == []
    assert usage_of([item])
