"""Carries text to Discord: into a channel, onto an interaction's first response, to a person."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import Any

import discord
from discord.http import handle_message_parameters
from discord.ui import View
from discord.webhook.async_ import async_context

from adapters.discord.buttons import with_link
from adapters.discord.limiter import sent_while_young
from adapters.discord.origins import Origin
from adapters.discord.refs import Ref
from adapters.discord.surface import shown
from bot.core.errors import OutcomeUnknown
from bot.core.files import File
from bot.core.stopwatch import Stopwatch

MAX_CHARS = 1900  # of Discord's 2,000; the rest is for our own first line
_FILE = "answer.md"
_PAGE = 100  # the most messages Discord shows at once
_LOADING = 1 << 7  # the flag of a first response that says no more than "thinking"
_MISSING: Any = discord.utils.MISSING


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What a message is to show. Nobody but the one who asked is ever pinged by it."""

    text: str
    asker: str = ""  # whose mention in it stays alive
    view: View | None = None
    link: str = ""  # to the question, below what is no reply to it
    lead: str = ""  # our own words before the text
    pinged: str = ""  # the one person that is notified by name
    pings_asked: bool = True  # a reply notifies the person it replies to
    file: File | None = None  # in place of the text

    @cached_property
    def _shown(self) -> str:
        return shown(self.text, self.asker)

    @property
    def is_file(self) -> bool:
        return self.file is not None or max(len(self._shown), len(self.text)) > MAX_CHARS

    def below(self) -> View | None:
        return with_link(self.view, self.link) if self.link else self.view

    def body(self) -> dict[str, Any]:
        """As it fits: words, or a file where they are more than a message may have."""
        words = self.lead if self.is_file else f"{self.lead}{self._shown}"
        flags = discord.MessageFlags(suppress_embeds=True)
        body: dict[str, Any] = {"allowed_mentions": self._pings(), "flags": flags}
        body |= {"content": words} if words else {}
        return body | ({"attachments": [self._file()]} if self.is_file else {})

    def _file(self) -> discord.File:
        if self.file:
            return discord.File(BytesIO(self.file.data), filename=self.file.name)
        return discord.File(BytesIO(self.text.encode()), filename=_FILE)

    def _pings(self) -> discord.AllowedMentions:
        return discord.AllowedMentions(
            everyone=False,
            roles=False,
            users=[discord.Object(int(self.pinged))] if self.pinged else False,
            replied_user=self.pings_asked,
        )


