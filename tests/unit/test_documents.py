"""Office documents are read as text with their pages, unless too large, locked or broken."""

import zipfile
from io import BytesIO
from typing import Any

import docx
import odfdo
import openpyxl
import pptx
import pytest
from docx.enum.text import WD_BREAK
from PIL import Image

from bot.reading.lines import UnreadableDocument
from bot.reading.office import MOST_CHARS, NOT_CALCULATED, office_lines, text_of
from bot.work.pictures import as_jpeg


def saved(made: Any) -> bytes:
    data = BytesIO()
    made.save(data)
    return data.getvalue()


def archive(**parts: bytes) -> bytes:
    data = BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name.replace("__", "/"), content)
    return data.getvalue()


def why_not(data: bytes) -> str:
    with pytest.raises(UnreadableDocument) as refused:
        text_of(data)
    return str(refused.value)


def test_a_letter_is_read_with_its_pages_and_tables() -> None:
    made = docx.Document()
    made.add_heading("Essay", 1)
    made.add_paragraph("first page").add_run().add_break(WD_BREAK.PAGE)
    made.add_paragraph("second page")
    made.add_table(1, 2).cell(0, 1).text = "cell"
    assert text_of(saved(made)) == "Essay\nfirst page\n[page 2]\nsecond page\n | cell"


def test_slides_are_read_with_their_numbers_and_notes() -> None:
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[1])
    slide.shapes.title.text, slide.placeholders[1].text = "Title", "point"
    slide.notes_slide.notes_text_frame.text = "say this"
    made.slides.add_slide(made.slide_layouts[5]).shapes.title.text = "End"
    expected = "[slide 1]\nTitle\npoint\n(notes: say this)\n[slide 2]\nEnd"
    assert text_of(saved(made)) == expected


def test_sheets_are_read_with_their_names() -> None:
    made = openpyxl.Workbook()
    made.active.title = "Marks"
    made.active.append(["name", "mark"])
    made.active.append(["Ann", 1.3])
    made.create_sheet("Notes")["B1"] = "late"
    assert text_of(saved(made)) == "[sheet Marks]\nname | mark\nAnn | 1.3\n[sheet Notes]\n | late"


def test_formulas_that_were_never_calculated_are_named_as_unread() -> None:
    made = openpyxl.Workbook()
    made.active.title = "Marks"
    made.active.append(["mean", "=SUM(B2:B9)", "=1+1"])
    [row, unread] = office_lines(saved(made))
    assert (row.text, row.place) == ("mean", "sheet Marks")
    assert (unread.place, unread.unread) == ("sheet Marks, B1, C1", NOT_CALCULATED)
    assert NOT_CALCULATED in text_of(saved(made))
    made.active["A9"] = "=1"
    made.active.append([f"={n}" for n in range(9)])
    *_, unread = office_lines(saved(made))
    assert unread.place == "sheet Marks, B1, C1, A9, A10, B10, …"


def test_an_open_document_is_read() -> None:
    made = odfdo.Document("text")
    made.body.clear()
    made.body.append(odfdo.Header(1, "Kopf"))
    made.body.append(odfdo.Paragraph("erste Zeile"))
    assert text_of(saved(made)).splitlines() == ["Kopf", "erste Zeile"]


def test_a_cell_far_out_does_not_fill_the_memory_with_empty_ones() -> None:
    made = openpyxl.Workbook()
    made.active["XFD1048576"] = "far"
    assert "left out" in text_of(saved(made))


def test_of_a_very_long_document_the_beginning_is_read() -> None:
    made = docx.Document()
    made.add_paragraph("x" * MOST_CHARS)
    made.add_paragraph("the end")
    text = text_of(saved(made))
    assert len(text) < MOST_CHARS + 100
    assert text.endswith("[The rest of this document was left out.]")


def test_a_bomb_is_not_unpacked() -> None:
    bomb = archive(word__document__xml=b"", **{"word__document.xml": b" " * (17 << 20)})
    assert len(bomb) < 100_000
    assert "larger than I can take" in why_not(bomb)
    media = archive(**{"word__document.xml": b"<a/>", "word__media__1.png": bytes(65 << 20)})
    assert "larger than I can take" in why_not(media)
    many = archive(**{"word__document.xml": b"<a/>"}, **{f"p{n}": b"" for n in range(5001)})
    assert "larger than I can take" in why_not(many)


def test_what_is_locked_with_a_password_is_said_to_be() -> None:
    locked = bytearray(archive(**{"word__document.xml": b"<a/>"}))
    locked[6] |= 1
    locked[locked.rindex(b"PK\x01\x02") + 8] |= 1
    assert "password" in why_not(bytes(locked))
    manifest = b"<manifest:encryption-data/>"
    kind = b"application/vnd.oasis.opendocument.text"
    assert "password" in why_not(archive(mimetype=kind, **{"META-INF__manifest.xml": manifest}))


@pytest.mark.parametrize(
    "xml",
    [
        b"not xml",
        b"",
        b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>',
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    ],
)
def test_what_is_broken_or_hostile_is_damaged_and_nothing_else(xml: bytes) -> None:
    for name in ("word__document.xml", "ppt__presentation.xml", "xl__workbook.xml"):
        assert why_not(archive(**{name: xml})) == "it is damaged"
    assert why_not(b"PK\x03\x04 and no more") == "it is damaged"


def test_another_archive_is_not_looked_into() -> None:
    assert why_not(archive(**{"a.txt": b"x"})) == "I cannot look into archives"


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "ICO", "AVIF"])
def test_a_picture_in_another_format_is_converted(kind: str) -> None:
    made = BytesIO()
    Image.new("RGB", (3000, 30), "red").save(made, kind)
    with Image.open(BytesIO(as_jpeg(made.getvalue()) or b"")) as picture:
        assert (picture.format, max(picture.size) <= 2048) == ("JPEG", True)


@pytest.mark.parametrize("data", [b"", b"\x00\x00\x00\x18ftypheic", b"BM" + bytes(60)])
def test_a_picture_that_cannot_be_read_is_none(data: bytes) -> None:
    assert as_jpeg(data) is None


def test_a_picture_of_too_many_pixels_is_not_unpacked() -> None:
    made = BytesIO()
    Image.new("1", (10_000, 10_000)).save(made, "TIFF", compression="group4")
    assert as_jpeg(made.getvalue()) is None
