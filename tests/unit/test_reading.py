"""Documents become passages that say where they stand."""

import json
import zipfile
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path

import docx
import pptx
import pytest
from docx.oxml import OxmlElement
from hypothesis import given
from hypothesis import strategies as st
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from bot.core.materials import MOST_CHARS_OF_PASSAGE, Passage
from bot.reading.folders import in_file, in_path
from bot.reading.kinds import lines_of
from bot.reading.lines import Paragraph, UnreadableDocument, passages_of
from bot.reading.pdf import NO_TEXT


def passages(ending: str, data: bytes) -> list[Passage]:
    return list(passages_of(line for line in lines_of(ending, data) if not line.unread))


def why_not(ending: str, data: bytes) -> str:
    with pytest.raises(UnreadableDocument) as refused:
        passages(ending, data)
    return str(refused.value)


def pdf(*pages: str, headings: tuple[tuple[int, str], ...] = (), password: str = "") -> bytes:
    made = BytesIO()
    canvas = Canvas(made, encrypt=StandardEncryption(password) if password else None)
    for number, text in enumerate(pages):
        for page, title in headings:
            if page == number:
                canvas.bookmarkPage(title)
                canvas.addOutlineEntry(title, title)
        for row, line in enumerate(text.splitlines()):
            canvas.drawString(72, 700 - 20 * row, line)
        canvas.showPage()
    canvas.save()
    return made.getvalue()


def saved(made: docx.document.Document | pptx.presentation.Presentation) -> bytes:
    data = BytesIO()
    made.save(data)
    return data.getvalue()


def archive(**files: bytes) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as written:
        for name, data in files.items():
            written.writestr(name.replace("__", "/"), data)
    return made.getvalue()


def test_a_pdf_is_read_by_page_below_the_headings_of_its_outline() -> None:
    data = pdf(
        "Welcome\nGrading\nLate essays lose ten points.",
        "Exams\nNinety minutes.",
        headings=((0, "Grading"), (1, "Exams")),
    )
    assert passages(".pdf", data) == [
        Passage(text="Welcome", place="page 1"),
        Passage(text="Late essays lose ten points.", place="page 1", heading="Grading"),
        Passage(text="Ninety minutes.", place="page 2", heading="Exams"),
    ]


def test_a_page_without_text_is_named_and_a_pdf_of_such_pages_is_scanned() -> None:
    lines = list(lines_of(".pdf", pdf("Words", "", "More")))
    assert [line.place for line in lines if line.unread == NO_TEXT] == ["page 2"]
    assert "scanned" in why_not(".pdf", pdf("", ""))