class Courier:
    """Raises the library's errors: what they mean depends on who asks."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._http = client.http

    async def send(
        self,
        channel: str,
        letter: Letter,
        *,
        nonce: str,
        reply_to: str = "",
        age: Stopwatch | None = None,
    ) -> Ref:
        """A message of our own; `age`: for how long its nonce may have been in use.

        Its nonce makes Discord give back the one that is there already when it comes twice, for a
        few minutes: with the words it had then, perhaps a notice that the answer is to replace.
        """
        below, body = letter.below(), letter.body()
        with (
            handle_message_parameters(
                **body,
                nonce=nonce,
                message_reference=_reference(channel, reply_to),
                view=below or _MISSING,
            ) as params,
            sent_while_young(age),
        ):
            sent = await self._http.send_message(int(channel), params=params)
        ref = Ref(channel, str(sent["id"]))
        if not _shows(sent, body.get("content", ""), below):
            await self.edit(ref, letter)
        return ref

    async def edit(self, ref: Ref, letter: Letter) -> None:
        with handle_message_parameters(**letter.body(), view=letter.below()) as params:
            await self._http.edit_message(int(ref.channel), int(ref.message), params=params)

    async def edit_original(self, origin: Origin, letter: Letter) -> Ref:
        """Answer an interaction. However often it is done, there is one answer.

        A text that has to be a file is added to the words that are there.
        """
        hook = self._hook(origin)
        with handle_message_parameters(**letter.body(), view=letter.below()) as params:
            shown = await async_context.get().edit_original_interaction_response(
                hook.id,
                origin.token,
                session=hook.session,
                payload=params.payload,
                multipart=params.multipart,
                files=list(params.files or ()),
            )
        return Ref(origin.channel, str(shown["id"]), is_original=True)

    async def original(self, origin: Origin) -> Ref:
        """The message that an interaction was answered with."""
        shown = await self._first_response(origin)
        return Ref(origin.channel, str(shown["id"]), is_original=True)

    async def has_file(self, origin: Origin) -> bool:
        """Whether a file stands beside what an interaction was answered with."""
        return bool((await self._first_response(origin)).get("attachments"))

    async def is_thinking(self, origin: Origin) -> bool:
        """Whether an interaction shows nothing yet but that the bot is thinking."""
        return is_thinking(await self._first_response(origin))

    async def delete_original(self, origin: Origin) -> None:
        """Take back that the bot is thinking: the answer stands elsewhere."""
        hook = self._hook(origin)
        await async_context.get().delete_original_interaction_response(
            hook.id, origin.token, session=hook.session
        )

    async def open_direct(self, person: str) -> str:
        """The channel of direct messages with a person."""
        return str((await self._http.start_private_message(int(person)))["id"])

    async def open_thread(self, channel: str, message: str, name: str) -> None:
        await self._http.start_thread_with_message(
            int(channel), int(message), name=name, auto_archive_duration=1440
        )

    async def sent_since(self, channel: str, message: str) -> AsyncIterator[Any]:
        """Our own messages in a channel after another one, the oldest first.

        Raises OutcomeUnknown where nothing can be read though something was said: without the
        right to read what was said, Discord shows an empty channel ("Get Channel Messages").
        """
        me = str(self._client.user.id) if self._client.user else ""
        page = await self._http.logs_from(int(channel), _PAGE, after=int(message))
        if not page and await self._last_in(channel) > int(message):
            raise OutcomeUnknown("what was said there cannot be read")
        while page:
            page = sorted(page, key=lambda one: int(one["id"]))
            for one in page:
                if str(one["author"]["id"]) == me:
                    yield one
            page = await self._http.logs_from(int(channel), _PAGE, after=int(page[-1]["id"]))

    async def _last_in(self, channel: str) -> int:
        """The id of what was said last, which may be gone."""
        found: Any = await self._http.get_channel(int(channel))
        return int(found.get("last_message_id") or 0)

    async def said_before(self, channel: str, message: str, most: int) -> list[Any]:
        """What stands in a channel before a message, the oldest first."""
        found = await self._http.logs_from(int(channel), most, before=int(message))
        return sorted(found, key=lambda one: int(one["id"]))

    async def message(self, channel: str, message: str) -> Any:
        return await self._http.get_message(int(channel), int(message))

    async def roles_of(self, guild: str, person: str) -> list[str]:
        """No roles of a person who has left."""
        return await self.roles_in(guild, person) or []

    async def roles_in(self, guild: str, person: str) -> list[str] | None:
        """None: the person is not there."""
        try:
            member = await self._http.get_member(int(guild), int(person))
        except discord.NotFound:
            return None
        return [str(role) for role in member["roles"]]

    async def _first_response(self, origin: Origin) -> Any:
        hook = self._hook(origin)
        return await async_context.get().get_original_interaction_response(
            hook.id, origin.token, session=hook.session
        )

    def _hook(self, origin: Origin) -> discord.Webhook:
        """Application and token are all it takes, so that it works after a restart as well."""
        return discord.Webhook.partial(int(origin.application), origin.token, client=self._client)


def is_thinking(sent: Any) -> bool:
    return bool(sent.get("flags", 0) & _LOADING)


def _reference(channel: str, message: str) -> Any:
    """Refused where the message is gone: what replies to nothing has to be known by a link."""
    if not message:
        return _MISSING
    return discord.MessageReference(
        message_id=int(message), channel_id=int(channel)
    ).to_message_reference_dict()


def links_of(sent: Any) -> set[str]:
    """The addresses that the buttons below a message lead to."""
    return {str(part["url"]) for part in _buttons_of(sent) if part.get("url")}


def buttons_in(sent: Any) -> list[str]:
    """The ids of the buttons below a message."""
    return [str(part.get("custom_id") or "") for part in _buttons_of(sent)]


def _shows(sent: Any, words: str, below: View | None) -> bool:
    """Whether a message is what was to be sent, and not an earlier one of the same nonce."""
    wanted = [part for row in (below.to_components() if below else []) for part in _inner(row)]
    ids = [[part.get("custom_id") for part in parts] for parts in (_buttons_of(sent), wanted)]
    return str(sent.get("content") or "").strip() == words.strip() and ids[0] == ids[1]


def _buttons_of(sent: Any) -> list[Any]:
    return [part for row in sent.get("components") or () for part in _inner(row)]


def _inner(row: Any) -> list[Any]:
    return list(row.get("components") or ())
