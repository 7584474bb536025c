"""All that is opened before anybody works, and closed after the last of it."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from bot.classroom.people import Roll
from bot.classroom.readers import Readers
from bot.classroom.register import Register
from bot.classroom.safety import Lookout
from bot.config import Settings
from bot.core.answers import Status
from bot.core.ports.adapter import Adapter
from bot.core.ports.finder import Finder
from bot.core.ports.onlooker import Onlooker, Onlookers
from bot.core.recent import RecentMap
from bot.crews import Alone, Crew
from bot.duties import Duty, heard
from bot.homeroom_toml import AssistantFile
from bot.minds import Minds
from bot.searching import Searching
from bot.tools.box.opening import open_code
from bot.tools.chest import Chest
from bot.tools.material import MaterialToolbox, found_in
from bot.tools.opening import open_toolbox
from bot.wiring import Bot, Extras, build
from bot.work.attachments import fetch_by
from bot.work.holding import Ports
from bot.work.lending import Lending
from bot.work.retries import RetryPolicy
from storage.days import SqlDays
from storage.nightly import Nightly
from storage.store import SharedStore, Store

if TYPE_CHECKING:
    from bot.hosting import Host


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    settings: Settings
    store: Store
    assistants: AssistantFile
    minds: Minds
    searching: Searching
    adapters: dict[str, Adapter]  # by platform
    toolbox: Chest
    shown: RecentMap[int, Status] = field(default_factory=RecentMap)

    def host(self, roles: Collection[str] | None, announce: Callable[[str], None]) -> "Host":
        """The page, health and metrics; on the page one talks as well. `announce`: a link."""
        # Imported here: whoever only talks in a terminal need not wait for it.
        from bot.hosting import open_host, open_talking  # noqa: PLC0415

        talking = open_talking(self.store)
        self.adapters[talking.platform] = talking
        courses = self.store.storage.courses
        roll = Roll(Register(courses), courses, self.adapters, self.assistants.table)
        return open_host(
            self.settings,
            self.store,
            self.minds.backend.name,
            heard(self.adapters.values(), roles),
            talking,
            reader=Readers(roll).reader,
            door=lambda: talking.door,
            doing=self.shown.get,
            announce=announce,
        )

    def bot(self, traces: Onlooker, host: "Host | None", retries: RetryPolicy | None) -> Bot[Crew]:
        extras = Extras(
            retries=retries or RetryPolicy(),
            at_once=self.settings.at_once,
            redact=self.settings.redactor(),
            scrub=self.store.database.scrub,
            toolbox=self.toolbox,
            transcriber=self.minds.transcriber,
            finder=self.searching.finder,
            lookout=self._lookout(host),
            onlooker=Onlookers(host.onlooker, traces) if host else traces,
            shown=self.shown,
        )
        return build(
            self.store.storage,
            [*self.adapters.values()],
            self.minds.backend,
            self.store.clock,
            assistants=self.assistants,
            hire=self._hire(),
            extras=extras,
        )

    def _lookout(self, host: "Host | None") -> Lookout:
        moderator = self.minds.moderator
        return Lookout(moderator, host.metrics.note_unchecked) if host else Lookout(moderator)

    def _hire(self) -> Callable[[Ports], Crew]:
        if not isinstance(self.store, SharedStore):
            return Alone
        # Imported here: its libraries are an extra.
        from bot.sharing import Sharing  # noqa: PLC0415

        return partial(Sharing, self.settings.database_url, self.store, self.settings.at_once)

    def duties(self, host: "Host | None") -> Sequence[Duty]:
        """What is done beside, however much is asked."""
        summing = [SqlDays(self.store.database, self.store.clock).run()] if host else []
        return [*self._nightly(host), *summing, *self.searching.duties(), *self._lending()]

    def _lending(self) -> Sequence[Duty]:
        """Of material, to a model's server that can search it."""
        if self.minds.library is None:
            return ()
        store, catalogue = self.store, self.assistants.current
        lending = Lending(
            store.storage, self.minds.library, store.clock, lambda: catalogue().has_lent
        )
        return (lending.run(),)

    def _nightly(self, host: "Host | None") -> Sequence[Duty]:
        """Of a file; a server of many is backed up by its own tools."""
        if host is None or self.settings.is_shared:
            return ()
        path, memos = self.settings.database_path(), self.store.storage.memos
        return (Nightly(path, memos, self.store.clock, host.metrics.note_backup).run(),)


@asynccontextmanager
async def opened_tools(
    settings: Settings,
    store: Store,
    assistants: AssistantFile,
    adapters: dict[str, Adapter],
    finder: Finder,
) -> AsyncIterator[Chest]:
    """`adapters`: where what people attached is fetched from."""
    storage = store.storage
    code = open_code(settings, partial(fetch_by, adapters))
    material = MaterialToolbox(found_in(finder, storage.materials))
    toolbox = open_toolbox(assistants, storage.memos, storage.notes, store.clock, [code, material])
    try:
        yield toolbox
    finally:
        await toolbox.close()
