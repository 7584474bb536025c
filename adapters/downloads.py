"""Files that people send: fetched from their platform's own servers, and no more than is taken."""

from collections.abc import Mapping

import aiohttp
from yarl import URL

from bot.core.errors import PlatformUnavailable
from bot.core.files import FileRefused, read_small, require_small
from bot.core.messages import Attachment
from bot.words import say

_TIMEOUT = aiohttp.ClientTimeout(total=30)
_CHUNK = 1 << 16
_NOT_SHOWN = (401, 403, 404, 410)


class NotServedError(Exception):
    """The server shows something else in place of a file, or nothing."""

    def __init__(self, status: int, location: str = "") -> None:
        self.status = status
        self.location = location  # another address, where it names one
        super().__init__(f"status {status}")


def from_elsewhere(attachment: Attachment, host: str | None) -> FileRefused:
    return FileRefused(
        f"from {host}", notice=say("I do not fetch {name} from there.", name=attachment.name)
    )


async def download(
    session: aiohttp.ClientSession,
    url: URL,
    attachment: Attachment,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """The bytes at an address that is trusted. No way to another one is followed.

    Raises NotServedError, FileRefused for its size, PlatformUnavailable, and aiohttp's errors.
    """
    require_small(attachment, attachment.size)
    async with session.get(url, headers=headers, timeout=_TIMEOUT, allow_redirects=False) as answer:
        location = answer.headers.get("Location", "")
        if location or answer.status in _NOT_SHOWN or _is_other_page(answer, attachment):
            raise NotServedError(answer.status, location)
        if answer.status != 200:  # noqa: PLR2004
            raise PlatformUnavailable(f"a file: status {answer.status}")
        return await read_small(attachment, answer.content.iter_chunked(_CHUNK))


def _is_other_page(answer: aiohttp.ClientResponse, attachment: Attachment) -> bool:
    """Who may not have a file is shown a page; some files are pages themselves."""
    is_one = attachment.name.endswith((".html", ".htm")) or "html" in attachment.mime
    return answer.content_type == "text/html" and not is_one
