"""What all processes have together, given out in turn to persons: turns at work, bytes in hand.

Each asks with a row, in a round after those the same person asks in already; the lowest round that
has room is next, wherever it waits. A row whose worker is buried counts no more.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from secrets import token_hex

import structlog

from bot.core.errands import Errands
from bot.core.errors import BotError
from storage.database import Database, Row, Statement

log = structlog.get_logger()

_LOOK = 0.2  # seconds between looks of who waits
_AGAIN = 1.0  # seconds until it is given back once more, where the database was away
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('homeroom ration ' || :kind, 0))"
_LIVE = """
live AS (SELECT rations.* FROM rations
         JOIN procrastinate_workers ON procrastinate_workers.id = worker_id WHERE kind = :kind)
"""
_ASK = f"""
WITH {_LIVE}
INSERT INTO rations (token, kind, worker_id, person, amount, round)
SELECT :token, :kind, :worker_id, :person, LEAST(:amount, :most), GREATEST(
    coalesce((SELECT min(round) FROM live WHERE NOT is_taken),
             (SELECT max(round) FROM live), 0),
    coalesce((SELECT max(round) + 1 FROM live WHERE person = :person), 0))
"""
_HAND_OUT = f"""
WITH {_LIVE},
next AS (SELECT token, amount FROM live WHERE NOT is_taken
  AND :each > (SELECT count(*) FROM live AS own WHERE own.person = live.person AND own.is_taken)
  ORDER BY round, number LIMIT 1)
UPDATE rations SET is_taken = true
WHERE token = (SELECT token FROM next WHERE amount
               <= :most - (SELECT coalesce(sum(amount), 0) FROM live WHERE is_taken))
RETURNING token
"""
_MINE = "SELECT token FROM rations WHERE token = ANY(:tokens) AND is_taken"
_GIVE_BACK = "DELETE FROM rations WHERE token = :token"
_BURY = """
DELETE FROM rations WHERE NOT EXISTS
  (SELECT FROM procrastinate_workers WHERE procrastinate_workers.id = worker_id)
"""


class SharedRation:
    """`worker_id`: the lease of this process; `each`: how often one person may have of it.

    What is given back is an errand, and ends with the `errands`: then so has the lease.
    """

    def __init__(  # noqa: PLR0913 - what a process has, and what the rule is
        self,
        database: Database,
        worker_id: Callable[[], int | None],
        errands: Errands,
        kind: str,
        *,
        most: int,
        each: int,
    ) -> None:
        self._database = database
        self._worker_id = worker_id
        self._lock = (_LOCK, {"kind": kind})
        self._rule = {"kind": kind, "most": most, "each": each}
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._errands = errands
        self._looking: asyncio.Task[None] | None = None

    def is_free(self, person: str) -> bool:
        return not self._waiting

    @asynccontextmanager
    async def taken(self, person: str, amount: int = 1) -> AsyncIterator[None]:
        token = token_hex(16)
        given = self._waiting[token] = asyncio.get_running_loop().create_future()
        try:
            await self._ask(token, person, amount)
            if not given.done():
                self._look_on()
                await given
            del self._waiting[token]
            yield
        finally:
            self._waiting.pop(token, None)
            self._errands.start(self._give_back(token))

    async def _ask(self, token: str, person: str, amount: int) -> None:
        digest = hashlib.sha256(person.encode("utf-8", "replace")).hexdigest()
        asked = {"token": token, "worker_id": self._worker_id(), "person": digest}
        ask = (_ASK, {**self._rule, **asked, "amount": amount})
        await self._hand_out(ask)

    async def _hand_out(self, *first: Statement) -> bool:
        *_, handed = await self._database.together([self._lock, *first, (_HAND_OUT, self._rule)])
        self._hear(handed)
        return bool(handed)

    def _hear(self, given: Sequence[Row]) -> None:
        for row in given:
            place = self._waiting.get(row["token"])
            if place is not None and not place.done():
                place.set_result(None)

    def _look_on(self) -> None:
        if self._looking is None or self._looking.done():
            self._looking = self._errands.start(self._look_while_any_wait())

    async def _look_while_any_wait(self) -> None:
        """Who waits gives out what is free; what others gave out is found."""
        while self._waiting:
            await asyncio.sleep(_LOOK)
            try:
                while await self._hand_out((_BURY, {})):
                    pass
                tokens = {"tokens": list(self._waiting)}
                self._hear(await self._database.fetch(_MINE, tokens))
            except BotError as error:
                log.info("ration_not_read", error=type(error).__name__)

    async def _give_back(self, token: str) -> None:
        """Until it is: what stays taken is taken from everybody."""
        while True:
            try:
                await self._hand_out((_GIVE_BACK, {"token": token}))
            except BotError as error:
                log.info("ration_not_given_back", error=type(error).__name__)
                await asyncio.sleep(_AGAIN)
            else:
                return
