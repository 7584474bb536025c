"""Files that people send: fetched from Slack's own host only, with the bot's token."""

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from adapters.slack.errors import Rejected, slack_errors
from adapters.slack.web import Workspaces
from bot.core.files import FileRefused, read_small, require_small, require_true
from bot.core.messages import Attachment

_TIMEOUT = aiohttp.ClientTimeout(total=30)
_NO_SCOPE = (
    "Slack gave me a log-in page in place of {name}: this app lacks the scope files:read. "
    "Its administrator can add it and reinstall the app."
)
_NOT_SHOWN = "Slack does not show me {name}: it was deleted, or belongs to another organisation."
_GONE = {403, 404, 410}  # what it says of a file that it will not show later either


async def fetch(attachment: Attachment, workspaces: Workspaces, team: str) -> bytes:
    """The bytes of a file, if they are what they are said to be."""
    if not attachment.url:
        raise FileRefused("no address", notice=_NOT_SHOWN.format(name=attachment.name))
    client, url = await workspaces.client(team), URL(attachment.url)
    api = URL(client.base_url)
    # A local server, which the Web API was moved to, serves its files as well.
    is_slacks = url.host == f"files.{api.host}" or url.authority == api.authority
    if url.scheme != api.scheme or not is_slacks:
        raise FileRefused(
            f"from {url.host}", notice=f"I do not fetch {attachment.name} from there."
        )
    require_small(attachment, attachment.size)
    with slack_errors():
        data = await _download(client, url, attachment)
    require_true(attachment, data)
    return data


async def _download(client: AsyncWebClient, url: URL, attachment: Attachment) -> bytes:
    if client.session is None:
        raise Rejected("no_session")
    headers = {"Authorization": f"Bearer {client.token}"}
    async with client.session.get(
        url, headers=headers, timeout=_TIMEOUT, allow_redirects=False
    ) as answer:
        if _is_log_in(answer, attachment):
            raise FileRefused("a page of HTML", notice=_NO_SCOPE.format(name=attachment.name))
        if answer.status in _GONE:
            reason = f"status {answer.status}"
            raise FileRefused(reason, notice=_NOT_SHOWN.format(name=attachment.name))
        answer.raise_for_status()
        return await read_small(attachment, answer.content.iter_chunked(1 << 16))


def _is_log_in(answer: aiohttp.ClientResponse, attachment: Attachment) -> bool:
    """Who may not have a file is shown a page, or the way to one."""
    is_page = answer.content_type == "text/html" and attachment.mime != "text/html"
    return is_page or "Location" in answer.headers
