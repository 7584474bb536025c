"""What only one person sees: private answers, and notes about what is not allowed."""

from dataclasses import replace

import structlog

from adapters.slack.bodies import JSON, identity
from adapters.slack.errors import Rejected, check_response_url, slack_errors
from adapters.slack.origins import SlackOrigin
from adapters.slack.posting import MAX_CHARS, NO_PREVIEWS, Posting, plain
from adapters.slack.refs import PRIVATE, ref_of
from adapters.slack.surface import shown
from adapters.slack.web import Web, Workspaces
from bot.core.errors import Undeliverable
from bot.core.messages import Message
from bot.core.ports.clock import Clock

log = structlog.get_logger()

_URL_LIVES = 25 * 60.0  # seconds; Slack takes answers for 30 minutes, and no more than five


def is_private(question: Message) -> bool:
    return SlackOrigin.of(question).private


class Private:
    """Answers to one person: where she asked, else as a direct message.

    Nothing of it can be read back, so what may have been sent is sent again.
    """

    def __init__(self, web: Web, workspaces: Workspaces, posting: Posting, clock: Clock) -> None:
        self._web = web
        self._workspaces = workspaces
        self._posting = posting
        self._clock = clock

    async def post(self, question: Message, text: str, *, nonce: str, final: bool) -> str:
        if len(text) <= MAX_CHARS:
            for way in (self._respond, self._whisper):
                try:
                    await way(question, text)
                except Rejected as error:
                    log.info("private_way_closed", question=question.id, error=error.code)
                else:
                    return ref_of(PRIVATE, nonce)
        direct = await self._as_direct(question)
        return await self._posting.post(direct, text, nonce=nonce, final=final)

    async def respond(self, question: Message, text: str) -> None:
        """Answer a command for all to see although the bot is no member of the channel."""
        await self._respond(question, text, kind="in_channel")

    async def tell(self, question: Message, text: str) -> None:
        """A note that may fail: there is nobody else to tell."""
        try:
            await self.post(question, text, nonce="note", final=False)
        except Undeliverable as error:
            log.warning("note_not_delivered", question=question.id, error=str(error))

    async def _respond(self, question: Message, text: str, kind: str = "ephemeral") -> None:
        url = self._usable_url(question)
        safe = shown(text, question.author.id)
        bare: JSON = {"response_type": kind, "replace_original": False, "text": plain(safe)}
        bare |= NO_PREVIEWS
        try:
            await self._send(question, url, bare | {"blocks": [{"type": "markdown", "text": safe}]})
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

    async def _whisper(self, question: Message, text: str) -> None:
        origin = SlackOrigin.of(question)
        where: JSON = {"channel": origin.channel, "user": question.author.id}
        if not origin.begins_thread:
            where["thread_ts"] = origin.thread
        safe = shown(text, question.author.id)
        await self._web.call(
            "chat.postEphemeral", origin.team, markdown_text=safe, **NO_PREVIEWS, **where
        )

    async def _as_direct(self, question: Message) -> Message:
        team, asker = SlackOrigin.of(question).team, question.author.id
        opened = await self._web.call("conversations.open", team, users=asker)
        place = SlackOrigin(team=team, asker=asker, channel=identity(opened, "channel"))
        return replace(question, origin=place.as_mapping())
