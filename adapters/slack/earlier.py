"""What was said before the bot was asked."""

from collections.abc import AsyncIterator

from adapters.slack.bodies import JSON, text
from adapters.slack.contents import contents_of
from adapters.slack.events import SPOKEN
from adapters.slack.names import names_of
from adapters.slack.origins import SlackOrigin
from adapters.slack.pages import read_pages
from adapters.slack.people import Roster
from adapters.slack.reading import ids_in
from adapters.slack.web import Web
from bot.core.messages import Message
from bot.core.quoting import MOST_LINES, Quote

_ABOVE = 3  # messages of a channel, before one that only calls the bot


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
            said = [each for each in page if text(each, "subtype") in SPOKEN]
            fresh = [each for each in said if text(each, "ts") not in seen]
            seen |= {text(each, "ts") for each in fresh}
            for line in await self._named(origin, sorted(fresh, key=_at)[-MOST_LINES:]):
                yield line

    def _pages(self, origin: SlackOrigin, *, is_in_thread: bool) -> AsyncIterator[list[JSON]]:
        if is_in_thread:
            where: JSON = {"ts": origin.thread, "latest": origin.ts}
            return read_pages(self._web, "conversations.replies", origin, **where)
        return self._above(origin)

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


def _at(message: JSON) -> float:
    try:
        return float(text(message, "ts"))
    except ValueError:
        return 0.0
