"""What has to go from the screen once a question is answered: a Stop button, "is thinking…"."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

from adapters.discord.courier import Courier, Letter
from adapters.discord.delivery import Delivery
from adapters.discord.errors import discord_errors
from adapters.discord.origins import Origin
from adapters.discord.refs import Ref
from bot.core.errors import BotError
from bot.core.messages import Message
from bot.core.ports.clock import Clock


class Tidying:
    def __init__(self, delivery: Callable[[Message], Awaitable[Delivery]], clock: Clock) -> None:
        self._delivery = delivery
        self._clock = clock
        self._answered: set[str] = set()  # interactions whose first response shows the answer
        self._stoppable: dict[str, str] = {}  # by question: the part with the Stop button

    async def note(self, question: Message, ref: str, *, final: bool) -> None:
        """A part stands there; below the last one of all nothing is to be stopped any more."""
        if Ref.parse(ref).is_original:
            self._answered.add(question.id)
        if final:
            await self._take_buttons(question, but=ref)
        elif Origin.of(question).live:
            self._stoppable[question.id] = ref

    async def end(self, question: Message, courier: Callable[[], Awaitable[Courier]]) -> None:
        await self._take_buttons(question, but="")
        if question.id in self._answered:
            self._answered.discard(question.id)
        elif Origin.of(question).interaction == question.id:
            await self._stop_thinking(question, await courier())

    async def _take_buttons(self, question: Message, *, but: str) -> None:
        stoppable = self._stoppable.pop(question.id, but)
        if stoppable != but:
            with suppress(BotError):
                await (await self._delivery(question)).edit(Ref.parse(stoppable), Letter(text=""))

    async def _stop_thinking(self, question: Message, courier: Courier) -> None:
        """The answer went another way, or none: the first response would say so for ever."""
        origin = Origin.of(question)
        if not origin.has_token(self._clock()):
            return
        with suppress(BotError), discord_errors():
            if await courier.is_thinking(origin):
                await courier.delete_original(origin)
