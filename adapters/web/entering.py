"""How one signs in: by a link that is good once, or by a token; and how one is known afterwards."""

import base64
import hmac
import json
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_hex, token_urlsafe
from typing import Any

from bot.core.ports.clock import Clock
from bot.core.ports.memory import Memory
from bot.core.recent import Recent
from bot.core.standing import EVERYTHING, Standing

LINK_LIVES = 600.0  # seconds
VISIT_LASTS = 12 * 3600.0
_LINKS, _KEY = "web:links", "web:key"  # memos
_MOST_LINKS = 20  # that are good at a time
_ATTEMPTS, _SPAN = 10, 60.0  # wrong ones, of all together, in so many seconds


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is signed in. Whoever has the link or the token runs this place, and says who she is."""

    name: str
    until: float  # seconds since the epoch
    account: str = ""  # a person of a platform; empty: she runs this place

    @property
    def person(self) -> str:
        return self.account or f"web:local:{self.name}"

    @property
    def standing(self) -> Standing:
        return Standing() if self.account else EVERYTHING


class Links:
    """Codes of which only a hash is kept, in the database: any process makes or takes one."""

    def __init__(self, memory: Memory, clock: Clock) -> None:
        self._memory = memory
        self._clock = clock

    async def make(self) -> str:
        code = token_urlsafe(32)
        while True:
            known, alive = await self._alive()
            kept = dict(list(alive.items())[1 - _MOST_LINKS :])
            kept[_hash(code)] = self._clock() + LINK_LIVES
            if await self._memory.replace(_LINKS, known, json.dumps(kept)):
                return code

    async def take(self, code: str) -> bool:
        """Whether it was good; it is not any more."""
        while True:
            known, alive = await self._alive()
            if alive.pop(_hash(code), None) is None:
                return False
            if await self._memory.replace(_LINKS, known, json.dumps(alive)):
                return True

    async def _alive(self) -> tuple[str, dict[str, float]]:
        known = await self._memory.recall(_LINKS) or ""
        links: dict[str, float] = json.loads(known or "{}")
        now = self._clock()
        return known, {one: until for one, until in links.items() if until > now}


class Visits:
    """A cookie says who somebody is, and is signed: it outlives a restart, in any process."""

    def __init__(self, memory: Memory, token: str, clock: Clock) -> None:
        """`token`: once it is another, all visits have ended."""
        self._memory = memory
        self._token = token
        self._clock = clock
        self._key = b""
        self._ended = Recent[str]()

    async def begin(self, name: str, account: str = "") -> str:
        said = {"name": name, "account": account, "id": token_hex(8)}
        return await self.seal("visit", said, VISIT_LASTS)

    async def read(self, cookie: str) -> Visitor | None:
        said = None if cookie in self._ended else await self.unseal("visit", cookie)
        return Visitor(said["name"], said["until"], said["account"]) if said else None

    async def seal(self, kind: str, said: Mapping[str, Any], lasts: float) -> str:
        """So that whoever holds it can neither make nor change one; `kind`: what it is good for."""
        until = self._clock() + lasts
        body = base64.urlsafe_b64encode(json.dumps({**said, "until": until}).encode()).decode()
        return f"{body}.{await self._signature(kind, body)}"

    async def unseal(self, kind: str, sealed: str) -> Mapping[str, Any] | None:
        """None: it is not ours, of another kind, or good no longer."""
        body, _, signature = sealed.rpartition(".")
        expected = await self._signature(kind, body)
        if not hmac.compare_digest(signature.encode(), expected.encode()):
            return None
        said: Mapping[str, Any] = json.loads(base64.urlsafe_b64decode(body))
        return said if said["until"] > self._clock() else None

    def end(self, cookie: str) -> None:
        self._ended.add(cookie)

    async def _signature(self, kind: str, body: str) -> str:
        while not self._key:  # several processes may start at once: the first one's is everybody's
            known = await self._memory.recall(_KEY)
            if known:
                self._key = sha256(f"{known}:{self._token}".encode()).digest()
            else:
                await self._memory.replace(_KEY, "", token_hex(32))
        signed = f"{kind}:{body}".encode("utf-8", "replace")
        return hmac.digest(self._key, signed, "sha256").hex()


class Attempts:
    """A code is long and a person slow: few wrong ones are enough for everybody together."""

    def __init__(self) -> None:
        self._at: deque[float] = deque(maxlen=_ATTEMPTS)

    def note(self) -> None:
        self._at.append(time.monotonic())

    @property
    def are_too_many(self) -> bool:
        return len(self._at) == _ATTEMPTS and time.monotonic() - self._at[0] < _SPAN


def _hash(code: str) -> str:
    return sha256(code.encode("utf-8", "replace")).hexdigest()
