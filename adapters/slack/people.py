"""Who is who, and what kind of place a channel is: asked once, remembered for a while."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from adapters.slack.bodies import part, text
from adapters.slack.locks import Locks
from adapters.slack.web import Web
from bot.core.errors import BotError

log = structlog.get_logger()

T = TypeVar("T")
_KEPT_FOR = 600.0  # seconds
_MOST = 5000
_NAME_PATIENCE = 1.0  # seconds: Slack waits three for the acknowledgement


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str
    team: str = ""
    is_guest: bool = False
    is_foreign: bool = False  # of another organisation, through Slack Connect
    is_admin: bool = False  # runs the workspace


@dataclass(frozen=True, slots=True)
class Channel:
    id: str
    is_shared_outside: bool = False


class Cache(Generic[T]):
    """The newest answers, each for a while."""

    def __init__(self, kept_for: float = _KEPT_FOR, most: int = _MOST) -> None:
        self._kept_for = kept_for
        self._most = most
        self._answers: OrderedDict[tuple[str, str], tuple[float, T]] = OrderedDict()
        self._locks = Locks[tuple[str, str]]()

    async def get(self, key: tuple[str, str], ask: Callable[[], Awaitable[T]]) -> T:
        """The answer to `key`; those who want it together ask once."""
        async with self._locks.of(key):
            known = self._answers.get(key)
            if known is not None and time.monotonic() < known[0]:
                return known[1]
            answer = await ask()
            self._keep(key, answer)
            return answer

    def _keep(self, key: tuple[str, str], answer: T) -> None:
        self._answers[key] = (time.monotonic() + self._kept_for, answer)
        self._answers.move_to_end(key)
        while len(self._answers) > self._most:
            self._answers.popitem(last=False)


class People:
    def __init__(self, web: Web) -> None:
        self._web = web
        self._people: Cache[Person] = Cache()
        self._channels: Cache[Channel] = Cache()
        self._groups: Cache[frozenset[str]] = Cache()

    async def person(self, team: str, user: str) -> Person:
        async def ask() -> Person:
            found = await self._web.call("users.info", team, user=user)
            return _person(part(found, "user"), user)

        return await self._people.get((team, user), ask)

    async def channel(self, team: str, channel: str) -> Channel:
        async def ask() -> Channel:
            found = await self._web.call("conversations.info", team, channel=channel)
            about = part(found, "channel")
            shared = any(about.get(f"is_{how}") for how in ("ext_shared", "pending_ext_shared"))
            return Channel(channel, is_shared_outside=shared)

        return await self._channels.get((team, channel), ask)

    async def group(self, team: str, group: str) -> frozenset[str]:
        """The people in a user group."""

        async def ask() -> frozenset[str]:
            found = await self._web.call("usergroups.users.list", team, usergroup=group)
            users = found.get("users")
            return (
                frozenset(str(user) for user in users) if isinstance(users, list) else frozenset()
            )

        return await self._groups.get((team, group), ask)

    async def name(self, team: str, user: str) -> str:
        """What a person is called; the bare id when that cannot be learnt at once."""
        try:
            async with asyncio.timeout(_NAME_PATIENCE):
                return (await self.person(team, user)).name
        except (BotError, TimeoutError) as error:
            log.info("name_unknown", user=user, error=type(error).__name__)
            return user


def _person(user: object, asked: str) -> Person:
    profile = part(user, "profile")
    names = (text(profile, "display_name"), text(user, "real_name"), text(user, "name"), asked)
    about = user if isinstance(user, dict) else {}
    return Person(
        id=asked,
        name=next(name for name in names if name),
        team=text(user, "team_id"),
        is_guest=bool(about.get("is_restricted") or about.get("is_ultra_restricted")),
        is_foreign=bool(about.get("is_stranger")),
        is_admin=bool(about.get("is_admin") or about.get("is_owner")),
    )
