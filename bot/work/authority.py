"""Asks what has to be known of a person before anything is done in her name, and lets it be judged.

`bot/rules/may.py` has the rules. What only her platform knows (lists name roles and groups, ranks,
guests, other organisations) the adapter tells; who may not is told so alone, and once.
"""

from collections.abc import Mapping
from functools import partial

import structlog

from bot.core.catalogue import Chosen
from bot.core.errors import NotAllowed
from bot.core.messages import Message
from bot.core.ports.adapter import Adapter
from bot.core.recent import Recent
from bot.core.standing import Standing
from bot.rules.access import permits_here
from bot.rules.may import Action, Deed, may

log = structlog.get_logger()

_LISTED = "I am not open to you here. The people who run this place decide where I answer."

_NOT_HERS = {
    Action.AGAIN: "Only whoever asked a question, and moderators, can have it answered once more.",
    Action.PUBLISH: "Only whoever asked it can make it public.",
    Action.SET: "Only those who run this place can set that.",
    Action.EXPORT: "Only administrators can have everything that was said here.",
}


class Authority:
    def __init__(self, adapters: Mapping[str, Adapter]) -> None:
        self._adapters = adapters
        self._told = Recent[tuple[str, str, str]]()

    def adapter_of(self, message: Message) -> Adapter:
        return self._adapters[message.key.platform]

    async def admit(self, message: Message, chosen: Chosen) -> None:
        """Raises NotAllowed where a person may not ask at all. Lists first: they cost least."""
        adapter = self.adapter_of(message)
        if not await permits_here(chosen, partial(adapter.traits, message)):
            raise NotAllowed(f"{message.author.id} is not listed", notice=_LISTED)
        standing = await adapter.standing(message, chosen)
        if standing.refusal:
            raise NotAllowed(f"{message.author.id}: {standing.refusal}", notice=standing.refusal)

    async def is_let_in(self, message: Message, chosen: Chosen) -> bool:
        try:
            await self.admit(message, chosen)
        except NotAllowed:
            return False
        return True

    async def require(
        self, message: Message, chosen: Chosen, action: Action, *, is_hers: bool = False
    ) -> None:
        """Raises NotAllowed where she may not do this in the place where the message stands."""
        if not await self.allows(message, chosen, action, is_hers=is_hers):
            raise NotAllowed(f"{message.author.id} may not {action}", notice=_NOT_HERS.get(action))

    async def allows(
        self, message: Message, chosen: Chosen, action: Action, *, is_hers: bool = False
    ) -> bool:
        deed = Deed(
            action=action,
            is_shared=message.is_shared,
            is_hers=is_hers,
            is_open=chosen.value("commands") == "everybody",
        )
        if may(Standing(), deed):  # anybody may: nothing has to be known of her
            return True
        adapter = self.adapter_of(message)
        return may(await adapter.standing(message, chosen), deed)

    async def standing(self, message: Message, chosen: Chosen) -> Standing:
        """What she is where the message stands."""
        return await self.adapter_of(message).standing(message, chosen)

    async def turn_away(self, message: Message, notice: str) -> None:
        """Tell the person alone. In a channel one note of a kind is enough."""
        told = (message.key.channel, message.author.id, notice)
        is_repeated = told in self._told
        self._told.add(told)
        adapter = self.adapter_of(message)
        await adapter.turn_away(message, notice, is_repeated=is_repeated)
