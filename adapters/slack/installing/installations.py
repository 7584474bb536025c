"""Where the app is installed, as it is kept: sealed, each under the id of its place."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from adapters.slack.bodies import identity, text
from adapters.slack.installing.seal import Seal
from bot.core.errors import ConfigError, PlatformUnavailable
from bot.core.ports.memory import Memory

_PLACE = "slack:installation:"
_PLACES = "slack:installations"
_ORGANISATION = "slack:organisation:"
_WRONG_KEY = "SECRET_KEY does not open the tokens of Slack in the database"


@dataclass(frozen=True, slots=True)
class Installation:
    """The bot in a workspace, or in all of an organisation's: then `place` is the organisation."""

    place: str
    team: str  # empty where it is in all of them
    enterprise: str
    bot: str
    token: str
    refresh_token: str = ""
    expires_at: float | None = None
    since: float = 0.0

    def renewed(self, answer: Mapping[str, Any], now: float) -> "Installation":
        """The same with the token that Slack has given now."""
        return replace(
            self,
            token=text(answer, "access_token"),
            refresh_token=text(answer, "refresh_token"),
            expires_at=now + answer["expires_in"] if answer.get("expires_in") else None,
        )


def installation(answer: Mapping[str, Any], now: float) -> Installation:
    """What Slack tells when somebody has installed the app."""
    enterprise = identity(answer, "enterprise")
    team = "" if answer.get("is_enterprise_install") else identity(answer, "team")
    bot = text(answer, "bot_user_id")
    bare = Installation(team or enterprise, team, enterprise, bot, token="", since=now)
    return bare.renewed(answer, now)


class Installations:
    def __init__(self, memory: Memory, seal: Seal) -> None:
        self._memory = memory
        self._seal = seal
        self._listing = asyncio.Lock()

    async def open(self) -> None:
        """Seal all under the newest key. Raises ConfigError where no key opens what is there."""
        for name in [_PLACES, *(_PLACE + place for place in await self._places())]:
            sealed = await self._memory.recall(name)
            if sealed and not self._seal.is_newest(sealed):
                await self._memory.remember(name, self._seal.close(self._opened(sealed)))

    async def find(self, team: str, refused: str = "") -> Installation | None:
        """That of the workspace itself, unless its token was refused, else its organisation's."""
        own = await self.at(team)
        if own and own.token != refused:
            return own
        organisation = await self._memory.recall(_ORGANISATION + team)
        return (await self.at(organisation) if organisation else None) or own

    async def at(self, place: str) -> Installation | None:
        sealed = await self._memory.recall(_PLACE + place)
        if not sealed:
            return None
        try:
            return Installation(**json.loads(self._opened(sealed)))
        except ConfigError as error:  # an operator can mend that while the answer waits
            raise PlatformUnavailable(f"{place}: {error}") from error

    async def save(self, made: Installation) -> None:
        await self._list(made.place, is_there=True)
        sealed = self._seal.close(json.dumps(asdict(made)))
        await self._memory.remember(_PLACE + made.place, sealed)

    async def forget(self, place: str) -> None:
        await self._memory.remember(_PLACE + place, "")
        await self._list(place, is_there=False)

    async def join(self, team: str, organisation: str) -> None:
        """Keep which organisation a workspace is of: its messages name the workspace only."""
        if await self._memory.recall(_ORGANISATION + team) != organisation:
            await self._memory.remember(_ORGANISATION + team, organisation)

    async def _places(self) -> list[str]:
        sealed = await self._memory.recall(_PLACES)
        return list(json.loads(self._opened(sealed))) if sealed else []

    async def _list(self, place: str, *, is_there: bool) -> None:
        """So that all can be found again when the key is changed."""
        async with self._listing:
            places = await self._places()
            if (place in places) != is_there:
                changed = sorted({place} ^ {*places})
                await self._memory.remember(_PLACES, self._seal.close(json.dumps(changed)))

    def _opened(self, sealed: str) -> str:
        opened = self._seal.open(sealed)
        if opened is None:
            raise ConfigError(_WRONG_KEY)
        return opened
