"""What a file is, its bytes say: no type, a wrong type and an old encoding are no lies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.files import PDF, FileKind, decoded, kind_of, media_type

WORDS = "Die Größe – 5 €"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_text_is_read_in_every_way_of_writing_unicode(encoding: str) -> None:
    assert decoded(WORDS.encode(encoding)) == WORDS


@pytest.mark.parametrize(("encoding", "text"), [("cp1252", WORDS), ("latin-1", "Größe;Preis\n")])
def test_a_text_is_read_in_what_older_programs_write(encoding: str, text: str) -> None:
    assert decoded(text.encode(encoding)) == text


def test_big_endian_with_its_mark_is_read() -> None:
    assert decoded(b"\xfe\xff" + WORDS.encode("utf-16-be")) == WORDS


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x01\x02",
        b"MZ\x90\x00\x03",
        b"OggS" + bytes(60),
        b"\x00\x00\x00\x18ftypmp42",
    ],
)
def test_what_is_no_text_is_not_read_as_one(data: bytes) -> None:
    assert decoded(data) is None


@given(st.binary())
def test_no_bytes_make_it_stumble(data: bytes) -> None:
    media_type(data)
    kind_of(data)
    text = decoded(data)
    assert text is None or "\x00" not in text


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF....WEBPVP8 ", "image/webp"),
        (b"GIF89a", "image/gif"),
        (b"%PDF-1.7", PDF),
        (b"RIFF....WAVE", None),
        (b"plain", None),
    ],
)
def test_pictures_and_pdf_are_known_by_how_they_begin(data: bytes, mime: str | None) -> None:
    assert media_type(data) == mime


@pytest.mark.parametrize(
    ("data", "mime", "kind"),
    [
        (b"PK\x03\x04", "", FileKind.DOCUMENT),
        (b"\x00\x00\x00\x18ftypheic", "", FileKind.PICTURE),
        (b"\x00\x00\x00\x18ftypavif", "video/mp4", FileKind.PICTURE),
        (b"BM\x00", "", FileKind.PICTURE),
        (b"\x00\x00\x00\x18ftypM4A ", "", FileKind.SOUND),
        (b"\x00\x00\x00\x18ftypmp42", "video/mp4", FileKind.VIDEO),
        (b"\x00\x00\x00\x18ftypmp42", "audio/mp4", FileKind.SOUND),  # Slack's clips
        (b"RIFF....WAVE", "", FileKind.SOUND),
        (b"OggS\x00", "", FileKind.SOUND),
        (b"\x1aE\xdf\xa3\x00", "", FileKind.VIDEO),
        (b"\xd0\xcf\x11\xe0\x00", "application/msword", FileKind.OLD_DOCUMENT),
        (b"\x1f\x8b\x08\x00", "", FileKind.ARCHIVE),
        (b"\x7fELF\x00", "", FileKind.UNKNOWN),
        (b"\x00\x01", "audio/x-strange", FileKind.SOUND),
    ],
)
def test_what_cannot_be_taken_as_it_is_has_a_kind(data: bytes, mime: str, kind: FileKind) -> None:
    assert kind_of(data, mime) is kind
