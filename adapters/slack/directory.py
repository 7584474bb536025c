"""What Slack says of its people, or of its channels: kept, and asked for by the page.

Slack counts each look-up. One by one, two hundred who speak at once would wait for minutes; so as
soon as a few are unknown together the whole list is read, and whoever stands on a page goes on.
What is known is used at once, and renewed meanwhile when it is old.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Generic, TypeVar

import structlog

from adapters.slack.errors import Rejected
from bot.core.errands import Errands
from bot.core.errors import BotError

log = structlog.get_logger()

T = TypeVar("T")
_FEW = 3  # look-ups of single ones at a time; where more are wanted the list is read
_FRESH_FOR = 600.0  # seconds
_MOST = 20_000
_LIST_PATIENCE = 3.0  # seconds: whoever is far down a long list is looked up alone as well
_LIST_LASTS = 60.0  # seconds in which the list is not read again: who is not in it is looked up

Key = tuple[str, str]  # workspace, and the id there


@dataclass(slots=True)
class _Entry(Generic[T]):
    value: T
    fresh_until: float


class Directory(Generic[T]):
    def __init__(
        self,
        look_up: Callable[[str, str], Awaitable[T]],
        pages: Callable[[str], AsyncIterator[Mapping[str, T]]] | None = None,
        *,
        lasts: float | None = None,
    ) -> None:
        """`pages` reads the list of a workspace; without it each is looked up alone.

        `lasts`: seconds after which what is known is not used any more; without it for ever.
        """
        self._lasts = lasts
        self._look_up = look_up
        self._pages = pages
        self._entries: OrderedDict[Key, _Entry[T]] = OrderedDict()
        self._wanted: dict[Key, asyncio.Future[T]] = {}
        self._looking: set[Key] = set()
        self._listed_at: dict[str, float] = {}
        self._lists: dict[str, float] = {}  # by workspace: since when its list is being read
        self._errands = Errands()

    async def get(self, key: Key) -> T:
        """What is known; else what Slack says. Raises Rejected, TransientError."""
        entry = self._entries.get(key)
        if entry is None:
            return await asyncio.shield(self._want(key))
        if entry.fresh_until < time.monotonic():
            wanted = self._want(key)
            return entry.value if self._lasts is None else await asyncio.shield(wanted)
        return entry.value

    def known(self, key: Key) -> T | None:
        entry = self._entries.get(key)
        return entry.value if entry else None

    def put(self, key: Key, value: T, *, is_fresh: bool = True) -> None:
        fresh_for = _FRESH_FOR if self._lasts is None else self._lasts
        fresh_until = time.monotonic() + fresh_for if is_fresh else 0.0
        self._entries[key] = _Entry(value, fresh_until)
        self._entries.move_to_end(key)
        while len(self._entries) > _MOST:
            self._entries.popitem(last=False)
        wanted = self._wanted.pop(key, None)
        if wanted is not None and not wanted.done():
            wanted.set_result(value)

    def forget(self, key: Key) -> None:
        self._entries.pop(key, None)

    async def close(self) -> None:
        await self._errands.close()

    def _want(self, key: Key) -> asyncio.Future[T]:
        """Those who want the same wait for one answer."""
        if key not in self._wanted:
            self._wanted[key] = asyncio.get_running_loop().create_future()
            self._ask(key)
        return self._wanted[key]

    def _ask(self, key: Key) -> None:
        team, now = key[0], time.monotonic()
        begun = self._lists.get(team)
        if begun is not None and now < begun + _LIST_PATIENCE:
            return  # it may stand on the next page; if not, it is looked up then
        together = sum(wanted[0] == team for wanted in self._wanted)
        is_listed = begun is not None or now < self._listed_at.get(team, -inf) + _LIST_LASTS
        if self._pages and together > _FEW and not is_listed:
            self._lists[team] = now
            self._errands.start(self._read_list(self._pages(team), team))
        else:
            self._errands.start(self._find(key))

    async def _read_list(self, pages: AsyncIterator[Mapping[str, T]], team: str) -> None:
        loop = asyncio.get_running_loop()
        too_slow = loop.call_later(_LIST_PATIENCE, self._find_rest, team)
        try:
            async for page in pages:
                for name, value in page.items():
                    self.put((team, name), value)
        except BotError as error:
            log.warning("list_not_read", team=team, error=str(error))
        finally:
            too_slow.cancel()
            self._lists.pop(team)
            self._listed_at[team] = time.monotonic()
            self._find_rest(team)

    def _find_rest(self, team: str) -> None:
        for key in self._wanted:
            if key[0] == team:
                self._errands.start(self._find(key))

    async def _find(self, key: Key) -> None:
        if key in self._looking:
            return
        self._looking.add(key)
        try:
            self.put(key, await self._look_up(*key))
        except Exception as error:  # noqa: BLE001 - whoever waits for it is told
            self._fail(key, error)
        finally:
            self._looking.discard(key)

    def _fail(self, key: Key, error: Exception) -> None:
        """What was known goes on being used, unless Slack says that it is gone."""
        if isinstance(error, Rejected):
            self.forget(key)
        wanted = self._wanted.pop(key, None)
        if wanted is not None and not wanted.done():
            wanted.set_exception(error)
            wanted.exception()  # it is looked at, also where nobody waits for it
