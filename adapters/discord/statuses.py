"""What is being done about a question, shown as Discord shows it: by typing, or by a reaction."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import discord
import structlog

from adapters.discord.courier import Courier, Letter
from adapters.discord.errors import discord_errors
from adapters.discord.marks import WAITING, Marks, marks_of
from adapters.discord.origins import Origin
from bot.core.answers import Status
from bot.core.errands import Errands
from bot.core.errors import BotError, PlatformUnavailable
from bot.core.messages import Message
from bot.core.ports.memory import Memory
from bot.words import say

log = structlog.get_logger()

_TYPING_LASTS = 8.0  # seconds; Discord shows it for ten
_ROOM = 1.0
_LONGEST = 600.0
_PAUSE = 0.2  # so that the question goes to the model first; and what is over by then needs none
_GRACE = 0.5
_YOUR_TURN = "It is your turn."

GetClient = Callable[[], Awaitable[discord.Client]]
Work = Callable[[discord.Client], Awaitable[None]]


class DiscordStatuses:
    """None of it is an error when it does not work; what is shown of a question is in order."""

    def __init__(self, client: GetClient, memory: Memory) -> None:
        self._client = client
        self._marks = Marks(memory)
        # By question: the call that is made, or when it is made again.
        self._typing: dict[str, asyncio.Task[None] | asyncio.TimerHandle] = {}
        self._last: dict[str, asyncio.Task[None]] = {}  # by question: what is done at last
        self._placed: set[str] = set()  # interactions that show a place
        self._errands = Errands()

    def show(self, question: Message, status: Status, detail: str = "") -> None:
        origin = Origin.of(question)
        if status is Status.QUEUED and not detail:  # in a queue of the model's server, not in ours
            status = Status.THINKING
        if origin.interaction:  # there Discord says that the bot is thinking
            self._show_on_interaction(question, origin, status, detail)
        elif status is Status.QUEUED:
            self._then(question, lambda client: self._put(client, origin, detail))
        elif question.id not in self._typing:
            self._then(question, lambda client: self._take(client, origin))
            until = asyncio.get_running_loop().time() + _LONGEST
            self._type_after(_PAUSE, question.id, origin.spoken_in, until)

    async def settle(self, question: Message) -> None:
        """On an interaction, what came late would stand where the answer is."""
        if Origin.of(question).interaction and question.id in self._last:
            await asyncio.wait([self._last[question.id]])

    def end(self, question: Message) -> None:
        """It is answered."""
        origin = Origin.of(question)
        self._placed.discard(question.id)
        if not self.drop(question.id) and not origin.interaction:  # nothing shown since it waited
            self._then(question, lambda client: self._take(client, origin))

    def drop(self, question: str) -> bool:
        """Type no more about a question; False where nobody did."""
        typing = self._typing.pop(question, None)
        if typing is not None:
            typing.cancel()
        return typing is not None

    async def close(self) -> None:
        """What stands below a question that is answered is taken back by nobody else."""
        if self._last:
            await asyncio.wait([*self._last.values()], timeout=_GRACE)
        for typing in [*self._typing]:
            self.drop(typing)
        await self._errands.close()

    def _show_on_interaction(
        self, question: Message, origin: Origin, status: Status, detail: str
    ) -> None:
        if origin.interaction != question.id:
            return  # its first response shows another answer
        if status is Status.QUEUED:
            self._placed.add(question.id)
            self._then(question, lambda client: _place(client, origin, f"{WAITING} {detail}"))
        elif question.id in self._placed:
            self._placed.discard(question.id)
            self._then(
                question, lambda client: _write(client, origin, f"{WAITING} {say(_YOUR_TURN)}")
            )

    async def _put(self, client: discord.Client, origin: Origin, detail: str) -> None:
        if origin.message:
            await self._marks.put(client, origin, marks_of(detail))

    async def _take(self, client: discord.Client, origin: Origin) -> None:
        if origin.message:
            await self._marks.take(client, origin)

    def _type_after(self, wait: float, question: str, channel: str, until: float) -> None:
        """In between there is but a timer: thousands of questions may wait at once."""

        def begin() -> None:
            self._typing[question] = self._start(lambda: self._type(question, channel, until))

        self._typing[question] = asyncio.get_running_loop().call_later(wait, begin)

    async def _type(self, question: str, channel: str, until: float) -> None:
        client, wait = await self._client(), _ROOM
        with suppress(PlatformUnavailable):  # there was no room for it just now
            await client.http.send_typing(int(channel))
            wait = _TYPING_LASTS
        if asyncio.get_running_loop().time() < until:
            self._type_after(wait, question, channel, until)

    def _then(self, question: Message, work: Work) -> None:
        """Do it after what is being done about the same question."""
        before = self._last.get(question.id)

        async def follow() -> None:
            if before is not None:
                await asyncio.wait([before])
            await work(await self._client())

        task = self._last[question.id] = self._start(follow)
        task.add_done_callback(lambda done: self._forget(question.id, done))

    def _forget(self, question: str, done: asyncio.Task[None]) -> None:
        if self._last.get(question) is done:
            del self._last[question]

    def _start(self, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        return self._errands.start(_quietly(work))


async def _place(client: discord.Client, origin: Origin, words: str) -> None:
    """Show a place in the queue, unless another process has answered meanwhile."""
    if await Courier(client).is_thinking(origin):
        await _write(client, origin, words)


async def _write(client: discord.Client, origin: Origin, words: str) -> None:
    await Courier(client).edit_original(origin, Letter(text=words))


async def _quietly(work: Callable[[], Awaitable[None]]) -> None:
    try:
        with discord_errors():
            await work()
    except BotError as error:
        log.info("status_not_shown", error=str(error))
