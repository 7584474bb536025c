"""The token in force in each workspace: remembered, and renewed in time, by one for all."""

import asyncio
from collections.abc import Awaitable, Callable
from weakref import WeakValueDictionary

import structlog

from adapters.slack.bodies import JSON
from adapters.slack.errors import Rejected
from adapters.slack.installing.installations import Installation, Installations
from bot.core.errors import BotError, PlatformUnavailable
from bot.core.ports.clock import Clock
from bot.core.recent import RecentMap

log = structlog.get_logger()

Renew = Callable[[str], Awaitable[JSON]]
"""Asks Slack for a new token in exchange for a refresh token, which is good once."""

_AHEAD = 2 * 3600.0  # seconds; a token lives for twelve hours
_EXPIRED = "the token of {} has expired; if it cannot be renewed, install the app there again"
_PAUSE = 60.0  # seconds until renewing is tried again, while the old token still serves


class Tokens:
    def __init__(self, installations: Installations, renew: Renew, clock: Clock) -> None:
        self._installations = installations
        self._renew = renew
        self._clock = clock
        self._places = RecentMap[str, str]()  # of workspaces
        self._known = RecentMap[str, Installation]()  # by place
        self._unsaved: dict[str, Installation] = {}
        self._not_before: dict[str, float] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def get(self, team: str) -> Installation:
        """How the bot is installed in a workspace. Raises Rejected where it is not."""
        found = self._known.get(self._places.get(team) or "") or await self._look_up(team)
        now = self._clock()
        if found.expires_at is None or now < found.expires_at - _AHEAD:
            return found
        is_over = now >= found.expires_at
        if not is_over and now < self._not_before.get(found.place, 0.0):
            return found
        try:
            return await self._replace(found)
        except BotError as error:
            log.warning("token_not_renewed", place=found.place, error=str(error))
            if is_over:
                raise PlatformUnavailable(_EXPIRED.format(found.place)) from error
            self._not_before[found.place] = now + _PAUSE
            return found

    async def replace(self, team: str, token: str) -> bool:
        """Slack refused this token: whether there is another by now, or can be had."""
        found = await self._look_up(team, refused=token)
        if found.token == token and found.refresh_token:
            found = await self._replace(found)
        return found.token != token

    async def save(self, made: Installation) -> None:
        async with self._lock(made.place):
            await self._installations.save(made)
            self._known.drop(made.place)

    async def forget(self, place: str, at: float) -> bool:
        """The app was thrown out; False where it has been installed again since `at`."""
        async with self._lock(place):
            stored = await self._installations.at(place)
            if stored is not None and stored.since > at + 1:  # Slack tells whole seconds
                return False
            await self._installations.forget(place)
            self._known.drop(place)
            return True

    async def _look_up(self, team: str, refused: str = "") -> Installation:
        found = await self._installations.find(team, refused)
        if found is None:
            raise Rejected("not_installed", f"the app is not installed in {team}")
        self._places.put(team, found.place)
        self._known.put(found.place, found)
        return found

    async def _replace(self, old: Installation) -> Installation:
        async with self._lock(old.place):
            stored = await self._installations.at(old.place)
            if stored is None:
                raise Rejected("not_installed", f"the app is not installed in {old.place}")
            # Somebody may have been first, in this process or another.
            new = await self._renewed(old) if stored.token == old.token else stored
            self._known.put(new.place, new)
            return new

    async def _renewed(self, old: Installation) -> Installation:
        """The new refresh token is on disk before the new token is used: it would be lost else."""
        new = self._unsaved.get(old.place)
        if new is None:
            new = old.renewed(await self._renew(old.refresh_token), self._clock())
        self._unsaved[old.place] = new
        await self._installations.save(new)
        del self._unsaved[old.place]
        return new

    def _lock(self, place: str) -> asyncio.Lock:
        return self._locks.setdefault(place, asyncio.Lock())
