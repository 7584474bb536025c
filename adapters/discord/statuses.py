"""What is being done about a question, shown as Discord shows it: by typing, or by a reaction."""

import asyncio
import re
from collections.abc import Awaitable, Callable

import discord
import structlog

from adapters.discord.errors import discord_errors
from adapters.discord.origins import Origin
from bot.answers import Status
from bot.errors import BotError
from bot.messages import Message

log = structlog.get_logger()

WAITING = "⏳"
_TYPING_LASTS = 8.0  # seconds; Discord shows it for ten
_LONGEST = 600.0
_MOST_KEYCAPS = 9

GetClient = Callable[[], Awaitable[discord.Client]]


class Statuses:
    """None of it is waited for, and none of it is an error when it does not work."""

    def __init__(self, client: GetClient) -> None:
        self._client = client
        self._typing: dict[str, asyncio.Task[None]] = {}  # by question
        self._marks: dict[str, str] = {}  # by question: our reaction
        self._tasks: set[asyncio.Task[None]] = set()

    def show(self, question: Message, status: Status, detail: str = "") -> None:
        origin = Origin.of(question)
        if origin.interaction:
            return  # Discord says that the bot is thinking
        if status is Status.QUEUED:
            self._mark(question, origin, mark_of(detail))
        else:
            self._unmark(question, origin)
            if question.id not in self._typing:
                self._typing[question.id] = self._start(self._type(origin.spoken_in))

    def end(self, question: Message) -> None:
        """It is answered."""
        self._unmark(question, Origin.of(question))
        typing = self._typing.pop(question.id, None)
        if typing is not None:
            typing.cancel()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _type(self, channel: str) -> None:
        client = await self._client()
        async with asyncio.timeout(_LONGEST):
            while True:
                await client.http.send_typing(int(channel))
                await asyncio.sleep(_TYPING_LASTS)

    def _mark(self, question: Message, origin: Origin, mark: str) -> None:
        if self._marks.get(question.id) != mark and origin.message:
            self._unmark(question, origin)
            self._marks[question.id] = mark
            self._start(self._react(origin, mark, is_there=True))

    def _unmark(self, question: Message, origin: Origin) -> None:
        mark = self._marks.pop(question.id, None)
        if mark is not None:
            self._start(self._react(origin, mark, is_there=False))

    async def _react(self, origin: Origin, mark: str, *, is_there: bool) -> None:
        http = (await self._client()).http
        change = http.add_reaction if is_there else http.remove_own_reaction
        await change(int(origin.spoken_in), int(origin.message), mark)

    def _start(self, work: Awaitable[None]) -> asyncio.Task[None]:
        task = asyncio.create_task(_quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def mark_of(detail: str) -> str:
    """The place in the queue as a keycap, where it is known and small enough."""
    number = re.search(r"\d+", detail)
    if number is None or not 1 <= int(number[0]) <= _MOST_KEYCAPS:
        return WAITING
    return f"{number[0]}\N{VARIATION SELECTOR-16}\N{COMBINING ENCLOSING KEYCAP}"


async def _quietly(work: Awaitable[None]) -> None:
    try:
        with discord_errors():
            await work
    except BotError as error:
        log.info("status_not_shown", error=str(error))