def test_a_pdf_that_is_locked_or_cut_off_says_so() -> None:
    assert "password" in why_not(".pdf", pdf("Words", password="secret"))
    assert "damaged" in why_not(".pdf", b"%PDF-1.7 and no more")
    whole = pdf("Words")
    assert why_not(".pdf", whole[: len(whole) // 3])


def test_a_letter_is_read_below_its_headings_and_slides_by_their_number() -> None:
    letter = docx.Document()
    letter.add_heading("Rules", 1)
    letter.add_heading("Late work", 2)
    letter.add_paragraph("Ten points a day.")
    assert passages(".docx", saved(letter)) == [
        Passage(text="Ten points a day.", heading="Rules › Late work")
    ]
    talk = pptx.Presentation()
    for title, point in (("Cells", "small"), ("Plants", "green")):
        slide = talk.slides.add_slide(talk.slide_layouts[1])
        slide.shapes.title.text, slide.placeholders[1].text = title, point
    assert passages(".pptx", saved(talk)) == [
        Passage(text="small", place="slide 1", heading="Cells"),
        Passage(text="green", place="slide 2", heading="Plants"),
    ]


def test_markdown_keeps_its_headings_as_a_path_and_its_code_as_it_is() -> None:
    text = "# A\none\n## B\ntwo\n```\n# no heading\n```\n# C\nthree"
    assert [(one.heading, one.text) for one in passages(".md", text.encode())] == [
        ("A", "one"),
        ("A › B", "two\n```\n# no heading\n```"),
        ("C", "three"),
    ]


def test_underlined_headings_are_headings() -> None:
    text = "Title\n=====\none\n\nPart\n----\ntwo\n\nDeep\n~~~~\nthree"
    assert [(one.heading, one.text) for one in passages(".rst", text.encode())] == [
        ("Title", "one"),
        ("Title › Part", "two"),
        ("Title › Part › Deep", "three"),
    ]


def test_of_a_page_of_html_only_what_is_seen_is_read() -> None:
    page = """<html><head><title>t</title><style>p{}</style></head><body><nav>menu</nav>
    <h1>Rules</h1><p>Ten <b>points</b>.<script>alert(1)</script><h2>Late</h2><ul><li>one<li>two
    </ul></body>"""
    assert passages(".html", page.encode()) == [
        Passage(text="Ten points.", heading="Rules"),
        Passage(text="one\ntwo", heading="Rules › Late"),
    ]


def test_a_notebook_is_read_cell_by_cell() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Plots\n", "see below"]},
        {"cell_type": "code", "source": "print(1)", "outputs": [{"text": ["1\n"]}]},
    ]
    assert passages(".ipynb", json.dumps({"cells": cells}).encode()) == [
        Passage(text="see below", place="cell 1", heading="Plots"),
        Passage(text="print(1)\n1", place="cell 2", heading="Plots"),
    ]
    assert "damaged" in why_not(".ipynb", b'{"cells": 3}')
    assert "damaged" in why_not(".ipynb", b"[" * 100_000)


def test_a_text_is_cut_where_a_paragraph_ends_and_says_at_which_line() -> None:
    text = "\n".join(["def f():", "    pass", ""] * 100)
    found = passages(".py", text.encode())
    assert all(len(one.text) <= MOST_CHARS_OF_PASSAGE for one in found)
    lines = text.splitlines()
    for one in found:
        number = int(one.place.removeprefix("line "))
        assert lines[number - 1] == one.text.splitlines()[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030", "shift_jis"])
def test_eastern_texts_are_read_in_the_encodings_they_come_in(encoding: str) -> None:
    text = "期末試験は六月に行います。教室は三階です。レポートは金曜日までに出してください。" * 3
    [found] = passages(".txt", text.encode(encoding))
    assert found.text == text


def test_what_is_no_text_is_refused_with_a_reason() -> None:
    assert "picture" in why_not("", b"\x89PNG\r\n\x1a\n" + bytes(50))
    assert "sound" in why_not(".mp3", b"ID3" + bytes(50))
    assert why_not(".bin", bytes(range(256))) == "it is neither text nor PDF nor an Office document"
    assert why_not(".txt", b"") == "it is empty"


lines = st.builds(
    Paragraph,
    text=st.text(max_size=3000),
    place=st.sampled_from(["", "page 1", "page 2"]),
    level=st.sampled_from([0, 0, 0, 1, 2, 6]),
)


@given(st.lists(lines, max_size=10))
def test_no_passage_is_too_long_or_spans_two_places(given_lines: list[Paragraph]) -> None:
    found = list(passages_of(given_lines))
    assert all(0 < len(one.text) <= MOST_CHARS_OF_PASSAGE for one in found)
    assert {one.place for one in found} <= {line.place for line in given_lines}


def test_a_folder_is_read_with_the_names_in_it_but_not_what_is_hidden(tmp_path: Path) -> None:
    course = tmp_path / "course"
    (course / "week 1").mkdir(parents=True)
    (course / ".git").mkdir()
    (course / "week 1" / "notes.md").write_text("a")
    (course / ".git" / "config").write_text("b")
    (course / ".hidden").write_text("c")
    (course / "link.md").symlink_to("/etc/passwd")
    (course / "all.zip").write_bytes(archive(inner__a=b"1", **{".git__x": b"2"}))
    handed = {one.name: one.read() for one in in_path(course)}
    assert handed == {"course/all.zip/inner/a": b"1", "course/week 1/notes.md": b"a"}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (lambda: archive(a=bytes(1 << 20)), "larger than I can take"),
        (lambda: archive(**{f"f{number}": b"" for number in range(2001)}), "larger"),
        (lambda: b"PK\x03\x04 and no more", "damaged"),
        (lambda: archive(a=b"words")[:-30], "damaged"),
    ],
)
def test_an_archive_that_is_hostile_is_refused_whole(data: Callable[[], bytes], why: str) -> None:
    [one] = in_file("a.zip", data)
    with pytest.raises(UnreadableDocument, match=why):
        one.read()


def test_of_an_archive_a_broken_file_is_refused_and_the_others_go_on() -> None:
    data = bytearray(archive(**{"a.txt": b"first words", "b.txt": b"second words"}))
    data[data.index(b"a.txt") + 10] ^= 0xFF
    first, second = in_file("both.zip", partial(bytes, data))
    with pytest.raises(UnreadableDocument, match="damaged"):
        first.read()
    assert (second.name, second.read()) == ("both.zip/b.txt", b"second words")


def test_a_name_that_leads_out_of_an_archive_is_refused_by_name() -> None:
    [one] = in_file("a.zip", partial(archive, **{"..__..__etc__passwd": b"x"}))
    assert one.name == "a.zip/../../etc/passwd"
    with pytest.raises(UnreadableDocument, match="leads out of the archive"):
        one.read()


def test_what_was_inserted_while_changes_were_tracked_is_read_and_what_was_deleted_is_not() -> None:
    made = docx.Document()
    paragraph = made.add_paragraph("The exam ")
    for mark, text, words in (("ins", "t", "is in May"), ("del", "delText", "is in March")):
        change, run, inner = (OxmlElement(f"w:{one}") for one in (mark, "r", text))
        inner.text = words
        run.append(inner)
        change.append(run)
        paragraph._p.append(change)
    assert [one.text for one in passages(".docx", saved(made))] == ["The exam is in May"]


def test_a_slide_with_a_title_alone_is_found_and_an_empty_one_is_nothing() -> None:
    made = pptx.Presentation()
    made.slides.add_slide(made.slide_layouts[6])
    made.slides.add_slide(made.slide_layouts[5]).shapes.title.text = "Photosynthesis"
    [found] = passages(".pptx", saved(made))
    assert (found.text, found.place) == ("Photosynthesis", "slide 2")


def test_a_locked_document_is_not_taken_for_text_that_it_can_be_read_as() -> None:
    locked = bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le") * 50
    assert "locked Office document" in why_not(".docx", locked)
