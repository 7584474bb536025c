"""Files that people send: fetched from Slack's own host only, with the bot's token."""

import aiohttp
from yarl import URL

from adapters.slack.errors import slack_errors
from adapters.slack.web import Workspaces
from bot.files import FileRefused, require_small, require_true
from bot.messages import Attachment

_HOST = "files.slack.com"
_TIMEOUT = aiohttp.ClientTimeout(total=30)
_NO_SCOPE = (
    "Slack gave me a log-in page in place of {name}: this app lacks the scope files:read. "
    "Its administrator can add it and reinstall the app."
)


async def fetch(attachment: Attachment, workspaces: Workspaces, team: str) -> bytes:
    """The bytes of a file, if they are what they are said to be."""
    client, url = await workspaces.client(team), URL(attachment.url)
    # A local server, which the Web API was moved to, serves its files as well.
    if url.host != _HOST and url.authority != URL(client.base_url).authority:
        raise FileRefused(
            f"from {url.host}", notice=f"I do not fetch {attachment.name} from there."
        )
    require_small(attachment, attachment.size)
    with slack_errors():
        data = await _download(url, attachment, str(client.token))
    require_true(attachment, data)
    return data


async def _download(url: URL, attachment: Attachment, token: str) -> bytes:
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(timeout=_TIMEOUT) as session,
        session.get(url, headers=headers, allow_redirects=False) as answer,
    ):
        if answer.content_type == "text/html" and attachment.mime != "text/html":
            raise FileRefused("a page of HTML", notice=_NO_SCOPE.format(name=attachment.name))
        answer.raise_for_status()
        data = bytearray()
        async for chunk in answer.content.iter_chunked(1 << 16):
            data += chunk
            require_small(attachment, len(data))
        return bytes(data)
