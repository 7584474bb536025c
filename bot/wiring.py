"""How the parts of a bot are put together: here for the program, and for its tests."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Generic, TypeVar

from bot.classroom.board import Outbox
from bot.classroom.classroom import Classroom
from bot.classroom.safety import Lookout
from bot.classroom.timepiece import Timepiece
from bot.core.answers import Answer, Status
from bot.core.messages import Message, Receipt
from bot.core.ports.adapter import Adapter
from bot.core.ports.backend import Backend
from bot.core.ports.clock import Clock
from bot.core.ports.finder import Finder
from bot.core.ports.onlooker import Nobody, Onlooker
from bot.core.ports.storage import Storage
from bot.core.ports.toolbox import Toolbox
from bot.core.ports.transcriber import Transcriber
from bot.core.recent import RecentMap
from bot.core.redaction import Redactor
from bot.crews import Crew
from bot.homeroom_toml import AssistantFile
from bot.prices import Prices
from bot.words import Language
from bot.work.attachments import fetch_by
from bot.work.authority import Authority
from bot.work.choices import KnownChoices
from bot.work.commands import CommandBackend
from bot.work.desk import Desk
from bot.work.finders import WordFinder
from bot.work.forgetting import Forgetting
from bot.work.forms import Forms
from bot.work.holding import Ports
from bot.work.intake import Intake
from bot.work.pseudonyms import Pseudonyms
from bot.work.retries import RetryPolicy
from bot.work.slots import Slots
from bot.work.toolless import NoTools

Hired = TypeVar("Hired", bound=Crew)


@dataclass(frozen=True)
class Bot(Generic[Hired]):
    ports: Ports
    crew: Hired
    intake: Intake
    forgetting: Forgetting


async def _leave_as_it_is() -> None:
    """Where nobody looks into the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What a bot can do without, or has by itself."""

    retries: RetryPolicy = field(default_factory=RetryPolicy)
    deadline: float = 600.0  # seconds for one run
    at_once: int = 100  # turns at work
    redact: Callable[[str], str] = field(default_factory=Redactor)
    scrub: Callable[[], Awaitable[None]] = _leave_as_it_is  # leaves no copy of what was deleted
    timepiece: Timepiece | None = None
    toolbox: Toolbox = field(default_factory=NoTools)  # what assistants can do
    transcriber: Transcriber | None = None
    finder: Finder | None = None  # by words, unless set
    lookout: Lookout = field(default_factory=Lookout)
    onlooker: Onlooker = field(default_factory=Nobody)
    # By turn, what was last shown of it.
    shown: RecentMap[int, Status] = field(default_factory=RecentMap)


def build(  # noqa: PLR0913 - what no bot can be without
    storage: Storage,
    adapters: Sequence[Adapter],
    backend: Backend,
    clock: Clock,
    *,
    assistants: AssistantFile,
    hire: Callable[[Ports], Hired],
    extras: Extras,
) -> Bot[Hired]:
    """Wired and open, with nobody at work yet."""
    storage = replace(storage, choices=KnownChoices(storage.choices, clock))
    by_platform = {adapter.platform: adapter for adapter in adapters}
    plan = _Plan(storage, by_platform, backend, clock, assistants, extras, _WayIn(storage))
    desk = plan.desk(plan.classroom())
    ports = plan.ports(desk)
    crew = hire(ports)
    intake = plan.intake(ports, crew)
    plan.way_in.lead_to(intake, crew)
    for adapter in adapters:
        adapter.open(intake)
    return Bot(ports, crew, intake, desk.forgetting)


class _WayIn:
    """How those who work say something themselves: what they say it to comes after them."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._intake: Intake
        self._crew: Crew

    def lead_to(self, intake: Intake, crew: Crew) -> None:
        self._intake, self._crew = intake, crew

    async def say(self, message: Message) -> Receipt:
        return await self._intake.accept(message)

    async def give(self, message: Message, answer: Answer) -> Receipt:
        return await self._intake.give(message, answer)

    async def show_anew(self, message_key: str, text: str) -> bool:
        return await self._intake.show_anew(message_key, text)

    async def reword(self, message: Message, old: str, new: str) -> None:
        await self._intake.reword(message, old, new)

    async def language(self, message: Message) -> Language:
        return await self._intake.language(message)

    async def withdraw(self, message_key: str) -> bool:
        return await self._intake.withdraw(message_key)

    async def add(self, message: Message, at: float) -> None:
        self._crew.accepted(message, await self._storage.turns.add(message, at))


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the parts are made of, each after those that it needs."""

    storage: Storage
    adapters: Mapping[str, Adapter]
    backend: Backend
    clock: Clock
    assistants: AssistantFile
    extras: Extras
    way_in: _WayIn

    def classroom(self) -> Classroom:
        return Classroom(
            self.storage,
            self.adapters,
            self.assistants.table,
            self.clock,
            Outbox(self.way_in.give, self.way_in.show_anew, self.way_in.language),
            self.extras.timepiece,
            self.extras.lookout,
        )

    def desk(self, classroom: Classroom) -> Desk:
        return Desk(
            storage=self.storage,
            assistants=self.assistants,
            clock=self.clock,
            keeper=self.backend,
            authority=Authority(self.adapters),
            forgetting=self._forgetting(),
            say=self.way_in.say,
            price=Prices(lambda: self.assistants.current().prices),
            toolbox=self.extras.toolbox,
            withdraw=self.way_in.withdraw,
            reword=self.way_in.reword,
            classroom=classroom,
            fetch=partial(fetch_by, self.adapters),
            shown=self.extras.shown,
        )

    def _forgetting(self) -> Forgetting:
        return Forgetting(
            self.storage,
            self.assistants,
            self.backend,
            Pseudonyms(self.storage.memos),
            self.clock,
            self.extras.scrub,
        )

    def ports(self, desk: Desk) -> Ports:
        extras = self.extras
        return Ports(
            storage=self.storage,
            adapters=self.adapters,
            backend=self.backend,
            commands=CommandBackend(desk),
            authority=desk.authority,
            classroom=desk.classroom,
            assistants=self.assistants,
            clock=self.clock,
            add=self.way_in.add,
            reword=self.way_in.reword,
            price=desk.price,
            pseudonyms=desk.forgetting.pseudonyms,
            slots=Slots(extras.at_once),
            toolbox=extras.toolbox,
            transcriber=extras.transcriber,
            finder=extras.finder or WordFinder(self.storage.materials),
            shown=desk.shown,
            retries=extras.retries,
            deadline=extras.deadline,
            redact=extras.redact,
            onlooker=extras.onlooker,
        )

    def intake(self, ports: Ports, crew: Crew) -> Intake:
        desk = ports.classroom.desk
        return Intake(
            self.storage,
            self.assistants,
            ports.authority,
            crew,
            self.clock,
            timepiece=ports.classroom.timepiece,
            forms=Forms(self.storage, self.assistants, ports.authority, desk),
            onlooker=self.extras.onlooker,
        )
