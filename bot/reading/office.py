"""Office documents, with the page, slide or sheet that each piece stands on.

A document is a ZIP archive of XML, written by whomever: its sizes are looked at before anything
in it is unpacked, and reading ends where enough was read. It blocks: for a thread, or a process.
Each library is imported by the first document of its kind: together they take a second of CPU and
50 MB, and most processes never see one.
"""

import zipfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from io import BytesIO
from itertools import chain
from typing import Any

from bot.core.files import FileKind
from bot.reading.lines import Paragraph, UnreadableDocument, heading_level

MOST_CHARS = 200_000
MOST_UNPACKED = 64 * 1024 * 1024  # bytes: read into memory by the libraries
_MOST_PARTS = 5000
_MOST_XML = 16 * 1024 * 1024  # as a tree it takes about ten times as much
_MOST_CELLS = 200_000
_IS_LOCKED = 0x1  # the flag of an encrypted part
_REST = "\n[The rest of this document was left out.]"
_MOST_NAMED = 5  # cells of a sheet
NOT_CALCULATED = "formulas without values: save it with a spreadsheet program first"
_FIRST_PAGE = "page 1"
_BREAKS = ".//w:lastRenderedPageBreak | .//w:br[@w:type='page']"


Reader = Callable[[BytesIO], Iterable[Paragraph]]


def text_of(data: bytes) -> str:
    """What stands in a document. Raises UnreadableDocument."""
    return _as_much_as_fits(_marked(office_lines(data)))


