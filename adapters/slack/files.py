"""Files that people send: fetched from Slack's own host only, with the bot's token."""

from dataclasses import replace

from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from adapters.downloads import NotServedError, download, from_elsewhere
from adapters.slack.bodies import JSON, part, text
from adapters.slack.contents import attachment_of
from adapters.slack.errors import Rejected, slack_errors
from adapters.slack.web import Web, Workspaces
from bot.core.files import FileRefused
from bot.core.messages import Attachment
from bot.words import say

_NO_SCOPE = (
    "Slack gave me a log-in page in place of {name}: this app lacks the scope files:read. "
    "Its administrator can add it and reinstall the app."
)
_NOT_SHOWN = "Slack does not show me {name}: it was deleted, or belongs to another organisation."
_ELSEWHERE = "Slack keeps {name} in a place that I do not fetch from."
_WAYS_TO_A_LOG_IN = ("redir=", "signin", "sign_in", "login", "log-in")


class Files:
    def __init__(self, web: Web, workspaces: Workspaces) -> None:
        self._web = web
        self._workspaces = workspaces

    async def fetch(self, team: str, attachment: Attachment) -> bytes:
        """The bytes of a file; of a voice clip the words, where Slack has written them down."""
        if not attachment.url or attachment.mime.startswith(("audio/", "video/")):
            about = await self._about(team, attachment)
            if words := _transcription(about):
                return words.encode()
            attachment = _known_better(attachment, about)
        if not attachment.url:
            raise _refused(_NOT_SHOWN, attachment, detail="no address")
        client, url = await self._workspaces.client(team), URL(attachment.url)
        api = URL(client.base_url)
        # A local server, which the Web API was moved to, serves its files as well.
        is_slacks = url.host == f"files.{api.host}" or url.authority == api.authority
        if url.scheme != api.scheme or not is_slacks:
            raise from_elsewhere(attachment, url.host)
        return await _download(client, url, attachment)

    async def _about(self, team: str, attachment: Attachment) -> JSON:
        """What Slack says of a file; of those from another organisation it first tells the id."""
        try:
            return part(await self._web.call("files.info", team, file=attachment.id), "file")
        except Rejected:
            return {}


async def _download(client: AsyncWebClient, url: URL, attachment: Attachment) -> bytes:
    if client.session is None:
        raise Rejected("no_session")
    headers = {"Authorization": f"Bearer {client.token}"}
    try:
        with slack_errors():
            return await download(client.session, url, attachment, headers)
    except NotServedError as answer:
        raise _refused(_reason(answer), attachment, str(answer)) from answer


def _reason(answer: NotServedError) -> str:
    if answer.location:
        leads_to_log_in = any(way in answer.location for way in _WAYS_TO_A_LOG_IN)
        return _NO_SCOPE if leads_to_log_in else _ELSEWHERE
    return _NO_SCOPE if answer.status == 200 else _NOT_SHOWN  # noqa: PLR2004


def _refused(notice: str, attachment: Attachment, detail: str) -> FileRefused:
    return FileRefused(detail, notice=say(notice, name=attachment.name))


def _known_better(attachment: Attachment, about: JSON) -> Attachment:
    found = attachment_of(about) if text(about, "id") else attachment
    return replace(found, id=attachment.id)


def _transcription(about: JSON) -> str:
    """The words of a clip; their beginning, where they are many."""
    transcription = part(about, "transcription")
    words = part(transcription, "preview")
    is_whole = text(transcription, "status") == "complete"
    more = "…" if words.get("has_more") is True else ""
    return f"{text(words, 'content')}{more}" if is_whole and text(words, "content") else ""
