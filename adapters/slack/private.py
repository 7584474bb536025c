"""What only one person sees: private answers, and notes about what is not allowed."""

from dataclasses import replace

import structlog

from adapters.slack.bodies import JSON, identity
from adapters.slack.buttons import drawn
from adapters.slack.errors import Rejected, check_response_url, slack_errors
from adapters.slack.origins import SlackOrigin, with_origin
from adapters.slack.posting import MAX_CHARS, NO_PREVIEWS, Posting, plain
from adapters.slack.refs import NOTICE, PRIVATE, ref_of
from adapters.slack.surface import shown
from adapters.slack.ways import DIRECT, RESPONSE, WHISPER
from adapters.slack.web import Web, Workspaces
from bot.core.errors import Undeliverable
from bot.core.messages import Message
from bot.core.ports.clock import Clock
from bot.core.posts import Saying

log = structlog.get_logger()

_URL_LIVES = 25 * 60.0  # seconds; Slack takes answers for 30 minutes, and no more than five


class Private:
    """What one person is told: where she asked, else as a direct message."""

    def __init__(self, web: Web, workspaces: Workspaces, posting: Posting, clock: Clock) -> None:
        self._web = web
        self._workspaces = workspaces
        self._posting = posting
        self._clock = clock

    async def post(self, question: Message, saying: Saying, place: str, *, nonce: str) -> str:
        """On one of the ways that lead to her alone. Raises Rejected where it is closed."""
        if place == DIRECT:
            direct = await self.as_direct(question)
            return await self._posting.post(direct, saying, nonce=nonce)
        if saying.file or len(saying.text) > MAX_CHARS:
            raise Rejected("channel_type_not_supported", "no file can be shown there")
        below = drawn(saying.controls) if saying.is_final else []
        if place == RESPONSE:
            await self._respond(question, saying.text, below)
        else:
            await self._whisper(question, saying.text, below)
        return ref_of(PRIVATE if saying.is_final else NOTICE, nonce)

    async def tell(self, question: Message, text: str) -> None:
        """A note that may fail: there is nobody else to tell."""
        alone = with_origin(question, private=True)
        for place in (RESPONSE, WHISPER, DIRECT):
            try:
                await self.post(alone, Saying(text=text), place, nonce="note")
            except Undeliverable as error:
                log.info("note_not_delivered", question=question.id, way=place, error=str(error))
            else:
                return

    async def _respond(self, question: Message, text: str, below: list[JSON]) -> None:
        url = self._usable_url(question)
        kind = "ephemeral" if SlackOrigin.of(question).private else "in_channel"
        safe = shown(text, question.author.id)
        bare: JSON = {"response_type": kind, "replace_original": False, "text": plain(safe)}
        bare |= NO_PREVIEWS
        try:
            blocks = [{"type": "markdown", "text": safe}, *below]
            await self._send(question, url, bare | {"blocks": blocks})
        except Rejected as error:
            if "url" in error.code:  # expired_url, used_url
                raise
            await self._send(question, url, bare)

    def _usable_url(self, question: Message) -> str:
        """It shows things to the person who was given it: nobody else is answered with it."""
        origin = SlackOrigin.of(question)
        is_hers = origin.asker in ("", question.author.id)
        if not origin.response_url or not is_hers or self._clock() - origin.at > _URL_LIVES:
            raise Rejected("no_response_url")
        return origin.response_url

    async def _send(self, question: Message, url: str, body: JSON) -> None:
        client = await self._workspaces.client(SlackOrigin.of(question).team)
        if client.session is None:
            raise Rejected("no_session")
        with slack_errors():
            async with client.session.post(url, json=body, allow_redirects=False) as response:
                check_response_url(response.status, await response.text(), response.headers)

    async def _whisper(self, question: Message, text: str, below: list[JSON]) -> None:
        origin = SlackOrigin.of(question)
        where: JSON = {"channel": origin.channel, "user": question.author.id}
        if not origin.begins_thread:
            where["thread_ts"] = origin.thread
        safe = shown(text, question.author.id)
        where |= NO_PREVIEWS
        if below:
            blocks = [{"type": "markdown", "text": safe}, *below]
            where |= {"blocks": blocks, "text": plain(safe)}
        else:
            where |= {"markdown_text": safe}
        await self._web.call("chat.postEphemeral", origin.team, **where)

    async def as_direct(self, question: Message) -> Message:
        """The question as if she had asked it in her direct messages."""
        origin, asker = SlackOrigin.of(question), question.author.id
        opened = await self._web.call("conversations.open", origin.team, users=asker)
        place = SlackOrigin(
            team=origin.team, asker=asker, channel=identity(opened, "channel"), at=origin.at
        )
        return replace(question, origin=place.as_mapping())
