"""Who spoke where in the last minutes: what a resumed session may have left out is looked for."""

from typing import Any

from adapters.discord.cursors import snowflake
from bot.core.ports.clock import Clock

_LATELY = 300.0  # seconds


class Spoken:
    """By channel, the messages that were heard lately, and the server it is in."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heard: dict[str, set[int]] = {}
        self._guilds: dict[str, Any] = {}

    def note(self, payload: Any) -> None:
        channel = str(payload["channel_id"])
        self._guilds[channel] = payload.get("guild_id")
        heard = self._heard.setdefault(channel, set())
        heard.add(int(payload["id"]))
        if len(self._heard) > 1 and min(next(iter(self._heard.values()))) < self.since():
            self._forget()

    def since(self) -> int:
        """The first id that counts."""
        return snowflake(self._clock() - _LATELY)

    def channels(self) -> dict[str, Any]:
        """Where somebody spoke lately, and in which server that is."""
        self._forget()
        return {channel: self._guilds[channel] for channel in self._heard}

    def missed(self, channel: str, payloads: list[Any]) -> list[Any]:
        """What was said there lately and was not heard."""
        heard, since = self._heard.get(channel, set()), self.since()
        ids = ((int(payload["id"]), payload) for payload in payloads)
        return [payload for number, payload in ids if number >= since and number not in heard]

    def _forget(self) -> None:
        since = self.since()
        lately = {c: {n for n in heard if n >= since} for c, heard in self._heard.items()}
        self._heard = {channel: heard for channel, heard in lately.items() if heard}
        self._guilds = {channel: self._guilds[channel] for channel in self._heard}
