"""What channels are called: their platforms are asked, and what they do not say at once is left."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from bot.core.errors import BotError
from bot.core.messages import ConversationKey
from bot.core.ports.adapter import Adapter, Naming
from bot.core.text import clean

_PATIENCE = 10.0  # seconds for all of them
_AT_ONCE = 5


async def named(adapters: Sequence[Adapter], keys: Iterable[str]) -> Mapping[str, str]:
    """By the scope of a channel its name behind it, for those of these conversations."""
    asked = {adapter.platform: adapter for adapter in adapters if isinstance(adapter, Naming)}
    places = {place.scopes()[1]: place for place in map(ConversationKey.parse, keys)}
    room, found = asyncio.Semaphore(_AT_ONCE), dict[str, str]()

    async def ask(scope: str, place: ConversationKey) -> None:
        with suppress(BotError):
            async with room:
                if name := await asked[place.platform].name_of(place):
                    found[scope] = f"{scope} #{' '.join(clean(name).split())}"

    known = [ask(scope, place) for scope, place in places.items() if place.platform in asked]
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            await asyncio.gather(*known)
    for adapter in adapters:
        await adapter.close()
    return found
