"""Office documents as text, with the page, slide or sheet that each piece stands on.

A document is a ZIP archive of XML, written by whomever: its sizes are looked at before anything
in it is unpacked, and reading ends where enough was read. It blocks: for a thread.
"""

import zipfile
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from itertools import chain
from typing import Any

import docx
import odfdo
import openpyxl
import pptx

from bot.core.files import FileKind

MOST_CHARS = 200_000
_MOST_PARTS = 5000
_MOST_UNPACKED = 64 * 1024 * 1024  # bytes: read into memory by the libraries
_MOST_XML = 16 * 1024 * 1024  # as a tree it takes about ten times as much
_MOST_CELLS = 200_000
_IS_LOCKED = 0x1  # the flag of an encrypted part
_REST = "\n[The rest of this document was left out.]"


class UnreadableDocument(Exception):
    """The clause that says why."""


def text_of(data: bytes) -> str:
    """What stands in a document. Raises Unreadable."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            read = _reader(archive)
        return _as_much_as_fits(read(BytesIO(data)))
    except UnreadableDocument:
        raise
    except Exception as error:  # a hostile document breaks a library in any way it likes
        raise UnreadableDocument("it is damaged") from error


def _reader(archive: zipfile.ZipFile) -> Callable[[BytesIO], Iterable[str]]:
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
    if len(parts) > _MOST_PARTS or xml > _MOST_XML or unpacked > _MOST_UNPACKED:
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


def _docx(data: BytesIO) -> Iterator[str]:
    """Pages as the program that wrote it has last broken them."""
    page = 1
    for block in docx.Document(data).iter_inner_content():
        if isinstance(block, docx.table.Table):
            yield from _table([cell.text for cell in row.cells] for row in block.rows)
            continue
        yield block.text
        breaks = block._p.xpath(".//w:lastRenderedPageBreak | .//w:br[@w:type='page']")  # noqa: SLF001
        if breaks:
            page += len(breaks)
            yield f"[page {page}]"


def _pptx(data: BytesIO) -> Iterator[str]:
    for number, slide in enumerate(pptx.Presentation(data).slides, 1):
        yield f"[slide {number}]"
        yield from chain.from_iterable(map(_shape, slide.shapes))
        if slide.has_notes_slide and (notes := slide.notes_slide.notes_text_frame):
            yield f"(notes: {notes.text})"


def _shape(shape: Any) -> Iterator[str]:
    if shape.has_text_frame and shape.text_frame.text:
        yield shape.text_frame.text
    if getattr(shape, "has_table", False):
        yield from _table([cell.text for cell in row.cells] for row in shape.table.rows)
    for inner in getattr(shape, "shapes", ()):  # of a group
        yield from _shape(inner)


def _xlsx(data: BytesIO) -> Iterator[str]:
    """One cell far out makes a sheet of millions of empty ones."""
    room = _MOST_CELLS
    for sheet in openpyxl.load_workbook(data, read_only=True, data_only=True):
        yield f"[sheet {sheet.title}]"
        for row in sheet.iter_rows(values_only=True):
            room -= len(row) + 1
            if room < 0:
                yield _REST.strip()
                return
            if any(value is not None for value in row):
                yield from _table([["" if value is None else str(value) for value in row]])


def _odt(data: BytesIO) -> Iterator[str]:
    page = 1
    wanted = "//text:h | //text:p | //text:soft-page-break"
    for element in odfdo.Document(data).body.get_elements(wanted):
        if element.tag == "text:soft-page-break":
            page += 1
            yield f"[page {page}]"
        else:
            yield element.text_recursive


def _table(rows: Iterable[list[str]]) -> Iterator[str]:
    for row in rows:
        yield " | ".join(" ".join(cell.split()) for cell in row).rstrip(" |")


_READERS: dict[str, Callable[[BytesIO], Iterable[str]]] = {
    "word/document.xml": _docx,
    "ppt/presentation.xml": _pptx,
    "xl/workbook.xml": _xlsx,
}
