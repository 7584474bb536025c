"""What stands in a channel or thread, page by page."""

from collections.abc import AsyncIterator
from typing import Any

from adapters.slack.bodies import JSON, part, parts, text
from adapters.slack.origins import SlackOrigin
from adapters.slack.web import Web

_PAGE = 1000  # the most Slack gives at once
_PAGES = 20


async def read_pages(
    web: Web, method: str, origin: SlackOrigin, limit: int = _PAGE, **arguments: Any
) -> AsyncIterator[list[JSON]]:
    """Replies come the oldest first, a channel's history the newest first."""
    place: JSON = {"channel": origin.channel, "include_all_metadata": True, "limit": limit}
    cursor: str | None = None
    for _ in range(_PAGES):
        found = await web.call(method, origin.team, cursor=cursor, **place, **arguments)
        yield parts(found, "messages")
        cursor = text(part(found, "response_metadata"), "next_cursor")
        if not cursor:
            return
