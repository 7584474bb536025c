"""Files that programs and models made, as people are handed them: by their content, and a few."""

import re
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import PurePosixPath

from bot.core.files import MOST_BYTES, PDF, TEXT, File, FileKind, decoded, kind_of, media_type
from bot.core.quoting import one_line

MOST_FILES = 5
_MOST_PIXELS = 25_000_000
_PICTURES = ("PNG", "JPEG", "GIF", "WEBP")
_ENDS = {
    "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp", PDF: "pdf",
}  # fmt: skip
# What nothing runs, wherever it is opened; any other text ends with .txt.
_TEXTS = ("txt", "csv", "tsv", "md", "json", "py", "r", "tex", "bib", "log", "ipynb")
_NAME = re.compile(r"[^\w.() -]+")
TOO_LARGE = "it is too large"


def handed(made: Mapping[str, bytes]) -> tuple[list[File], Sequence[tuple[str, str]]]:
    """Those that people can be handed; of each other its name, and a clause that says why not."""
    files: list[File] = []
    left_out = []
    room = 2 * MOST_BYTES
    for name, data in made.items():
        called = one_line(PurePosixPath(name).name)[:60]
        if reason := _refused(data, len(files), room):
            left_out.append((called, reason))
            continue
        files.append(_as_file(called, data))
        room -= len(data)
    return files, left_out


def _refused(data: bytes, count: int, room: int) -> str:
    """A clause that says why not; "" where it can be given."""
    if not data:
        return "it is empty"
    if len(data) > min(room, MOST_BYTES):
        return TOO_LARGE
    if count == MOST_FILES:
        return "there are more than 5 files"
    mime = media_type(data) or ""
    if mime.startswith("image/") and not _is_small_picture(data):
        return "it is no picture, or one of too many pixels"
    if mime or decoded(data) is not None or _is_document(data):
        return ""
    return "it is neither text nor a picture, a PDF or an Office document"


def _is_small_picture(data: bytes) -> bool:
    """By what its head says, and whether the rest is there: nothing is unpacked."""
    from PIL import Image  # noqa: PLC0415 - 2 MB, and most programs make none

    try:
        with Image.open(BytesIO(data), formats=_PICTURES) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                return False
            picture.verify()
    except Exception:  # noqa: BLE001 - a hostile picture breaks a library in any way it likes
        return False
    return True


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
