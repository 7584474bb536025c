"""A turn in one worker's hands."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import structlog

from bot.classroom.classroom import Classroom
from bot.core.along import Along
from bot.core.answers import Status
from bot.core.errors import BotError, StaleTurn, StorageUnavailable, TransientError
from bot.core.messages import Message
from bot.core.ports.adapter import Adapter
from bot.core.ports.backend import Backend
from bot.core.ports.clock import Clock
from bot.core.ports.finder import Finder
from bot.core.ports.onlooker import Nobody, Onlooker
from bot.core.ports.ration import Ration
from bot.core.ports.storage import Spent, Storage
from bot.core.ports.toolbox import Toolbox
from bot.core.ports.transcriber import Transcriber
from bot.core.prompts import Prompt
from bot.core.recent import RecentMap
from bot.core.redaction import Redactor
from bot.core.turns import State, Turn
from bot.homeroom_toml import AssistantFile
from bot.work.authority import Authority
from bot.work.freight import Freight
from bot.work.lesson import Lesson, Veil
from bot.work.pseudonyms import Pseudonyms
from bot.work.retries import RetryPolicy
from bot.work.scene import Scene
from bot.work.toolless import NoTools

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """All that a worker works with."""

    storage: Storage
    adapters: Mapping[str, Adapter]
    backend: Backend
    commands: Backend
    assistants: AssistantFile
    clock: Clock
    pseudonyms: Pseudonyms
    authority: Authority
    classroom: Classroom
    slots: Ration
    finder: Finder
    toolbox: Toolbox = field(default_factory=NoTools)
    transcriber: Transcriber | None = None
    freight: Freight = field(default_factory=Freight)
    # By turn, what was last shown of it: saved along with the next step, and not alone.
    shown: RecentMap[int, Status] = field(default_factory=RecentMap)
    retries: RetryPolicy = field(default_factory=RetryPolicy)
    deadline: float = 600.0  # seconds for one run; OpenAI keeps a background run about as long
    # Takes in what nobody said, dated (seconds since the epoch) as what it is about.
    add: Callable[[Message, float], Awaitable[None]] = lambda _message, _at: asyncio.sleep(0)
    # What was delivered for a message has other words: old, new.
    reword: Callable[[Message, str, str], Awaitable[None]] = lambda *_: asyncio.sleep(0)
    # US dollars, where somebody knows them.
    price: Callable[[Spent], Decimal | None] = lambda _: None
    redact: Callable[[str], str] = field(default_factory=Redactor)  # what is kept of an error
    onlooker: Onlooker = field(default_factory=Nobody)
    # Whether nobody else can have taken over the work of this process.
    holds: Callable[[], bool] = lambda: True


@contextmanager
def courtesy(log: Any, event: str) -> Iterator[None]:
    """Around what may fail without harm: the answer itself is delivered, and retried."""
    try:
        yield
    except BotError as error:
        log.info(event, error=type(error).__name__)
    except Exception:
        log.exception(event)


class SavedTurn:
    """What a turn has come to, and the saving of it; each save fails once somebody else has it."""

    def __init__(self, turn: Turn, ports: Ports) -> None:
        self._turn = turn
        self._saved = turn
        self._saving = asyncio.Lock()
        self.along = Along()  # what the next save takes along
        self.log = log.bind(turn=turn.id, conversation=str(turn.message.key))
        self._storage = ports.storage
        self._retries = ports.retries
        self._clock = ports.clock
        self._redact = ports.redact
        self._onlooker = ports.onlooker

    @property
    def turn(self) -> Turn:
        return self._turn

    def note(self, turn: Turn) -> None:
        """What the turn has come to; the next save takes it along."""
        self._turn = turn

    def now(self) -> float:
        return self._clock()

    @asynccontextmanager
    async def begun(self) -> AsyncIterator[None]:
        """While it is worked on."""
        vouching = asyncio.create_task(self._vouch()) if self.turn.attempts > 1 else None
        try:
            yield
        finally:
            if vouching is not None:
                vouching.cancel()

    async def save(self, turn: Turn) -> None:
        """Save a step; while the disk does not take it, the step waits here and is not lost."""
        turn = self._without_secrets(turn)
        self.note(turn)
        async with self._saving:
            await self._save(turn)

    def _without_secrets(self, turn: Turn) -> Turn:
        """What libraries say of an error, and what a server calls its model, others read."""
        error, answer = turn.error, turn.answer
        if answer is not None and answer.model:
            answer = replace(answer, model=self._redact(answer.model))
        return replace(turn, error=error and self._redact(error), answer=answer)

    async def _save(self, turn: Turn) -> None:
        along = self.along.take()
        try:
            await self.until_saved(lambda: self._storage.turns.save(turn, along))
        except StaleTurn:
            await self._save_refs(along)  # they stand there all the same
            raise
        before, self._saved = self._saved, turn
        self._onlooker.saved(before, turn)

    async def _save_refs(self, along: Along) -> None:
        for part, post in along.posts.items():
            if post.ref:
                await self._storage.posts.save(self.turn.id, part, post.ref)

    async def until_saved(self, write: Callable[[], Awaitable[object]]) -> None:
        """Write a step; while the disk does not take it, the step waits here and is not lost."""
        failures = 0
        while True:
            try:
                await write()
            except StorageUnavailable as error:
                self.log.error("turn_not_saved", error=str(error))  # noqa: TRY400
                wait = self._retries.next_attempt(error, failures, 0, 0.0)
                failures += 1
                await asyncio.sleep(self._retries.longest if wait is None else wait)
            else:
                return

    async def _vouch(self) -> None:
        """What kills the process does so at once: after a while the attempts count anew.

        Else whoever waits long, for a run or for the platform, would be given up because the
        process was killed for other reasons. Where going on costs a new computation they do not.
        """
        await asyncio.sleep(self._retries.harmless_after)
        async with self._saving:
            is_asked = self.turn.state is State.PENDING and self.turn.backend is not None
            if self._saved.run or not is_asked:
                with suppress(StaleTurn, StorageUnavailable):
                    await self._storage.turns.save(_innocent(self._saved))
                self.note(_innocent(self.turn))

    def wait_after(self, error: TransientError) -> float | None:
        """Seconds until the next attempt; None when it is time to give up."""
        turn, now = self.turn, self.now()
        waited = now - (turn.failing_since or now)
        return self._retries.next_attempt(error, turn.failures, turn.reruns, waited)

    async def let_go(self, wait: float, error: BotError) -> None:
        """It is claimed again after `wait` seconds."""
        name = type(error).__name__
        await self.save(self.turn.again(wait, f"{name}: {error}", self.now()))
        self.log.warning("turn_postponed", seconds=round(wait, 1), error=name)

    async def release(self) -> None:
        """The process ends: the next one takes it up, and this was no failure."""
        with suppress(StaleTurn, StorageUnavailable):
            await self._storage.turns.save(self.turn.released(), self.along.take())


class HeldTurn(SavedTurn):
    """It, and what is found out about it while somebody has it in hand."""

    def __init__(self, turn: Turn, ports: Ports) -> None:
        super().__init__(turn, ports)
        self.scene = Scene(turn.message, ports.storage, ports.assistants, ports.classroom)
        self.lesson = Lesson(self.scene, ports.classroom.ladder, ports.clock)
        self.veil = Veil(self.scene, ports.classroom.aliasing)
        self.prompt: Prompt | None = None  # what the model is asked
        self.is_unclean = False  # what the model said is not what is kept: its server forgets it


def _innocent(turn: Turn) -> Turn:
    return replace(turn, attempts=min(turn.attempts, 1))
