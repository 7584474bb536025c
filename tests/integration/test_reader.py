"""Whatever a document does, the process that reads it ends, and this one goes on."""

import os
import subprocess
import sys
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

import docx
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


SIDE = 10_000  # of a picture of 100 megapixels
_MOST_HELD = 120 * 1024  # kilobytes; unpacked, the picture alone takes 100 MB


def huge_pixels() -> bytes:
    """As PNG and PDF pack them: rows of a byte a pixel, each after a byte of its own."""
    packer = zlib.compressobj(1)
    row = bytes(1 + SIDE)
    return b"".join(packer.compress(row) for _ in range(SIDE)) + packer.flush()


def huge_png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    header = SIDE.to_bytes(4) * 2 + bytes([8, 0, 0, 0, 0])
    parts = ((b"IHDR", header), (b"IDAT", huge_pixels()), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def huge_pdf() -> bytes:
    """A page that is such a picture, and one with words."""
    pixels = huge_pixels()
    picture = f"/Type/XObject/Subtype/Image/Width {SIDE}/Height {SIDE}/ColorSpace/DeviceGray"
    picture += "/BitsPerComponent 8/Filter/FlateDecode"
    picture += f"/DecodeParms<</Predictor 15/Colors 1/Columns {SIDE}>>"
    drawn, words = b"q 600 0 0 800 0 0 cm /P Do Q", b"BT /F 12 Tf 72 700 Td (Words.) Tj ET"
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2/MediaBox[0 0 600 800]>>",
        b"<</Type/Page/Parent 2 0 R/Contents 5 0 R/Resources<</XObject<</P 7 0 R>>>>>>",
        b"<</Type/Page/Parent 2 0 R/Contents 6 0 R/Resources<</Font<</F 8 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawn), drawn),
        b"<</Length %d>>stream\n%s\nendstream" % (len(words), words),
        b"<<%s/Length %d>>stream\n%s\nendstream" % (picture.encode(), len(pixels), pixels),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body = b"".join(b"%d 0 obj%s endobj\n" % (n, part) for n, part in enumerate(parts, 1))
    return b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R>>"


_ALONE = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-m", "bot.reading.child", sys.argv[1]], check=False)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
"""


def read_alone(ending: str, data: bytes) -> tuple[str, int]:
    """What the process says, and the most memory it held (kilobytes).

    It is begun by a small one: at first a process counts what the one that began it holds.
    """
    command = [sys.executable, "-c", _ALONE, ending]
    ran = subprocess.run(command, input=data, capture_output=True, check=True)
    return ran.stdout.decode(), int(ran.stderr)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere memory is told in other units")
def test_a_picture_of_a_hundred_megapixels_is_never_unpacked() -> None:
    png = huge_png()
    assert len(png) < 1 << 20
    letter = BytesIO()
    made = docx.Document()
    made.add_paragraph("Words.")
    made.save(letter)
    with zipfile.ZipFile(letter, "a", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("word/media/image1.png", png)
    for ending, data, expected in (
        (".png", png, "picture"),
        (".pdf", huge_pdf(), "Words."),
        (".docx", letter.getvalue(), "Words."),
    ):
        said, held = read_alone(ending, data)
        assert expected in said
        assert held < _MOST_HELD


async def test_the_process_is_given_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.reading import reader  # noqa: PLC0415

    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    assert "sk-secret" not in str(reader._environment())
