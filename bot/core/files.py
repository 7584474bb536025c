"""Files that people send: what they are, which their bytes say and nothing else.

A platform guesses a type from a name's end, or gives none; programs write text in many encodings.
"""

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import Enum

from bot.core.errors import Refusal
from bot.core.messages import Attachment
from bot.core.quoting import one_line
from bot.words import say

MOST_BYTES = 10 * 1024 * 1024
MOST_FILES = 4  # of one message
MOST_BYTES_IN_ALL = 2 * MOST_BYTES
MOST_CHARS_IN_ALL = 200_000  # of a message and its texts: about 50,000 tokens
PDF = "application/pdf"
TEXT = "text/plain"

_MEDIA_TYPES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"%PDF-": PDF,
}
_PICTURES = (b"BM", b"II*\x00", b"MM\x00*", b"\x00\x00\x01\x00", b"\x00\x00\x00\x0cjP  ")
_PICTURES_IN_BOXES = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif"}
_SOUNDS_IN_BOXES = {b"M4A ", b"M4B ", b"dash"}
_SOUNDS = (b"OggS", b"ID3", b"fLaC", b"\xff\xfb", b"\xff\xf3", b"\xff\xf1", b"#!AMR", b"caff")
_MATROSKA = b"\x1aE\xdf\xa3"  # sound, picture or both
_VIDEOS = (_MATROSKA, b"G@", b"\x00\x00\x01\xba")
_ARCHIVES = (b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")
_OLD_DOCUMENT = b"\xd0\xcf\x11\xe0"  # Office before 2007, and what Office has encrypted
_CONTROLS_OF_TEXT = b"\t\n\v\f\r\x1a\x1b"
_BINARY = bytes(set(range(32)) - set(_CONTROLS_OF_TEXT))
_CONTROL = re.compile(f"[{re.escape(_BINARY.decode())}]")


@dataclass(frozen=True, slots=True)
class File:
    """A file that came with a message."""

    name: str
    mime: str
    data: bytes

    @property
    def is_image(self) -> bool:
        return self.mime.startswith("image/")

    @property
    def is_text(self) -> bool:
        return self.mime == TEXT


class FileKind(Enum):
    """What a file is, as far as it has to be done something about."""

    DOCUMENT = "an archive, perhaps of an Office document"
    PICTURE = "a picture that has to be converted"
    OLD_DOCUMENT = (
        "it is an old or a locked Office document; please save it as .docx, .xlsx, .pptx or PDF"
    )
    SOUND = "I cannot listen to sound"
    VIDEO = "I cannot watch videos"
    ARCHIVE = "I cannot look into archives"
    UNKNOWN = "I can read text, pictures, PDF and Office documents, and it is none of these"


class FileRefused(Refusal):
    """I cannot take that file."""

    @classmethod
    def because(cls, name: str, reason: str, detail: str = "") -> "FileRefused":
        """`reason`: a clause, as it stands behind a colon."""
        notice = say(
            "{name} was left out: {reason}.",
            name=one_line(name) or say("A file"),
            reason=say(reason),
        )
        return cls(detail or reason, notice=notice)


def require_small(attachment: Attachment, size: int) -> None:
    if size > MOST_BYTES:
        raise FileRefused.because(attachment.name, say("it is larger than 10 MB"))


async def read_small(attachment: Attachment, chunks: AsyncIterator[bytes]) -> bytes:
    """A file as it comes; whatever it was said to be, no more of it than is taken."""
    data = bytearray()
    async for chunk in chunks:
        data += chunk
        require_small(attachment, len(data))
    return bytes(data)


def media_type(data: bytes) -> str | None:
    """Of what every model's server takes as it is: a picture or a PDF."""
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    return next((mime for sign, mime in _MEDIA_TYPES.items() if data.startswith(sign)), None)


def decoded(data: bytes) -> str | None:
    """A text, in whichever of the encodings that people's programs write; None if it is none."""
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    if data.startswith(BOM_UTF8):
        data = data.removeprefix(BOM_UTF8)
    if len(data.translate(None, _BINARY)) < len(data):
        return _without_mark(data)
    for encoding in ("utf-8", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def kind_of(data: bytes, mime: str = "") -> FileKind:
    """What is neither text nor `media_type`; `mime` helps where the bytes say nothing."""
    if data[4:8] == b"ftyp":
        kind = _kind_in_boxes(data[8:12])
        is_sound = kind is FileKind.VIDEO and mime.startswith("audio/")
        return FileKind.SOUND if is_sound else kind
    if data.startswith(_MATROSKA) and mime.startswith("audio/"):
        return FileKind.SOUND
    if data.startswith(b"RIFF"):
        return FileKind.SOUND if data[8:12] == b"WAVE" else FileKind.VIDEO
    signs = {
        FileKind.DOCUMENT: (b"PK\x03\x04",),
        FileKind.OLD_DOCUMENT: (_OLD_DOCUMENT,),
        FileKind.PICTURE: _PICTURES,
        FileKind.SOUND: _SOUNDS,
        FileKind.VIDEO: _VIDEOS,
        FileKind.ARCHIVE: _ARCHIVES,
    }
    named = {"audio": FileKind.SOUND, "video": FileKind.VIDEO, "image": FileKind.PICTURE}
    told = named.get(mime.partition("/")[0], FileKind.UNKNOWN)
    return next((kind for kind, these in signs.items() if data.startswith(these)), told)


def _kind_in_boxes(brand: bytes) -> FileKind:
    if brand in _PICTURES_IN_BOXES:
        return FileKind.PICTURE
    return FileKind.SOUND if brand in _SOUNDS_IN_BOXES else FileKind.VIDEO


def _without_mark(data: bytes) -> str | None:
    """UTF-16 that does not say so: nearly every other byte of Latin writing is empty."""
    for encoding, empty in (("utf-16-le", data[1::2]), ("utf-16-be", data[::2])):
        if len(data) % 2 == 0 and empty.count(0) * 10 > len(empty) * 7:
            text = data.decode(encoding, "replace")
            return None if _CONTROL.search(text) else text
    return None
