"""What is to be kept no longer: on request, after a time, and at the model's server as well.

What was asked for is written down first, and is done again and again until nothing is left: a
server that is away, or a question that is still open, puts off only its own part.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog

from bot.core.erasures import Erasure
from bot.core.errors import BotError, TransientError
from bot.core.ports.backend import Backend
from bot.core.ports.clock import Clock
from bot.core.ports.storage import Kept, Storage
from bot.homeroom_toml import AssistantFile
from bot.work.pseudonyms import Pseudonyms

log = structlog.get_logger()

_ROUND = 60.0  # seconds between two rounds
_DAY = 86_400.0
_TOKEN = 1800.0  # seconds for which Slack takes what answers one message; Discord half of that
KEEP = "keep"  # the setting


@dataclass(frozen=True, slots=True)
class Forgetting:
    storage: Storage
    assistants: AssistantFile
    keeper: Backend
    pseudonyms: Pseudonyms
    clock: Clock
    scrub: Callable[[], Awaitable[None]]

    async def erase(self, erasure: Erasure) -> int:
        """As much as can be now; `run` does the rest. Returns how many messages it was."""
        pseudonym = await self.pseudonyms.of_person(f"{erasure.scope}:{erasure.person}")
        count = await self.storage.people.erase(erasure, pseudonym, self.clock())
        await self.forget_leftovers()
        await self.scrub()
        return count

    async def run(self) -> None:
        """Until it is cancelled."""
        purged_at = 0.0
        while True:
            try:
                await self.finish()
                if self.clock() - purged_at >= _DAY:
                    await self.purge()
                    purged_at = self.clock()
            except BotError as error:
                log.warning("not_forgotten_yet", error=str(error))
            except Exception:
                log.exception("forgetting_crashed")
            await asyncio.sleep(_ROUND)

    async def finish(self) -> None:
        """One round over what is left to do."""
        now = self.clock()
        await self.storage.turns.drop_tokens(now - _DAY, now - _TOKEN)
        await self.forget_leftovers()
        for erasure in await self.storage.people.erasures():
            await self.erase(erasure)
            if await self.storage.people.is_erased(erasure):
                log.info("person_erased", scope=erasure.scope)
                await self.scrub()

    async def purge(self) -> None:
        """What is older than it is to be kept, a narrower scope first."""
        keeps = self._keeps()
        for scope in sorted(keeps, key=lambda scope: -scope.count(":")):
            narrower = [other for other in keeps if other.startswith(f"{scope}:")]
            before = self.clock() - keeps[scope] * _DAY
            if count := await self.storage.people.purge(scope, narrower, before):
                log.info("old_messages_purged", scope=scope, count=count, days=keeps[scope])
        await self.scrub()

    async def forget_leftovers(self) -> None:
        for leftover in await self.storage.people.leftovers():
            if leftover.backend != self.keeper.name:
                log.warning("session_kept_elsewhere", backend=leftover.backend)
            elif await self._forget(leftover):
                await self.storage.people.drop_leftover(leftover)

    async def _forget(self, leftover: Kept) -> bool:
        try:
            await self.keeper.forget(leftover.session, leftover.runs)
        except TransientError as error:
            log.info("session_not_forgotten", backend=leftover.backend, error=str(error))
            return False
        return True

    def _keeps(self) -> Mapping[str, int]:
        """Days, by scope."""
        settings = self.assistants.current().settings
        return {
            scope: int(values[KEEP].removesuffix("d"))
            for scope, values in settings.items()
            if values.get(KEEP)
        }
