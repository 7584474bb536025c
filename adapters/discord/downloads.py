"""Files that people send: fetched from Discord's own servers only."""

import aiohttp
from yarl import URL

from adapters.discord.courier import Courier
from adapters.discord.errors import discord_errors
from adapters.discord.reading import STRANGE, Me, contents_of
from adapters.downloads import NotServedError, download, from_elsewhere
from bot.core.errors import Undeliverable
from bot.core.files import FileRefused
from bot.core.messages import Attachment
from bot.words import say

_HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net"})


class FileGone(FileRefused):
    """It was there once."""

    def __init__(self, attachment: Attachment, detail: str) -> None:
        notice = say("{name} is no longer there. Please send it again.", name=attachment.name)
        super().__init__(detail, notice=notice)


async def fetch(attachment: Attachment, host: str = "") -> bytes:
    """The bytes of a file. `host`: one more to trust, over plain HTTP as well."""
    url = URL(attachment.url)
    is_discords = url.host in _HOSTS and url.scheme == "https"
    if not is_discords and (not host or f"{url.host}:{url.port}" != host):
        raise from_elsewhere(attachment, url.host)
    try:
        with discord_errors():
            async with aiohttp.ClientSession() as session:
                return await download(session, url, attachment)
    except NotServedError as answer:
        raise FileGone(attachment, str(answer)) from answer


async def renewed_from(courier: Courier, attachment: Attachment) -> Attachment:
    """The same file under the address it has now. Raises FileGone where it hangs no more."""
    channel, _, message = attachment.source.partition("/")
    try:
        with discord_errors():
            payload = await courier.message(channel, message) if message else {}
        files = contents_of(payload, Me("")).attachments
    except (Undeliverable, *STRANGE) as error:
        raise FileGone(attachment, type(error).__name__) from error
    for file in files:
        if file.id == attachment.id:
            return file
    raise FileGone(attachment, "it was taken out of its message")
