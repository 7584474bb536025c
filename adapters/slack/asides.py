"""What is done beside the answers, after Slack has been told: notes, clearing up, the home tab."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

import structlog

from adapters.slack.bodies import PLATFORM
from adapters.slack.errors import Rejected
from adapters.slack.forms import Groups, drawn_form
from adapters.slack.home.tab import Home, TabChoice, Visit
from adapters.slack.origins import SlackOrigin
from adapters.slack.people import Roster
from adapters.slack.private import Private
from adapters.slack.statuses import SlackStatuses
from adapters.slack.streams import Streams
from adapters.slack.terms import TERMS
from adapters.slack.web import Web
from bot.core.errands import Errands
from bot.core.errors import BotError
from bot.core.forms import Asks, Form
from bot.core.messages import Author, ConversationKey, Message
from bot.core.ports.door import Door
from bot.core.ports.memory import Memory, is_first
from bot.rules.greeting import greeting
from bot.words import say, speaking

log = structlog.get_logger()

_GROUPS_PATIENCE = 1.0  # seconds: a form may be opened for three
_NOT_MINE = (
    "I cannot show user groups: I lack the scope usergroups:read here. Whoever installed me can "
    "add it. Groups that are set already stay."
)
_NOT_NOW = "I cannot look user groups up just now. Those that are set already stay."


class Asides:
    def __init__(  # noqa: PLR0913, PLR0917 - what it is put together from
        self,
        web: Web,
        people: Roster,
        private: Private,
        statuses: SlackStatuses,
        streams: Streams,
        home: Home,
        *,
        memory: Memory | None,
    ) -> None:
        self._web = web
        self._people = people
        self._private = private
        self._statuses = statuses
        self._streams = streams
        self._home = home
        self._memory = memory
        self._errands = Errands()

    def note(self, door: Door, asked: Message, words: str) -> None:
        """Say something to the person who clicked."""
        self._start(self._tell(door, asked, words))

    def asked(self, door: Door, press: Message, form: Form, trigger: str) -> None:
        """Show a form to the person who pressed its button."""
        self._start(self._open(door, press, form, trigger))

    def joined(self, door: Door, origin: SlackOrigin) -> None:
        """Somebody has brought the bot into a channel."""
        self._start(self._greet(door, origin))

    def withdrawn(self, message_id: str, origin: SlackOrigin) -> None:
        """Nothing is being done any more about a message that was deleted."""
        self._start(self._give_up(replace(_about(origin), id=message_id)))

    def visited(self, door: Door, visit: Visit, choice: TabChoice | None) -> None:
        """Somebody looks at the home tab, or chose something there."""
        self._start(self._home.show(door, visit, choice))

    async def close(self) -> None:
        await self._errands.close()

    async def _tell(self, door: Door, asked: Message, words: str) -> None:
        with speaking(await door.language(asked)):
            await self._private.tell(_about(SlackOrigin.of(asked)), say(words))

    async def _greet(self, door: Door, origin: SlackOrigin) -> None:
        """Once in a channel, however often the bot is brought there."""
        if self._memory and not await is_first(self._memory, f"slack:greeted:{origin.channel}"):
            return
        with speaking(await door.language(_about(origin))):
            words = greeting(TERMS.ways)
        await self._web.call("chat.postMessage", origin.team, channel=origin.channel, text=words)

    async def _open(self, door: Door, press: Message, form: Form, trigger: str) -> None:
        origin = SlackOrigin.of(press)
        now = await door.form(press) or form
        groups = await self._groups(origin.team, now)
        with speaking(await door.language(press)):
            views = [drawn_form(one, press.text, origin.channel, groups) for one in (now, form)]
        try:
            await self._web.call("views.open", origin.team, trigger_id=trigger, view=views[0])
        except Rejected as error:  # who is in force there may be gone
            if now is form:
                raise
            log.info("form_left_empty", form=form.title, error=str(error))
            await self._web.call("views.open", origin.team, trigger_id=trigger, view=views[1])

    async def _groups(self, team: str, form: Form) -> Groups:
        """The user groups that can be chosen, or that they cannot be; asked where a form does."""
        if not any(field.asks is Asks.WHO for field in form.fields):
            return Groups()
        try:
            async with asyncio.timeout(_GROUPS_PATIENCE):
                return Groups(await self._people.groups(team))
        except (BotError, TimeoutError) as error:
            log.warning("user_groups_unknown", team=team, error=str(error))
            is_refused = isinstance(error, Rejected) and error.code == "missing_scope"
            return Groups(unknown=_NOT_MINE if is_refused else _NOT_NOW)

    async def _give_up(self, question: Message) -> None:
        await self._streams.abandon(question)
        await self._statuses.clear(question)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._errands.start(_quietly(work))


async def _quietly(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except BotError as error:
        log.info("aside_failed", error=str(error))


def _about(origin: SlackOrigin) -> Message:
    """A message that nobody wrote, for the place it names."""
    key = ConversationKey(PLATFORM, origin.team, origin.channel)
    about = origin.response_url or f"{origin.channel}:{origin.ts}"
    return Message(key, about, Author(origin.asker, ""), "", origin=origin.as_mapping())
