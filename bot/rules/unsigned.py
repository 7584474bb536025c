"""Pictures without what they say of whoever made them, or where; every pixel stays as it is.

Cameras and programs write names, places and comments beside the pixels. Each format is a row of
pieces: kept are those that a reader needs to show the picture, and of an EXIF which way is up.
"""

import re
import struct
from collections.abc import Callable, Iterator, Mapping

# JPEG (ITU T.81): programs write what they like into APP1 to APP15 and comments (FE). Of those,
# the colour profile and Adobe's note on colours are needed.
_MARK, _APP1, _COLOURS, _ADOBE = 0xFF, 0xE1, 0xE2, 0xEE
_SCAN, _END = 0xDA, 0xD9
_KEPT = frozenset({*range(0xC0, _APP1), _ADOBE})
_PROFILE = b"ICC_PROFILE\0"
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
_EXIF, _ORIENTATION, _TURNED = b"Exif\0\0", 0x0112, range(2, 9)
_SHORT = 3  # a type of value in an EXIF: two bytes

_PNG_HEAD, _PNG_KEPT = (
    8,
    frozenset(
        b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP bKGD pHYs acTL fcTL fdAT".split()
    ),
)
_WEBP_HEAD, _WEBP_KEPT = 12, frozenset(b"VP8 |VP8L|VP8X|ALPH|ANIM|ANMF|ICCP".split(b"|"))
_WEBP_SAYS_MORE = 0x0C  # flags of VP8X: an EXIF and an XMP follow
_GIF_HEAD, _GIF_IMAGE, _GIF_EXTENSION, _GIF_END = 13, 0x2C, 0x21, 0x3B
_GIF_KEPT = (b"\x21\xf9", b"\x21\x01", b"\x21\xff\x0bNETSCAPE2.0", b"\x21\xff\x0bANIMEXTS1.0")


def unsigned(mime: str, data: bytes) -> bytes | None:
    """The picture and nothing beside it, as far as it goes; None where it is no such picture."""
    try:
        return b"".join(_PIECES[mime](data))
    except (KeyError, IndexError, struct.error):
        return None


def _jpeg(data: bytes) -> Iterator[bytes]:
    yield data[:2]
    at, is_seen = 2, False
    while at + 4 <= len(data) and data[at + 1] != _END:  # what follows the end is no part of it
        mark, kind = data[at], data[at + 1]
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        if mark != _MARK or end < at + 4:
            raise IndexError
        piece = data[at + 4 : end]
        if kind == _APP1 and piece.startswith(_EXIF):
            yield _turn(piece.removeprefix(_EXIF))
        elif kind == _SCAN:
            is_seen, found = True, _AFTER_SCAN.search(data, end)
            end = found.start() if found else len(data)
        if kind in _KEPT or (kind == _COLOURS and piece.startswith(_PROFILE)):
            yield data[at:end]
        at = end
    if not is_seen:
        raise IndexError
    yield b"\xff\xd9"


def _turn(exif: bytes) -> bytes:
    """An EXIF that says which way is up, and nothing else."""
    order = "<" if exif.startswith(b"II") else ">"
    try:
        (first,) = struct.unpack_from(f"{order}I", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, first)
        rows = (struct.unpack_from(f"{order}HHIH", exif, first + 2 + 12 * n) for n in range(count))
        way = next(row[3] for row in rows if row[0] == _ORIENTATION)
    except (struct.error, StopIteration):
        return b""
    if way not in _TURNED:
        return b""
    told = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, _ORIENTATION, _SHORT, 1, way, 0, 0)
    return b"\xff\xe1" + (2 + len(_EXIF + told)).to_bytes(2) + _EXIF + told


def _png(data: bytes) -> Iterator[bytes]:
    yield data[:_PNG_HEAD]
    at = _PNG_HEAD
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if kind in _PNG_KEPT:
            yield data[at:end]
        at = end if kind != b"IEND" else len(data)


def _webp(data: bytes) -> Iterator[bytes]:
    pieces = b"".join(_riff(data))
    yield struct.pack("<4sI4s", b"RIFF", 4 + len(pieces), b"WEBP") + pieces


def _riff(data: bytes) -> Iterator[bytes]:
    at = _WEBP_HEAD
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        end = at + 8 + length + length % 2
        if kind == b"VP8X":
            yield data[at : at + 8] + bytes([data[at + 8] & ~_WEBP_SAYS_MORE]) + data[at + 9 : end]
        elif kind in _WEBP_KEPT:
            yield data[at:end]
        at = end


def _gif(data: bytes) -> Iterator[bytes]:
    at = _GIF_HEAD + _table(data[10])
    yield data[:at]
    while at < len(data) and data[at] != _GIF_END:
        begin = at
        if data[at] == _GIF_IMAGE:
            at = _blocks_end(data, at + 11 + _table(data[at + 9]))
        elif data[at] == _GIF_EXTENSION:
            at = _blocks_end(data, at + 2)
        else:
            raise IndexError
        if data[begin] == _GIF_IMAGE or data[begin:at].startswith(_GIF_KEPT):
            yield data[begin:at]
    yield bytes([_GIF_END])


def _table(flags: int) -> int:
    """Bytes of a table of colours."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks_end(data: bytes, at: int) -> int:
    while at < len(data) and data[at]:
        at += 1 + data[at]
    return at + 1


_PIECES: Mapping[str, Callable[[bytes], Iterator[bytes]]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/webp": _webp,
    "image/gif": _gif,
}
