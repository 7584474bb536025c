"""Whatever a document does, the process that reads it ends, and this one goes on."""

import os
import sys
import zlib
from pathlib import Path

import pytest

from bot.core.materials import Passage, Unread
from bot.reading.lines import UnreadableDocument
from bot.reading.pdf import NO_TEXT
from bot.reading.reader import MOST_BYTES, TOO_LARGE, TOO_LONG, read_document
from tests.unit.test_documents import archive
from tests.unit.test_reading import pdf

ENTITIES = b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><a>&b;</a>'


async def why_not(name: str, data: bytes, seconds: float = 100.0) -> str:
    with pytest.raises(UnreadableDocument) as refused:
        await read_document(name, data, seconds)
    return str(refused.value)


async def test_a_document_is_read_with_what_of_it_could_not_be() -> None:
    reading = await read_document("Syllabus.PDF", pdf("The exam is in June.", ""))
    assert reading.passages == (Passage(text="The exam is in June.", place="page 1"),)
    assert reading.unread == (Unread("page 2", NO_TEXT),)


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("scan.pdf", pdf("", ""), "scanned"),
        ("locked.pdf", pdf("x", password="secret"), "password"),
        ("bomb.docx", archive(**{"word__document.xml": b" " * (17 << 20)}), "larger"),
        ("entities.docx", archive(**{"word__document.xml": ENTITIES}), "damaged"),
        ("blank.txt", b"\n \n", "no text"),
        ("-c import os\x00", b"\xff\xd8\xff" + bytes(9), "picture"),
    ],
)
async def test_what_cannot_be_read_says_why(name: str, data: bytes, why: str) -> None:
    assert why in await why_not(name, data)


async def test_what_is_too_large_is_not_even_begun() -> None:
    assert await why_not("large.txt", bytes(MOST_BYTES + 1)) == TOO_LARGE


def endless_pdf() -> bytes:
    """A page whose content unpacks to hundreds of megabytes, which no library reads in time."""
    packer = zlib.compressobj(1)
    piece = b"BT /F1 9 Tf (a) Tj ET\n" * 1_000_000
    content = b"".join(packer.compress(piece) for _ in range(20)) + packer.flush()
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<<>>>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(content), content),
    ]
    body = b"".join(b"%d 0 obj%s endobj\n" % (n, part) for n, part in enumerate(parts, 1))
    return b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R>>"


async def test_what_takes_for_ever_is_ended_and_leaves_no_process() -> None:
    assert await why_not("endless.pdf", endless_pdf(), 2.0) == TOO_LONG
    if sys.platform == "linux":
        children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text()
        commands = [Path(f"/proc/{one}/cmdline").read_text() for one in children.split()]
        assert not any("bot.reading.child" in command for command in commands)


async def test_the_process_is_given_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.reading import reader  # noqa: PLC0415

    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    assert "sk-secret" not in str(reader._environment())
