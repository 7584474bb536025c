"""What was said before the bot was asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from adapters.slack.bodies import JSON, text
from adapters.slack.contents import contents_of
from adapters.slack.events import SPOKEN
from adapters.slack.names import names_of
from adapters.slack.origins import SlackOrigin
from adapters.slack.pages import read_pages
from adapters.slack.people import Roster
from adapters.slack.reading import ids_in
from adapters.slack.web import Web
from bot.core.errors import BotError
from bot.core.messages import Message
from bot.core.quoting import MOST_LINES, Quote

_ABOVE = 3  # messages of a channel, before one that only calls the bot

_FOR_THE_REST = 0.5  # seconds, of the two that a question waits for what was said before


class Earlier:
    def __init__(self, web: Web, people: Roster) -> None:
        self._web = web
        self._people = people

    async def lines(self, question: Message) -> AsyncIterator[Quote]:
        """Of a thread, as far as it is read; else what stands above a question without words."""
        origin = SlackOrigin.of(question)
        is_in_thread = origin.has_thread and not origin.begins_thread
        if not origin.ts or origin.private or not (is_in_thread or not question.text):
            return
        seen = {origin.ts}
        async for page in self._pages(origin, is_in_thread=is_in_thread):
            said = {text(each, "ts"): each for each in page if text(each, "subtype") in SPOKEN}
            fresh = [each for ts, each in said.items() if ts not in seen]
            seen |= said.keys()
            for line in await self._named(origin, _newest(sorted(fresh, key=_at), origin.thread)):
                yield line

    def _pages(self, origin: SlackOrigin, *, is_in_thread: bool) -> AsyncIterator[list[JSON]]:
        if not is_in_thread:
            return self._above(origin)
        return self._newest_first(origin) if origin.since else self._thread(origin, origin.ts)

    def _thread(self, origin: SlackOrigin, latest: str, **where: Any) -> AsyncIterator[list[JSON]]:
        return read_pages(
            self._web, "conversations.replies", origin, ts=origin.thread, latest=latest, **where
        )

    async def _newest_first(self, origin: SlackOrigin) -> AsyncIterator[list[JSON]]:
        """The whole, in its order; where Slack lets a thread be read once, at least its end."""
        found: list[JSON] = []
        async for page in self._thread(origin, origin.ts, oldest=origin.since, inclusive=True):
            found += page
        with suppress(BotError, TimeoutError):
            async with asyncio.timeout(_FOR_THE_REST):
                async for page in self._thread(origin, origin.since):
                    found += page
        yield found

    async def _above(self, origin: SlackOrigin) -> AsyncIterator[list[JSON]]:
        pages = read_pages(
            self._web, "conversations.history", origin, limit=_ABOVE, latest=origin.ts
        )
        async for page in pages:
            yield page
            return

    async def _named(self, origin: SlackOrigin, messages: list[JSON]) -> list[Quote]:
        speakers = {text(each, "user") for each in messages} - {""}
        names = await names_of(self._people, origin.team, speakers | ids_in(messages))
        lines = []
        for each in messages:
            name = text(each, "username") or names.get(text(each, "user"), "someone")
            is_topic = text(each, "ts") == origin.thread
            lines.append(
                contents_of(each, names=names).quote(name, text(each, "user"), is_topic=is_topic)
            )
        return [line for line in lines if line.words]


def _newest(messages: list[JSON], topic: str) -> list[JSON]:
    """What it is all about stays, however long the thread is."""
    about = [each for each in messages[:-MOST_LINES] if text(each, "ts") == topic]
    return [*about, *messages[-MOST_LINES:][len(about) :]]


def _at(message: JSON) -> float:
    try:
        return float(text(message, "ts"))
    except ValueError:
        return 0.0
