"""The durable inbox: what Slack sends is on disk before Slack is told that it was taken.

Bolt acknowledges an event before its listener runs, and loses it when its authorisation fails
(`auth.test` answering 429 is enough). So everything that must not be lost is written down in the
middleware that runs after the signature check and before both. If that fails Slack gets a 503
(over a socket: no acknowledgement), and sends again.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import structlog
from slack_bolt.response import BoltResponse

from adapters.slack.asides import Asides
from adapters.slack.bodies import JSON, PLATFORM, authorization, part, team_of, text
from adapters.slack.buttons import parse_press
from adapters.slack.commands import parse_command_body, parse_shortcut
from adapters.slack.continued import as_set, continued, meant
from adapters.slack.events import Deletion, Edit, Event, Said, parse_event
from adapters.slack.home.tab import parse_visit
from adapters.slack.locks import Locks
from adapters.slack.names import names_of
from adapters.slack.newest import NewestReplies
from adapters.slack.origins import SlackOrigin, with_origin
from adapters.slack.others import OtherBots
from adapters.slack.people import Roster
from adapters.slack.reading import Names, ids_in
from bot.core.catalogue import ASSISTANT, Chosen
from bot.core.controls import FORMS
from bot.core.errors import BotError, Refusal, StorageUnavailable
from bot.core.messages import Author, Message
from bot.core.ports.clock import Clock
from bot.core.ports.door import Door
from bot.core.recent import RecentMap
from bot.core.setting_values import parse_rules
from bot.rules.following import is_for_bot
from bot.words import say, speaking

log = structlog.get_logger()

Next = Callable[[], Awaitable[BoltResponse]]


class SlackInbox:
    def __init__(  # noqa: PLR0913 - what it is put together from
        self,
        door: Door,
        people: Roster,
        asides: Asides,
        others: OtherBots,
        clock: Clock,
        *,
        bot: str = "",
    ) -> None:
        self._door = door
        self._people = people
        self._asides = asides
        self._clock = clock
        self._bot = bot
        self._locks = Locks[tuple[str, str]]()
        self._others = others
        self._newest = NewestReplies()
        self._told = RecentMap[str, Message]()  # as it came, by its id

    def middleware(self) -> Callable[..., Awaitable[BoltResponse]]:
        """For bolt, which passes arguments by their names."""

        async def inbox(body: Any, next_: Next) -> BoltResponse:
            try:
                taken = await self.take(body)
            except StorageUnavailable as error:
                log.error("message_not_taken", error=str(error))  # noqa: TRY400
                return BoltResponse(status=503)
            except Exception:
                log.exception("message_not_taken")
                return BoltResponse(status=503)
            return await next_() if taken is None else taken

        return inbox

    async def take(self, body: Any) -> BoltResponse | None:
        """Write down what a body says and answer it; None: it is for bolt's listeners."""
        if visited := parse_visit(body):
            self._asides.visited(self._door, *visited)
            return BoltResponse(status=200)
        if text(body, "type") == "event_callback":
            return await self._take_event(body)
        now = self._clock()
        names = await self._names(_asked_in(body), body)
        if command := parse_command_body(body, now, names):
            return await self._take_command(command)
        if asked := parse_shortcut(body, now, names):
            return await self._interactive(asked, self._accept(asked))
        if press := parse_press(body, now):
            return await self._take_press(press, body)
        return None

    async def _take_event(self, body: Any) -> BoltResponse | None:
        if self._people.hear(body) or self._is_brought(body):
            return BoltResponse(status=200)
        self._newest.hear(body)
        event = parse_event(body, self._bot)
        if event is None:
            return None
        # Asking who somebody is takes a while: what follows must not overtake it.
        async with self._locks.of(event.thread):
            await self._act_on(event, body)
        return BoltResponse(status=200)

    def _is_brought(self, body: Any) -> bool:
        """Whether somebody joins a channel: the bot itself greets those there, once."""
        event = part(body, "event")
        if text(event, "type") != "member_joined_channel":
            return False
        channel, own = text(event, "channel"), text(authorization(body), "user_id") or self._bot
        is_ours = not body.get("is_ext_shared_channel")
        if text(event, "user") == own and channel and is_ours:
            origin = SlackOrigin(team=team_of(body), channel=channel, asker=text(event, "inviter"))
            self._asides.joined(self._door, origin)
        return True

    async def _act_on(self, event: Event, body: Any) -> None:
        match event:
            case Said():
                await self._hear(event, body)
            case Edit(said, adds_mention, is_slacks):
                edited = await self._named(said.message, body)
                in_time = await self._door.replace(edited)
                if in_time is None and adds_mention:
                    await self._hear(said, body)
                elif in_time is False and is_slacks:  # told once more, perhaps with more
                    await self._door.accept(edited)
            case Deletion(message_id, origin):
                if await self._door.withdraw(f"{PLATFORM}:{message_id}"):
                    self._asides.withdrawn(message_id, origin)

    async def _hear(self, said: Said, body: Any) -> None:
        if self._is_told(said.message):
            return
        whole = said.message
        if said.is_in_thread:
            key = await continued(self._door, said.message.key)
            said = replace(said, message=replace(said.message, key=key))
        message = said.message
        chosen = await self._door.settings(message.key)
        is_ours = await is_for_bot(
            self._door,
            message.key,
            chosen.value("follow"),
            is_addressed=said.is_direct or said.mentions_bot,
            is_in_thread=said.is_in_thread,
        )
        if not said.is_bot:
            await self._others.person_spoke(message.key)
        elif is_ours:
            is_ours = await self._may_bot_ask(said, chosen)
        if is_ours:
            await self._write_down(await self._named(message, body), chosen)
            self._told.put(message.id, whole)

    def _is_told(self, message: Message) -> bool:
        """Whether it was written down whole, and this mention of it says nothing besides."""
        told = self._told.get(message.id)
        has_all = told is not None and not told.may_grow and told.completed_by(message) is told
        return has_all and message.may_grow > 0

    async def _named(self, message: Message, body: Any) -> Message:
        """With the names of those in it, which only what is for the bot is worth looking up."""
        names = await self._names(part(body, "event"), body, message.author.id)
        said = parse_event(body, self._bot, names) if names else None
        said = said.said if isinstance(said, Edit) else said
        if not isinstance(said, Said):
            return message
        told = said.message
        return replace(message.reworded(told), command=message.command, author=told.author)

    async def _names(self, said: JSON, body: Any, *others: str) -> Names:
        ids = ids_in(said).union(others) - {self._bot}
        return await names_of(self._people, team_of(body), ids)

    async def _may_bot_ask(self, said: Said, chosen: Chosen) -> bool:
        listed = parse_rules(" ".join(chosen.all("bots")))
        if listed.isdisjoint(said.bot_ids):
            return False
        return await self._others.may_ask(said.message.key, said.bot_ids, said.message.id)

    async def _accept(self, message: Message) -> None:
        await self._write_down(message, await self._door.settings(message.key))

    async def _write_down(self, message: Message, chosen: Chosen) -> None:
        author = message.author
        if message.is_shared and author.name == author.id:
            team = SlackOrigin.of(message).team
            author = Author(author.id, await self._people.name(team, author.id))
        origin, live = SlackOrigin.of(message), chosen.is_on("stream")
        since = self._newest.since(origin.channel, origin.thread, origin.ts)
        message = with_origin(replace(message, author=author), live=live, since=since)
        await self._door.accept(as_set(message, chosen))

    async def _take_command(self, command: Message) -> BoltResponse:
        failure = await self._said_if_failed(self._carry_out(command))
        if failure:
            with speaking(await self._door.language(command)):
                return _only_for_you(say(failure))
        # Nothing but this makes Slack show to all what was asked.
        is_public = not SlackOrigin.of(command).private
        return BoltResponse(status=200, body={"response_type": "in_channel"} if is_public else "")

    async def _carry_out(self, command: Message) -> None:
        if command.command == "assistant" and command.key.channel.startswith("D"):
            # Each direct message begins a conversation of its own: this is meant for all of them.
            with suppress(Refusal):  # its answer says so, or which there are
                await self._door.set(command.key.scopes()[1], ASSISTANT, command.text, by=command)
        await self._accept(replace(command, key=await meant(self._door, command)))

    async def _interactive(self, asked: Message, work: Awaitable[None]) -> BoltResponse:
        failure = await self._said_if_failed(work)
        if failure:
            self._asides.note(self._door, asked, failure)
        return BoltResponse(status=200)

    async def _take_press(self, press: Message, body: object) -> BoltResponse:
        """A form opens at once: Slack lets it be opened for three seconds."""
        form = FORMS.get(press.command or "")
        if form:
            self._asides.asked(self._door, press, form, text(body, "trigger_id"))
        return await self._interactive(press, self._accept(press))

    async def _said_if_failed(self, work: Awaitable[None]) -> str:
        """A person who waits is told at once; she would ask again before Slack does."""
        try:
            await work
        except BotError as error:
            log.error("command_not_taken", error=str(error))  # noqa: TRY400
            return error.notice
        return ""


def _only_for_you(words: str) -> BoltResponse:
    body: JSON = {"response_type": "ephemeral", "text": words}
    return BoltResponse(status=200, body=body)


def _asked_in(body: Any) -> JSON:
    """What a command or the shortcut is about, as far as names may stand in it."""
    if text(body, "type") != "message_action":
        return {"text": text(body, "text")}
    about = part(body, "message")
    return {"message": about, "by": {"type": "user", "user_id": text(about, "user")}}
