"""What somebody hands in: files, folders of them, archives of them; each file with its name."""

import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path

from bot.core.text import clean
from bot.reading.lines import UnreadableDocument
from bot.reading.reader import MOST_BYTES, TOO_LARGE

_MOST_FILES = 2000  # of an archive
_MOST_UNPACKED = 200 * 1024 * 1024  # bytes
_MOST_RATIO = 100  # of what is unpacked to what is there
_CHARS_OF_NAME = 200
_IS_LOCKED = 0x1  # the flag of an encrypted file
_OF_DOCUMENTS = {"[Content_Types].xml", "mimetype"}  # an Office document is an archive, too


@dataclass(frozen=True, slots=True)
class Handed:
    """A file by the name it goes under; `read` raises UnreadableDocument."""

    name: str
    read: Callable[[], bytes]


def in_path(path: Path) -> Iterator[Handed]:
    """The files of a folder under its name, without hidden ones and links; or the one file."""
    if not path.is_dir():
        yield from in_file(path.name, partial(_content, path))
        return
    root = path.resolve()
    for file in sorted(root.rglob("*")):
        inner = file.relative_to(root)
        is_hidden = any(part.startswith((".", "__")) for part in inner.parts)
        if not is_hidden and not file.is_symlink() and file.is_file():
            yield from in_file(f"{root.name}/{inner.as_posix()}", partial(_content, file))


def in_file(name: str, read: Callable[[], bytes]) -> Iterator[Handed]:
    """The files of an archive under its name; any other file itself."""
    if name.lower().endswith(".zip"):
        try:
            yield from _unpacked(name, read())
        except UnreadableDocument as error:
            yield Handed(_named(name), partial(_refuse, str(error)))
    else:
        yield Handed(_named(name), read)


def _unpacked(name: str, data: bytes) -> Iterator[Handed]:
    try:
        archive = zipfile.ZipFile(BytesIO(data))
        parts = [part for part in archive.infolist() if not part.is_dir()]
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UnreadableDocument("it is damaged") from error
    if _OF_DOCUMENTS & {part.filename for part in parts}:
        yield Handed(_named(name), lambda: data)
        return
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > _MOST_FILES or unpacked > min(_MOST_UNPACKED, len(data) * _MOST_RATIO):
        raise UnreadableDocument("unpacked it is larger than I can take")
    for part in parts:
        pieces, inner = part.filename.split("/"), _named(f"{name}/{part.filename}")
        if ".." in pieces:
            yield Handed(inner, partial(_refuse, "its name leads out of the archive"))
        elif not any(piece.startswith((".", "__")) for piece in pieces):
            yield Handed(inner, partial(_part, archive, part))


def _part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    if part.flag_bits & _IS_LOCKED:
        raise UnreadableDocument("it is locked with a password")
    try:
        with archive.open(part) as file:
            return file.read(part.file_size)
    except Exception as error:  # each way of packing has errors of its own
        raise UnreadableDocument("it is damaged") from error


def _content(path: Path) -> bytes:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise UnreadableDocument("it is no file")
        if found.st_size > MOST_BYTES:
            raise UnreadableDocument(TOO_LARGE)
        return path.read_bytes()
    except OSError as error:
        raise UnreadableDocument(f"it cannot be opened ({error.strerror})") from error


def _refuse(why: str) -> bytes:
    raise UnreadableDocument(why)


def _named(name: str) -> str:
    """As one line; of a very long one its end, which tells files apart."""
    return " ".join(clean(name).split())[-_CHARS_OF_NAME:] or "file"
