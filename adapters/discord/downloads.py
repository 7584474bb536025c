"""Files that people send: fetched from Discord's own servers only, and looked at."""

import aiohttp
from yarl import URL

from adapters.discord.errors import discord_errors
from bot.core.files import FileRefused, read_small, require_small, require_true
from bot.core.messages import Attachment

_HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
_TIMEOUT = aiohttp.ClientTimeout(total=30)
_GONE = (403, 404)


async def fetch(attachment: Attachment, host: str = "") -> bytes:
    """The bytes of a file, if they are what they are said to be. `host`: one more to trust."""
    url = URL(attachment.url)
    if url.host not in _HOSTS and (not host or f"{url.host}:{url.port}" != host):
        raise FileRefused(
            f"from {url.host}", notice=f"I do not fetch {attachment.name} from there."
        )
    require_small(attachment, attachment.size)
    with discord_errors():
        data = await _download(url, attachment)
    require_true(attachment, data)
    return data


async def _download(url: URL, attachment: Attachment) -> bytes:
    async with (
        aiohttp.ClientSession(timeout=_TIMEOUT) as session,
        session.get(url, allow_redirects=False) as answer,
    ):
        if answer.status in _GONE:
            raise FileRefused(notice=f"{attachment.name} is no longer there. Please send it again.")
        answer.raise_for_status()
        return await read_small(attachment, answer.content.iter_chunked(1 << 16))
