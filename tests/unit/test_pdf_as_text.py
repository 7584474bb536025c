"""A model that reads text alone is given the text of a PDF; what has none is said."""

from dataclasses import replace

import pytest

from bot.backends.assistants import AssistantsBackend
from bot.core.messages import Attachment
from tests.fakes.memory import FakeMemory
from tests.unit.test_reading import pdf
from tests.unit.world import MODEL, World, message

pytestmark = pytest.mark.filterwarnings("ignore:The Assistants API:DeprecationWarning")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (pdf("Entropy grows.", "And grows."), "[page 2]\nAnd grows."),
        (pdf("Entropy grows.")[:200], "notes.pdf was left out: it is damaged"),
        (pdf("secret", password="x"), "notes.pdf was left out: it is"),
    ],
    ids=["whole", "cut off", "locked"],
)
async def test_a_pdf_is_text_to_a_model_that_reads_nothing_else(
    world: World, content: bytes, words: str
) -> None:
    world.platform.files["f1"] = content
    file = Attachment("f1", "notes.pdf", "application/pdf", len(content), "")
    async with world.bot(AssistantsBackend(world.client(), MODEL, FakeMemory())) as bot:
        await bot.intake.accept(replace(message("What does it say?"), attachments=(file,)))
        await bot.idle()
    assert words in world.server.runs[0].input_text
