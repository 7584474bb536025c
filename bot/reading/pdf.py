"""PDF, page by page, below the headings of its outline."""

import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from itertools import pairwise

import pypdfium2

from bot.reading.lines import Paragraph, UnreadableDocument

NO_TEXT = "it has no text: it is empty, or a picture"
_SCANNED = "it is scanned: its pages are pictures, without text"
_LOCKED = "it is locked with a password"
_DAMAGED = "it is damaged"
_HYPHEN = re.compile("[\x02\ufffe\xad]\r?\n?")  # where a word goes on in the next line

Outline = Mapping[int, list[tuple[int, str]]]  # by page: level and words of each heading


def pdf_lines(data: bytes) -> Iterator[Paragraph]:
    """Raises UnreadableDocument. It may hang, and take what memory there is."""
    pdf = _opened(data)
    outline, is_scanned = _outline(pdf), True
    for number in range(len(pdf)):
        text = _page(pdf, number)
        is_scanned = is_scanned and not text.strip()
        if text.strip():
            yield from _below_headings(text, f"page {number + 1}", outline.get(number, []))
        else:
            yield Paragraph("", f"page {number + 1}", unread=NO_TEXT)
    if is_scanned:
        raise UnreadableDocument(_SCANNED)


def unsigned_pdf(data: bytes) -> bytes:
    """Its pages in a document that says nothing of who made it. Raises UnreadableDocument."""
    pdf, made, written = _opened(data), pypdfium2.PdfDocument.new(), BytesIO()
    try:
        made.import_pages(pdf)
        made.save(written)
    except pypdfium2.PdfiumError as error:
        raise UnreadableDocument(_DAMAGED) from error
    return written.getvalue()


def _opened(data: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        is_locked = "password" in str(error).lower()
        raise UnreadableDocument(_LOCKED if is_locked else _DAMAGED) from error


def _page(pdf: pypdfium2.PdfDocument, number: int) -> str:
    """Without text where it is damaged: the others go on."""
    try:
        text = pdf[number].get_textpage().get_text_bounded()
    except pypdfium2.PdfiumError:
        return ""
    return _HYPHEN.sub("", text)


def _outline(pdf: pypdfium2.PdfDocument) -> Outline:
    found: dict[int, list[tuple[int, str]]] = {}
    for bookmark in pdf.get_toc():
        goal = bookmark.get_dest()
        if goal is not None and (page := goal.get_index()) is not None:
            found.setdefault(page, []).append((bookmark.level + 1, bookmark.get_title()))
    return found


def _below_headings(text: str, place: str, headings: list[tuple[int, str]]) -> Iterator[Paragraph]:
    """A heading stands where its words do, else where the page begins."""
    starts, at = [], 0
    for level, title in headings:
        at = max(text.find(title, at), at)
        starts.append((at, level, title))
    yield Paragraph(text[: starts[0][0]] if starts else text, place)
    for (begin, level, title), (end, *_) in pairwise([*starts, (len(text), 0, "")]):
        yield Paragraph(title, place, level)
        yield Paragraph(text[begin:end].removeprefix(title), place)
