"""Carries text to Discord: into a channel, onto an interaction's first response, to a person."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import discord
from discord.http import handle_message_parameters
from discord.ui import View
from discord.webhook.async_ import async_context

from adapters.discord.origins import Origin
from adapters.discord.refs import Ref
from adapters.discord.surface import shown

MAX_CHARS = 1900  # of Discord's 2,000; the rest is for our own first line
_FILE = "answer.md"
_LOADING = 1 << 7  # the flag of a first response that says no more than "thinking"
_MISSING: Any = discord.utils.MISSING


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a message is to show. Nobody but the one who asked is ever pinged by it."""

    text: str
    asker: str = ""  # whose mention in it stays alive
    view: View | None = None
    lead: str = ""  # our own words before the text
    pinged: str = ""  # the one person that is notified by name
    pings_asked: bool = True  # a reply notifies the person it replies to

    def body(self) -> dict[str, Any]:
        """As it fits: words, or a file where they are more than a message may have."""
        text = shown(self.text, self.asker)
        is_file = max(len(text), len(self.text)) > MAX_CHARS
        words = self.lead if is_file else f"{self.lead}{text}"
        flags = discord.MessageFlags(suppress_embeds=True)
        body: dict[str, Any] = {"allowed_mentions": self._pings(), "flags": flags}
        body |= {"content": words} if words else {}
        return body | ({"attachments": [self._file()]} if is_file else {})

    def _file(self) -> discord.File:
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

    async def send(self, channel: str, letter: Letter, *, nonce: str, reply_to: str = "") -> Ref:
        """A message of our own.

        Its nonce makes Discord give back the one that is there already when it comes twice, for a
        few minutes: with the words it had then, perhaps a notice that the answer is to replace.
        """
        with handle_message_parameters(
            **letter.body(),
            nonce=nonce,
            message_reference=_reference(channel, reply_to),
            view=letter.view or _MISSING,
        ) as params:
            sent = await self._http.send_message(int(channel), params=params)
        ref = Ref(channel, str(sent["id"]))
        if str(sent.get("content") or "").strip() != letter.body().get("content", "").strip():
            await self.edit(ref, letter)
        return ref

    async def edit(self, ref: Ref, letter: Letter) -> None:
        with handle_message_parameters(**letter.body(), view=letter.view) as params:
            await self._http.edit_message(int(ref.channel), int(ref.message), params=params)

    async def edit_original(self, origin: Origin, letter: Letter) -> Ref:
        """Answer an interaction. However often it is done, there is one answer.

        A text that has to be a file is added to the words that are there.
        """
        hook = self._hook(origin)
        with handle_message_parameters(**letter.body(), view=letter.view) as params:
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

    async def is_thinking(self, origin: Origin) -> bool:
        """Whether an interaction shows nothing yet but that the bot is thinking."""
        return is_thinking(await self._first_response(origin))

    async def open_direct(self, person: str) -> str:
        """The channel of direct messages with a person."""
        return str((await self._http.start_private_message(int(person)))["id"])

    async def open_thread(self, channel: str, message: str, name: str) -> None:
        await self._http.start_thread_with_message(
            int(channel), int(message), name=name, auto_archive_duration=1440
        )

    async def sent_since(self, channel: str, message: str) -> list[Any]:
        """Our own messages in a channel after another one, the oldest first."""
        me = str(self._client.user.id) if self._client.user else ""
        found = await self._http.logs_from(int(channel), 100, after=int(message))
        own = [one for one in found if str(one["author"]["id"]) == me]
        return sorted(own, key=lambda one: int(one["id"]))

    async def said_before(self, channel: str, message: str, most: int) -> list[Any]:
        """What stands in a channel before a message, the oldest first."""
        found = await self._http.logs_from(int(channel), most, before=int(message))
        return sorted(found, key=lambda one: int(one["id"]))

    async def message(self, channel: str, message: str) -> Any:
        return await self._http.get_message(int(channel), int(message))

    async def roles_of(self, guild: str, person: str) -> list[str]:
        """None of a person who has left."""
        try:
            member = await self._http.get_member(int(guild), int(person))
        except discord.NotFound:
            return []
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
    """A message that is gone by now is answered all the same."""
    if not message:
        return _MISSING
    return discord.MessageReference(
        message_id=int(message), channel_id=int(channel), fail_if_not_exists=False
    ).to_message_reference_dict()