def office_lines(data: bytes, most_unpacked: int = MOST_UNPACKED) -> Iterator[Paragraph]:
    """Raises UnreadableDocument, at whichever line."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            read = _reader(archive, most_unpacked)
        yield from read(BytesIO(data))
    except UnreadableDocument:
        raise
    except MemoryError:
        raise
    except Exception as error:  # a hostile document breaks a library in any way it likes
        raise UnreadableDocument("it is damaged") from error


def _marked(lines: Iterable[Paragraph]) -> Iterator[str]:
    """With the place in brackets where one begins."""
    place, heading = _FIRST_PAGE, None
    for line in lines:
        if line.place and line.place != place:
            yield f"[{line.place}]"
            place = line.place
        if line.level or line.text != heading:  # of a slide that has no more than a title
            yield f"({line.unread})" if line.unread else line.text
        heading = line.text if line.level else None


def _reader(
    archive: zipfile.ZipFile, most_unpacked: int
) -> Callable[[BytesIO], Iterable[Paragraph]]:
    """Who reads it, once it is certain that it can be unpacked."""
    parts = archive.infolist()
    names = {part.filename for part in parts}
    is_odt = "mimetype" in names and archive.getinfo("mimetype").file_size < 100  # noqa: PLR2004
    is_odt = is_odt and b"opendocument.text" in archive.read("mimetype")
    readers = [reader for name, reader in _READERS.items() if name in names]
    reader = readers[0] if readers else _odt
    if not readers and not is_odt:
        raise UnreadableDocument(FileKind.ARCHIVE.value)
    if any(part.flag_bits & _IS_LOCKED for part in parts) or _is_locked_odt(archive, names):
        raise UnreadableDocument("it is locked with a password")
    xml = sum(part.file_size for part in parts if part.filename.endswith((".xml", ".rels")))
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > _MOST_PARTS or xml > _MOST_XML or unpacked > most_unpacked:
        raise UnreadableDocument("unpacked it is larger than I can take")
    return reader


def _is_locked_odt(archive: zipfile.ZipFile, names: set[str]) -> bool:
    manifest = "META-INF/manifest.xml"
    is_small = manifest in names and archive.getinfo(manifest).file_size < _MOST_XML
    return is_small and b"encryption-data" in archive.read(manifest)


def _as_much_as_fits(pieces: Iterable[str]) -> str:
    kept: list[str] = []
    room = MOST_CHARS
    for piece in pieces:
        if len(piece) > room:
            return "\n".join([*kept, piece[:room]]) + _REST
        kept.append(piece)
        room -= len(piece) + 1
    return "\n".join(kept)


def _docx(data: BytesIO) -> Iterator[Paragraph]:
    """Pages as the program that wrote it has last broken them, if it did."""
    import docx  # noqa: PLC0415 - see above

    document = docx.Document(data)
    _accept_insertions(document.element.body)
    is_paged, page = bool(document.element.body.xpath(_BREAKS)), 1
    for block in document.iter_inner_content():
        line = partial(Paragraph, place=f"page {page}" if is_paged else "")
        if isinstance(block, docx.table.Table):
            rows = ([cell.text for cell in row.cells] for row in block.rows)
            yield from map(line, _table(rows))
            continue
        style = str(block.style.name) if block.style else ""
        yield line(block.text, level=heading_level(style) if style.startswith("Heading") else 0)
        page += len(block._p.xpath(_BREAKS))  # noqa: SLF001


def _accept_insertions(body: Any) -> None:
    """What was inserted while changes were tracked is read as if it had always stood there."""
    for inserted in body.xpath(".//w:ins | .//w:moveTo"):
        for inner in [*inserted]:
            inserted.addprevious(inner)
        inserted.getparent().remove(inserted)


def _pptx(data: BytesIO) -> Iterator[Paragraph]:
    import pptx  # noqa: PLC0415

    for number, slide in enumerate(pptx.Presentation(data).slides, 1):
        line = partial(Paragraph, place=f"slide {number}")
        title = slide.shapes.title
        heading = title.text_frame.text if title is not None and title.has_text_frame else ""
        if heading:
            yield line(heading, level=1)
        others = (shape for shape in slide.shapes if title is None or shape != title)
        texts = [*chain.from_iterable(map(_shape, others))]
        yield from map(line, texts or [heading])
        if slide.has_notes_slide and (notes := slide.notes_slide.notes_text_frame):
            yield line(f"(notes: {notes.text})")


def _shape(shape: Any) -> Iterator[str]:
    if shape.has_text_frame and shape.text_frame.text:
        yield shape.text_frame.text
    if getattr(shape, "has_table", False):
        yield from _table([cell.text for cell in row.cells] for row in shape.table.rows)
    for inner in getattr(shape, "shapes", ()):  # of a group
        yield from _shape(inner)


def _xlsx(data: BytesIO) -> Iterator[Paragraph]:
    """One cell far out makes a sheet of millions of empty ones.

    A file keeps formulas and what they came to apart: it is read for both at once.
    """
    import openpyxl  # noqa: PLC0415

    opened = partial(openpyxl.load_workbook, data, read_only=True)
    room = _MOST_CELLS
    for sheet, formulas in zip(opened(data_only=True), opened(), strict=True):
        line, empty = partial(Paragraph, place=f"sheet {sheet.title}"), list[str]()
        rows = zip(sheet.iter_rows(values_only=True), formulas.iter_rows(values_only=True))  # noqa: B905
        for number, (row, meant) in enumerate(rows, 1):
            room -= len(row) + 1
            if room < 0:
                yield line(_REST.strip())
                return
            empty += _without_value(number, row, meant)
            if any(value is not None for value in row):
                cells = ["" if value is None else str(value) for value in row]
                yield from map(line, _table([cells]))
        if empty:
            shown = [*empty[:_MOST_NAMED], *(["…"] if len(empty) > _MOST_NAMED else [])]
            yield Paragraph("", f"sheet {sheet.title}, {', '.join(shown)}", unread=NOT_CALCULATED)


def _without_value(number: int, row: Iterable[Any], meant: Iterable[Any]) -> Iterator[str]:
    """The names of a row's cells whose formula never came to anything."""
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    for column, (value, formula) in enumerate(zip(row, meant, strict=False), 1):
        if value is None and formula is not None:
            yield f"{get_column_letter(column)}{number}"


def _odt(data: BytesIO) -> Iterator[Paragraph]:
    import odfdo  # noqa: PLC0415

    page = 1
    wanted = "//text:h | //text:p | //text:soft-page-break"
    elements = odfdo.Document(data).body.get_elements(wanted)
    is_paged = any(element.tag == "text:soft-page-break" for element in elements)
    for element in elements:
        if element.tag == "text:soft-page-break":
            page += 1
            continue
        level = heading_level(element.get_attribute("text:outline-level") or 1)
        is_heading = element.tag == "text:h"
        place = f"page {page}" if is_paged else ""
        yield Paragraph(element.text_recursive, place, level if is_heading else 0)


def _table(rows: Iterable[list[str]]) -> Iterator[str]:
    for row in rows:
        yield " | ".join(" ".join(cell.split()) for cell in row).rstrip(" |")


_READERS: dict[str, Reader] = {
    "word/document.xml": _docx,
    "ppt/presentation.xml": _pptx,
    "xl/workbook.xml": _xlsx,
}
