"""The worker: claims turns and runs each to its end, one at a time in a conversation."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from bot.core.errands import Errands
from bot.core.errors import StorageUnavailable
from bot.core.messages import Message
from bot.core.turns import Turn
from bot.work.holding import Ports
from bot.work.places import show_place
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
    """Knows neither who wakes it nor who else works."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._runners: dict[int, TurnRunner] = {}
        self._stops: dict[int, list[_Stop]] = {}
        self._waits = Waits(ports.clock)
        self._courtesies = Errands()

    def forgive(self, conversation_id: int) -> None:
        """An earlier process let a conversation wait: it is tried at once."""
        self._waits.forgive(conversation_id)

    async def work(self, conversation_id: int) -> float | None:
        """Run the first turn of a conversation if it is due; returns when the next one is."""
        storage = self._ports.storage
        try:
            turn = await storage.turns.claim(conversation_id, self._waits.now(conversation_id))
            if turn is not None:
                log.debug("turn_claimed", turn=turn.id, epoch=turn.epoch, state=turn.state)
                await self._run(conversation_id, TurnRunner(turn, self._ports))
            due_at = await storage.turns.due_at(conversation_id)
            return self._waits.noted(conversation_id, due_at)
        except StorageUnavailable as error:
            log.error("storage_unavailable", error=str(error))  # noqa: TRY400
        except Exception:
            # The turn begins again; the count of its attempts bounds that.
            log.exception("work_crashed", conversation_id=conversation_id)
        return self._ports.clock() + _WAIT

    def show_place(self, message: Message, ahead: int) -> None:
        """Show whoever asked how many are answered before; nobody waits for that."""
        if not ahead or message.command is not None:
            return
        self._courtesies.start(show_place(self._ports, message, ahead))

    def stop(self, conversation_id: int, person: str | None, before: int) -> None:
        """End the turn that runs there if it is this person's (None: anybody's) and older."""
        stop = _Stop(person, before)
        self._stops.setdefault(conversation_id, []).append(stop)
        runner = self._runners.get(conversation_id)
        if runner is not None and stop.concerns(runner.turn):
            runner.stop()

    def running(self) -> Sequence[int]:
        """The ids of the turns that run here."""
        return [runner.turn.id for runner in self._runners.values()]

    def end(self, turn_id: int) -> None:
        """Nobody wants this turn any more, if it runs."""
        for runner in self._runners.values():
            if runner.turn.id == turn_id:
                runner.stop()

    async def _run(self, conversation_id: int, runner: TurnRunner) -> None:
        self._runners[conversation_id] = runner
        # Said between the claim and this line.
        if any(stop.concerns(runner.turn) for stop in self._stops.pop(conversation_id, ())):
            runner.stop()
        try:
            await runner.run()
        finally:
            del self._runners[conversation_id]
