"""The tools of one server, as ours: names, limits, and what has changed since it was accepted."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict

import structlog

from bot.core.assistants import Assistant
from bot.core.ending import end
from bot.core.errors import BotError, StorageUnavailable
from bot.core.messages import Message
from bot.core.ports.memory import Memory
from bot.core.text import clean, plural
from bot.core.tool_settings import SERVER_MARK
from bot.core.tools import Call, Output, Tool, Use
from bot.tools.arguments import ArgumentsRefused, read_arguments
from bot.tools.results import unknown
from bot.tools.server_errors import ServerGone, ServerUnavailable
from bot.tools.server_names import names_of
from bot.tools.servers import Offer, Server

log = structlog.get_logger()

Offers = Mapping[str, Offer]

_MOST_CHARS = 1024  # of a description
_MOST_SCHEMA = 16_384  # characters
_GONE = "The server ended in the middle. It is not known what it has done; do not try again."
_CHANGED = "This tool is not what it was. Nothing was done."
_AWAY = "The server of this tool cannot be reached just now. Nothing was done."


class ServerDrawer:
    """What its server says of itself is a claim.

    So a tool that changes something, or does not say that it changes nothing, is confirmed, unless
    the operator trusts the server; and so is one that is not as it was accepted, which the first
    look does. What was accepted is offered before the server has begun: no question waits for it.
    """

    def __init__(self, server: Server, memory: Memory) -> None:
        self.server = server
        self._memory = memory
        self._by_name: Offers = {}
        self._changed: frozenset[str] = frozenset()
        self._looked_at: Sequence[Offer] | None = None
        self._beginning: asyncio.Task[None] | None = None

    def holds(self, name: str) -> bool:
        return name.partition(SERVER_MARK)[0] == self.server.name

    async def offered(self, assistant: Assistant, message: Message) -> Sequence[Tool]:
        """None while nothing is known of it, and it cannot be reached."""
        if not self._by_name:
            self._by_name = await self._accepted() or {}
            if self._beginning is None or self._beginning.done():
                self._beginning = asyncio.create_task(self._try_to_look())
            if not self._by_name:
                await asyncio.wait([self._beginning])
        return [self._tool(name, offer) for name, offer in self._by_name.items()]

    async def use(self, call: Call, use: Use) -> Output:
        try:
            return await self._use(call, use)
        except ArgumentsRefused as error:
            return Output(str(error), is_error=True)
        except ServerUnavailable as error:
            log.info("tool_out_of_reach", tool=call.tool, error=str(error))
            return Output(_AWAY, is_error=True)
        except ServerGone:
            return Output(_GONE, is_error=True)

    async def check(self) -> Sequence[str]:
        await self._look()
        if self._changed:
            names = ", ".join(sorted(self._changed))
            raise ServerChanged(self.server.name, names)
        return [f"{self.server.name}: {plural(len(self._by_name), 'tool')}"]

    async def accept(self) -> Sequence[str]:
        """What it offers now is what is meant. Returns what was not so before."""
        await self._look()
        changed, self._changed = self._changed, frozenset()
        await self._remember()
        return sorted(changed)

    async def close(self) -> None:
        if self._beginning:
            await end([self._beginning])
        await self.server.close()

    async def _use(self, call: Call, use: Use) -> Output:
        offered = self._by_name.get(call.tool)
        await self._look()
        offer = self._by_name.get(call.tool)
        if offer is None:
            return unknown(call.tool)
        if offered not in (None, offer):
            return Output(_CHANGED, is_error=True)
        arguments = read_arguments(call.arguments)
        try:
            result = await self.server.call(offer.name, arguments, use.say)
        except ServerGone:
            if not offer.is_read_only:
                raise
            result = await self.server.call(offer.name, arguments, use.say)
        return result.output()

    async def _try_to_look(self) -> None:
        with suppress(ServerUnavailable, StorageUnavailable):
            await self._look()

    async def _look(self) -> None:
        offers = await self.server.offers()
        if offers is self._looked_at:
            return
        accepted, found = await self._accepted(), self._named(offers)
        self._looked_at, self._by_name = offers, found
        if accepted is None:
            await self._remember()
            return
        names = accepted.keys() | found.keys()
        self._changed = frozenset(name for name in names if accepted.get(name) != found.get(name))
        if self._changed:
            log.warning("server_changed", server=self.server.name, tools=sorted(self._changed))

    async def _accepted(self) -> Offers | None:
        """What the server offered when it was first looked at, or when that was accepted."""
        known = await self._memory.recall(self._memo)
        if known is None:
            return None
        return {name: Offer(**one) for name, one in json.loads(known).items()}

    async def _remember(self) -> None:
        offers = {name: asdict(offer) for name, offer in self._by_name.items()}
        await self._memory.remember(self._memo, json.dumps(offers))

    def _named(self, offers: Sequence[Offer]) -> Offers:
        by_theirs = {offer.name: offer for offer in reversed(offers) if self._is_small(offer)}
        names = names_of(self.server.name, list(by_theirs))
        return {ours: by_theirs[theirs] for ours, theirs in sorted(names.items())}

    def _is_small(self, offer: Offer) -> bool:
        is_small = len(json.dumps(offer.parameters)) <= _MOST_SCHEMA
        if not is_small:
            log.warning("tool_left_out", server=self.server.name, tool=offer.name[:100])
        return is_small

    def _tool(self, name: str, offer: Offer) -> Tool:
        is_trusted = self.server.settings.trusted
        is_harmless = offer.is_read_only or is_trusted
        return Tool(
            name=name,
            description=clean(offer.description)[:_MOST_CHARS],
            parameters={"type": "object", "properties": {}, **offer.parameters},
            status=f"asking {self.server.name}",
            must_confirm=not is_harmless or name in self._changed,
            is_repeatable=offer.is_read_only or (is_trusted and offer.is_idempotent),
        )

    @property
    def _memo(self) -> str:
        return f"server:{self.server.name}"


class ServerChanged(BotError):
    """It offers something else than it did."""

    def __init__(self, server: str, names: str) -> None:
        super().__init__(f"{server}: {names} are not as accepted, so each use is asked about")
        self.server = server
