"""The worker: claims turns and runs each to its end, one at a time in a conversation."""

import asyncio
from dataclasses import dataclass

import structlog

from bot.core.answers import Status
from bot.core.errors import StorageUnavailable
from bot.core.messages import Message
from bot.core.ports.queue import Queue
from bot.core.turns import Turn
from bot.work.holding import Ports
from bot.work.replies import courtesy
from bot.work.runner import TurnRunner
from bot.work.waits import Waits

log = structlog.get_logger()

_WAIT = 1.0  # seconds until a conversation is looked at again, after an error


@dataclass(frozen=True, slots=True)
class _Stop:
    person: str | None
    before: int

    def concerns(self, turn: Turn) -> bool:
        return turn.id < self.before and self.person in {None, turn.message.author.id}


class Worker:
    def __init__(self, ports: Ports, queue: Queue) -> None:
        self._ports = ports
        self._queue = queue
        self._runners: dict[int, TurnRunner] = {}
        self._stops: dict[int, list[_Stop]] = {}
        self._waits = Waits(ports.clock)
        self._courtesies: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin to work, first on what the last process left. Recovery is just another claim."""
        self._queue.start(self.work)
        for conversation_id, key in await self._ports.storage.open_conversations():
            if key.platform in self._ports.adapters:
                self._waits.forgive(conversation_id)
                self._queue.wake(conversation_id)

    async def work(self, conversation_id: int) -> float | None:
        """Run the first turn of a conversation if it is due; returns when the next one is."""
        storage = self._ports.storage
        try:
            turn = await storage.claim_turn(conversation_id, self._waits.now(conversation_id))
            if turn is not None:
                log.debug("turn_claimed", turn=turn.id, epoch=turn.epoch, state=turn.state)
                await self._run(conversation_id, TurnRunner(turn, self._ports))
            due_at = await storage.due_at(conversation_id)
            return self._waits.noted(conversation_id, due_at)
        except StorageUnavailable as error:
            log.error("storage_unavailable", error=str(error))  # noqa: TRY400
        except Exception:
            # The turn begins again; the count of its attempts bounds that.
            log.exception("work_crashed", conversation_id=conversation_id)
        return self._ports.clock() + _WAIT

    def wake(self, conversation_id: int) -> None:
        """There may be something to do in a conversation."""
        self._queue.wake(conversation_id)

    def show_place(self, message: Message, ahead: int) -> None:
        """Show whoever asked how many are answered before; nobody waits for that."""
        task = asyncio.create_task(self._show_place(message, f"{ahead} before you"))
        self._courtesies.add(task)
        task.add_done_callback(self._courtesies.discard)

    def stop(self, conversation_id: int, person: str | None, before: int) -> None:
        """End the turn that runs there if it is this person's (None: anybody's) and older."""
        stop = _Stop(person, before)
        self._stops.setdefault(conversation_id, []).append(stop)
        runner = self._runners.get(conversation_id)
        if runner is not None and stop.concerns(runner.turn):
            runner.stop()

    def cancel(self, conversation_id: int, turn_id: int) -> None:
        """End a turn whose message was withdrawn, if it runs."""
        runner = self._runners.get(conversation_id)
        if runner is not None and runner.turn.id == turn_id:
            runner.stop()

    async def _show_place(self, message: Message, words: str) -> None:
        adapter = self._ports.adapters[message.key.platform]
        with courtesy(log, "place_not_shown"):
            await adapter.show_status(message, Status.QUEUED, words)

    async def _run(self, conversation_id: int, runner: TurnRunner) -> None:
        self._runners[conversation_id] = runner
        # Said between the claim and this line.
        if any(stop.concerns(runner.turn) for stop in self._stops.pop(conversation_id, ())):
            runner.stop()
        try:
            await runner.run()
        finally:
            del self._runners[conversation_id]
