"""What a program made, for people: each file by its content, and never more than a few."""

import re
from collections.abc import Mapping
from io import BytesIO
from pathlib import PurePosixPath

from bot.core.files import MOST_BYTES, PDF, TEXT, File, FileKind, decoded, kind_of, media_type
from bot.core.quoting import one_line
from bot.core.tools import Output
from bot.tools.box.port import Ran

_MOST_FILES = 5
_MOST_PIXELS = 25_000_000
_PICTURES = ("PNG", "JPEG", "GIF", "WEBP")
_ENDS = {
    "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp", PDF: "pdf",
}  # fmt: skip
# What nothing runs, wherever it is opened; any other text ends with .txt.
_TEXTS = ("txt", "csv", "tsv", "md", "json", "py", "r", "tex", "bib", "log", "ipynb")
_LINES, _LINE = 15, 300  # of a table, for the model: so many lines, and characters of each
_NAME = re.compile(r"[^\w.() -]+")


def output_of(ran: Ran, before: Mapping[str, bytes]) -> Output:
    """`before`: what lay in the folder. What is new there, or changed, is for the person."""
    made = {name: data for name, data in ran.files.items() if before.get(name) != data}
    files, left_out = _files(made)
    said = ran.said.strip() or ("" if ran.wrong else "The program printed nothing.")
    tables = [_beginning(file) for file in files if file.name.endswith((".csv", ".tsv"))]
    shown = f"Given to the person: {', '.join(file.name for file in files)}." if files else ""
    folder = f"In the folder: {', '.join(sorted(ran.files)[:20])}." if ran.files else ""
    parts = (said, ran.wrong, *tables, shown, *left_out, folder)
    text = "\n\n".join(part for part in parts if part)
    return Output(text, tuple(files), is_error=bool(ran.wrong))


def _files(made: Mapping[str, bytes]) -> tuple[list[File], list[str]]:
    """Those that can be given to people, and a sentence for each that cannot."""
    files: list[File] = []
    left_out = []
    room = 2 * MOST_BYTES
    for name, data in made.items():
        called = one_line(PurePosixPath(name).name)[:60]
        if reason := _refused(data, len(files), room):
            left_out.append(f"{called} was not given to the person: {reason}.")
            continue
        files.append(_as_file(called, data))
        room -= len(data)
    return files, left_out[:_MOST_FILES]


def _refused(data: bytes, count: int, room: int) -> str:
    """A clause that says why not; "" where it can be given."""
    if not data:
        return "it is empty"
    if len(data) > min(room, MOST_BYTES):
        return "it is too large"
    if count == _MOST_FILES:
        return f"there are more than {_MOST_FILES} files"
    mime = media_type(data) or ""
    if mime.startswith("image/") and not _is_small_picture(data):
        return "it is no picture, or one of too many pixels"
    if mime or decoded(data) is not None or _is_document(data):
        return ""
    return "it is neither text nor a picture, a PDF or an Office document"


def _is_small_picture(data: bytes) -> bool:
    """By what its head says: nothing is unpacked."""
    from PIL import Image  # noqa: PLC0415 - 2 MB, and most programs make none

    try:
        with Image.open(BytesIO(data), formats=_PICTURES) as picture:
            return picture.width * picture.height <= _MOST_PIXELS
    except Exception:  # noqa: BLE001 - a hostile picture breaks a library in any way it likes
        return False


def _is_document(data: bytes) -> bool:
    return kind_of(data) is FileKind.DOCUMENT and b"[Content_Types].xml" in data


def _as_file(name: str, data: bytes) -> File:
    mime = media_type(data)
    stem, _, end = _NAME.sub("_", name).rpartition(".")
    if mime:
        return File(f"{stem or end}.{_ENDS[mime]}", mime, data)
    if decoded(data) is None:
        return File(f"{stem or end}.{_document(data)}", "application/octet-stream", data)
    fits = stem and end.lower() in _TEXTS
    return File(f"{stem}.{end}" if fits else f"{stem}.{end}.txt".lstrip("."), TEXT, data)


def _document(data: bytes) -> str:
    parts = {b"xl/workbook.xml": "xlsx", b"word/document.xml": "docx"}
    return next((end for part, end in parts.items() if part in data), "pptx")


def _beginning(table: File) -> str:
    """Of a table, for the model."""
    lines = (decoded(table.data) or "").splitlines()
    more = [f"({len(lines) - _LINES} more lines)"] if len(lines) > _LINES else []
    return "\n".join([f"{table.name}:", *(line[:_LINE] for line in lines[:_LINES]), *more])
