"""Files that people send: what is taken, whatever platform they come from."""

from collections.abc import AsyncIterator

from bot.core.errors import Refusal
from bot.core.messages import Attachment

MOST_BYTES = 10 * 1024 * 1024
_SIGNS = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
    "application/pdf": (b"%PDF-",),
}
# Texts and code under whatever name a platform gives their type.
_TEXTS = (
    "text/",
    "application/javascript",
    "application/json",
    "application/sql",
    "application/toml",
    "application/typescript",
    "application/x-httpd-php",
    "application/x-javascript",
    "application/x-ndjson",
    "application/x-python-code",
    "application/x-sh",
    "application/x-yaml",
    "application/xml",
    "application/yaml",
)


class FileRefused(Refusal):
    """I cannot take that file."""


def require_small(attachment: Attachment, size: int) -> None:
    if size > MOST_BYTES:
        raise FileRefused(
            notice=f"{attachment.name} is larger than 10 MB, which is more than I take."
        )


async def read_small(attachment: Attachment, chunks: AsyncIterator[bytes]) -> bytes:
    """A file as it comes; whatever it was said to be, no more of it than is taken."""
    data = bytearray()
    async for chunk in chunks:
        data += chunk
        require_small(attachment, len(data))
    return bytes(data)


def require_true(attachment: Attachment, data: bytes) -> None:
    """Refuse bytes that are not of the type they are said to be, and types we do not know."""
    if not is_what_it_says(attachment.mime, data):
        raise FileRefused(notice=f"{attachment.name} is not what it says it is, so I left it.")


def is_text(mime: str) -> bool:
    return mime.startswith(_TEXTS)


def is_what_it_says(mime: str, data: bytes) -> bool:
    if is_text(mime):
        return b"\x00" not in data and _is_unicode(data)
    return data.startswith(_SIGNS.get(mime, ())) if mime in _SIGNS else False


def _is_unicode(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
