"""Messages that are posted whole: the surest way, and the last resort of every other."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import structlog

from adapters.slack.bodies import JSON, parts, text
from adapters.slack.buttons import drawn
from adapters.slack.errors import Rejected, slack_errors
from adapters.slack.origins import SlackOrigin
from adapters.slack.refs import FILE, place_of, ref_of
from adapters.slack.surface import shown
from adapters.slack.threads import file_title, metadata
from adapters.slack.ways import is_about_shape
from adapters.slack.web import Web, Workspaces
from bot.core.errors import TransientError
from bot.core.messages import Message
from bot.core.posts import Saying
from bot.core.recent import Recent
from bot.words import say

log = structlog.get_logger()

# Slack takes 12,000 characters of Markdown, and 13,200 in all blocks of a message together.
MAX_CHARS = 11_000
_CHARS_OF_TEXT = 3000  # of the words for notifications; 4,000 were refused at times
_PATIENCE = 300.0  # seconds a whole answer stands in line among many others
_TOO_LONG = "\n\n*(The whole answer is in the file below.)*"


# Slack fetches what a link leads to even to find out whether to show it, unless both are off.
NO_PREVIEWS = {"unfurl_links": False, "unfurl_media": False}


def plain(text: str) -> str:
    """Text for where Slack's own notation is read: nothing in it means anything."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def shapes(text: str, below: list[JSON], *, has_lost_buttons: bool = False) -> Iterator[JSON]:
    """The ways to send a text, the best first: with buttons, as Markdown, as it is.

    `has_lost_buttons`: a message keeps its blocks until it is given others.
    """
    if below or has_lost_buttons:
        markdown = {"type": "markdown", "text": text}
        yield {"blocks": [markdown, *below], "text": plain(text)[:_CHARS_OF_TEXT]}
    yield {"markdown_text": text}
    yield {"text": plain(text)}


class Posting:
    def __init__(self, web: Web, workspaces: Workspaces) -> None:
        self._web = web
        self._workspaces = workspaces
        self._failed_uploads = Recent[str]()

    async def post(self, question: Message, saying: Saying, *, nonce: str) -> str:
        """Post a message, or a file where the text is too long for one; returns its ref."""
        if saying.file:
            return await self._send_up(question, saying.file.data, nonce, saying.file.name)
        if len(saying.text) > MAX_CHARS:
            return await self.upload(question, saying.text, nonce)
        origin = SlackOrigin.of(question)
        where: JSON = {"channel": origin.channel}
        if origin.thread:
            where["thread_ts"] = origin.thread
        marks = metadata(question, nonce)
        posted = await self._shape("chat.postMessage", question, saying, metadata=marks, **where)
        return ref_of(str(posted.get("channel") or where["channel"]), str(posted.get("ts", "")))

    async def rewrite(
        self, question: Message, ref: str, saying: Saying, *, nonce: str = ""
    ) -> None:
        """Make a message say exactly this."""
        channel, ts = place_of(ref)
        try:
            await self._update(question, ref, saying, nonce)
        except Rejected as error:
            if error.code != "streaming_state_conflict":
                raise
            # A stream that is still open, perhaps an earlier process's, must end first.
            await self.end_stream(question, channel, ts)
            await self._update(question, ref, saying, nonce)

    async def end_stream(self, question: Message, channel: str, ts: str, nonce: str = "") -> None:
        """End a stream as it is, but not the work on it; one that has ended already is no error."""
        try:
            await self._web.call(
                "chat.stopStream",
                SlackOrigin.of(question).team,
                channel=channel,
                ts=ts,
                metadata=metadata(question, nonce),
                session_status="processing",
            )
        except Rejected as error:
            log.info("stream_had_ended", error=error.code)

    async def upload(self, question: Message, text: str, nonce: str) -> str:
        """Share a text as a file."""
        return await self._send_up(question, text.encode(), nonce, "answer.md")

    async def _send_up(self, question: Message, data: bytes, nonce: str, name: str) -> str:
        """Raises Rejected("no_file") where Slack takes none.

        Where files are switched off, or in shared channels, Slack fails as if it were ill: what
        has failed twice is not tried again.
        """
        try:
            return await self._upload(question, data, nonce, name)
        except Rejected as error:
            raise Rejected("no_file", str(error)) from error
        except TransientError as error:
            if nonce in self._failed_uploads:
                raise Rejected("no_file", str(error)) from error
            self._failed_uploads.add(nonce)
            raise

    async def _upload(self, question: Message, data: bytes, nonce: str, name: str) -> str:
        """Three requests, of which only the last shows anything."""
        origin = SlackOrigin.of(question)
        slot = await self._web.call(
            "files.getUploadURLExternal", origin.team, filename=name, length=len(data)
        )
        await self._send_file(origin.team, str(slot.get("upload_url", "")), data)
        file = {"id": str(slot.get("file_id", "")), "title": file_title(nonce, name)}
        shared = await self._web.call(
            "files.completeUploadExternal",
            origin.team,
            files=[file],
            channel_id=origin.channel,
            thread_ts=origin.thread or None,
        )
        return ref_of(FILE, _first_id(shared) or file["id"])

    async def _update(self, question: Message, ref: str, saying: Saying, nonce: str) -> None:
        """A message that cannot hold it says so only when the file is there."""
        channel, ts = place_of(ref)
        arguments: JSON = {"channel": channel, "ts": ts, "metadata": metadata(question, nonce)}
        try:
            await self._shape("chat.update", question, saying, **arguments)
        except Rejected as error:
            if error.code != "msg_too_long":
                raise
            await self.upload(question, saying.text, nonce or ts)
            rest = say(_TOO_LONG)
            beginning = saying.text[: _CHARS_OF_TEXT - len(rest)] + rest
            shorter = replace(saying, text=beginning)
            await self._shape("chat.update", question, shorter, **arguments)

    async def _shape(
        self, method: str, question: Message, saying: Saying, **arguments: Any
    ) -> JSON:
        """Send the text in the best shape that Slack takes; a refusal is certain, so go on."""
        origin = SlackOrigin.of(question)
        arguments |= NO_PREVIEWS | {"order": origin.order}
        arguments |= {"patience": _PATIENCE} if saying.is_final else {}
        safe = shown(saying.text, question.author.id)
        refused: Rejected | None = None
        below = drawn(saying.controls) if saying.is_final else []
        for shape in shapes(safe, below, has_lost_buttons=not question.author.id):
            try:
                return await self._web.call(method, origin.team, **arguments, **shape)
            except Rejected as error:
                if not is_about_shape(error.code):
                    raise
                log.info("shape_refused", method=method, shape=[*shape], error=error.code)
                refused = error
        raise refused or Rejected("no_text")

    async def _send_file(self, team: str, url: str, data: bytes) -> None:
        client = await self._workspaces.client(team)
        if client.session is None:
            raise Rejected("no_session")
        with slack_errors():
            async with client.session.post(url, data=data, allow_redirects=False) as response:
                response.raise_for_status()


def _first_id(shared: JSON) -> str:
    return next((text(file, "id") for file in parts(shared, "files")), "")
