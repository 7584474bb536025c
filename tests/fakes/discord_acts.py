"""What people do at the fake Discord, and what a test can see of the answers."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.fakes import JSON
from tests.fakes.discord_gateway import Gateway
from tests.fakes.discord_interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL,
    Install,
    Interaction,
    Interactions,
    component_data,
    component_of,
    modal_data,
)
from tests.fakes.discord_mail import Mail, Ping
from tests.fakes.discord_things import (
    PUBLIC_THREAD,
    SYSTEM_MESSAGES,
    Attachment,
    Channel,
    Message,
    Reaction,
    Role,
    User,
)
from tests.fakes.discord_world import World
from tests.patience import PATIENCE


async def until(true: Callable[[], Any], seconds: float = PATIENCE) -> None:
    """Wait for something to become true, with a deadline."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - it can be anything, also within the bot
            await asyncio.sleep(0.01)


class LivelyWorld(World):
    """A world in which people act, and the gateway hears of it."""

    def __init__(self) -> None:
        super().__init__()
        self.token = ""
        self.gateway = Gateway(self, lambda: self.token)
        self.announce = self.gateway.announce
        self.mail = Mail(self)
        self._interactions = Interactions(self)

    @property
    def pings(self) -> list[Ping]:
        return self.mail.pings

    @property
    def pings_by_bot(self) -> list[Ping]:
        return [one for one in self.pings if one.author_id == self.bot.id]

    @property
    def interactions(self) -> list[Interaction]:
        return self._interactions.made

    @property
    def commands(self) -> dict[int | None, list[JSON]]:
        return self._interactions.commands

    async def say(  # noqa: PLR0913 - a message has that many sides
        self,
        channel: Channel,
        user: User,
        text: str = "",
        *,
        mentions: Sequence[User | Role] = (),
        reply_to: Message | int | None = None,
        ping_reply: bool = True,
        attachments: Sequence[Attachment | tuple[str, bytes]] = (),
        more: JSON | None = None,
    ) -> int:
        """Somebody says something; who is in `mentions` is named first. The message's id.

        `more`: fields as Discord tells them, such as a poll's.
        """
        if channel.guild is not None:
            channel.guild.add_member(user)
        body: JSON = {"content": " ".join([*(one.mention for one in mentions), text])}
        if reply_to is not None:
            quoted = reply_to if isinstance(reply_to, int) else reply_to.id
            body["message_reference"] = {"message_id": str(quoted)}
        if reply_to is not None and not ping_reply:
            everything = ["users", "roles", "everyone"]
            body["allowed_mentions"] = {"parse": everything, "replied_user": False}
        files = [one if isinstance(one, Attachment) else self.attach(*one) for one in attachments]
        body |= {"sticker_ids": [*more]} if more else {}  # so that it is not empty
        return self.mail.post(channel, user, body, files, more=more or {}).id

    async def edit(
        self,
        channel: Channel,
        message: Message | int,
        text: str,
        *,
        mentions: Sequence[User | Role] = (),
        keep_files: bool = True,
    ) -> None:
        found = self.message(channel, message)
        body: JSON = {"content": " ".join([*(one.mention for one in mentions), text])}
        self.mail.edit(found, body | ({} if keep_files else {"attachments": []}))

    async def unfurl(self, channel: Channel, message: Message | int) -> None:
        """A link's preview arrives a moment later: an update that nobody wrote."""
        found = self.message(channel, message)
        found.embeds = [{"type": "link", "url": "https://example.org", "title": "A page"}]
        self.announce("MESSAGE_UPDATE", found)

    async def delete(self, channel: Channel, message: Message | int) -> None:
        self.mail.delete(self.message(channel, message))

    async def react(self, channel: Channel, message: Message | int, user: User, emoji: str) -> None:
        found = self.message(channel, message)
        found.reactions.setdefault(emoji, set()).add(user.id)
        self.announce("MESSAGE_REACTION_ADD", Reaction(found, user, emoji))

    async def start_thread(  # noqa: PLR0913 - so has a thread
        self,
        channel: Channel,
        user: User,
        name: str,
        *,
        text: str | None = None,
        kind: int = PUBLIC_THREAD,
        invited: Sequence[User] = (),
        attachments: Sequence[tuple[str, bytes]] = (),
    ) -> Channel:
        """A person opens a thread, or posts in a forum; `text` is its first message."""
        if channel.guild is not None:
            channel.guild.add_member(user)
        thread = self.open_thread(channel, name, user, starter=None, kind=kind)
        thread.joined.update(one.id for one in invited)
        self.announce("THREAD_CREATE", thread)
        if text is not None:
            files = [self.attach(*one) for one in attachments]
            self.mail.post(thread, user, {"content": text}, files, id=thread.id)
        return thread

    async def slash(
        self,
        channel: Channel,
        user: User,
        name: str,
        options: Mapping[str, Any] | None = None,
        *,
        install: Install = "guild",
    ) -> Interaction:
        """Use a registered slash command, with its group before it: `homeroom channel on`."""
        data = self._interactions.command_data(channel, user, name, options or {}, None)
        return self._ask(COMMAND, channel, user, data, install=install)

    async def autocomplete(
        self, channel: Channel, user: User, name: str, options: Mapping[str, Any], focused: str
    ) -> Interaction:
        data = self._interactions.command_data(channel, user, name, options, focused)
        return self._ask(AUTOCOMPLETE, channel, user, data)

    async def context_menu(
        self,
        channel: Channel,
        user: User,
        name: str,
        target: Message | User | int,
        *,
        install: Install = "guild",
    ) -> Interaction:
        """Use a command on a message or on a person."""
        found = target if isinstance(target, User) else self.message(channel, target)
        kind = 2 if isinstance(found, User) else 3
        command = self._interactions.command(channel, user, name, kind)
        data = self._interactions.target_data(command, channel, found)
        return self._ask(COMMAND, channel, user, data, install=install)

    async def click(
        self, message: Message, custom_id: str, user: User, *, values: list[str] | None = None
    ) -> Interaction:
        """Press a button, or choose `values` from a menu."""
        data = component_data(component_of(message, custom_id), values)
        return self._ask(COMPONENT, message.channel, user, data, message=message)

    async def submit_modal(
        self, interaction: Interaction, values: Mapping[str, Any]
    ) -> Interaction:
        """Send off the form that the bot answered this interaction with."""
        if interaction.modal is None:
            raise LookupError("the bot has shown no form")
        data = modal_data(interaction.modal, interaction.channel, values)
        channel, user, message = interaction.channel, interaction.user, interaction.message
        return self._ask(MODAL, channel, user, data, message=message)

    def message(self, channel: Channel, message: Message | int) -> Message:
        return message if isinstance(message, Message) else channel.messages[message]

    def messages(self, channel: Channel, *, system: bool = False) -> list[Message]:
        """What stands there for all to see, in order; system messages only on demand."""
        seen = (one for one in channel.messages.values() if not one.ephemeral)
        return [one for one in seen if system or one.type not in SYSTEM_MESSAGES]

    def from_bot(self, channel: Channel) -> list[Message]:
        return [one for one in self.messages(channel) if one.author is self.bot]

    async def until(self, true: Callable[[], Any], seconds: float = PATIENCE) -> None:
        await until(true, seconds)

    def _ask(self, kind: int, channel: Channel, user: User, data: JSON, **more: Any) -> Interaction:
        interaction = self._interactions.begin(kind, channel, user, data, **more)
        payload = interaction.payload(self.bot)
        joined = channel.guild if channel.guild and channel.guild.joined else None
        self.gateway.push("INTERACTION_CREATE", payload, joined)
        return interaction
