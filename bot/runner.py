"""One turn, from wherever it was left to its end."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field

import structlog

from bot import answers
from bot.answers import AnswerEvent, AnswerEvents, Status
from bot.assistants import Assistant, AssistantFile
from bot.errors import (
    BotError,
    EmptyMessage,
    GaveUp,
    MessageTooLong,
    OutcomeUnknown,
    RunLost,
    SessionLost,
    StaleTurn,
    StorageUnavailable,
    TransientError,
    Undeliverable,
)
from bot.ports import Adapter, Backend, Clock, Exchange, Prompt, Storage
from bot.replies import Reply
from bot.retries import RetryPolicy
from bot.turns import Session, State, Turn

log = structlog.get_logger()

MAX_CHARS = 100_000  # of one message: about 25,000 tokens
_EXCHANGES = 100  # of history looked at; the backend keeps what fits its budget
_STOPPED = "*Stopped.*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """All that a runner works with."""

    storage: Storage
    adapters: Mapping[str, Adapter]
    backend: Backend
    commands: Backend
    assistants: AssistantFile
    clock: Clock
    retries: RetryPolicy = field(default_factory=RetryPolicy)
    deadline: float = 600.0  # seconds for one run; OpenAI keeps a background run about as long


class Stopped(BotError):
    """The person said stop."""


class TookTooLong(GaveUp):
    """The model did not come to an end in time, so I stopped it. Please ask again."""


class TurnRunner:
    """Answers a turn and delivers the answer; each step is saved before the next begins."""

    def __init__(self, turn: Turn, ports: Ports) -> None:
        self.turn = turn
        self._ports = ports
        self._storage = ports.storage
        self._adapter = ports.adapters[turn.message.key.platform]
        self._backend = ports.commands if turn.message.command else ports.backend
        self._reply = Reply(self._adapter, ports.storage, turn)
        self._log = log.bind(turn=turn.id, conversation=str(turn.message.key))
        self._written = ""
        self._saved_session: str | None = None
        self._interruption: BotError | None = Stopped() if turn.is_stopped else None
        self._waiting: asyncio.Task[object] | None = None

    async def run(self) -> None:
        try:
            if self.turn.state is State.PENDING:
                await self._answer()
            if self.turn.state is State.ANSWERED:
                await self._deliver()
        except StaleTurn:
            self._log.info("turn_taken_over", epoch=self.turn.epoch)
        except asyncio.CancelledError:
            await self._release()
            raise
        finally:
            await self._reply.settle()

    def stop(self) -> None:
        """The person does not want the answer any more."""
        self._interrupt(Stopped())

    def _interrupt(self, reason: BotError) -> None:
        """End the answer: at once where we only wait, else after the step that is being taken."""
        self._interruption = self._interruption or reason
        if self._waiting is not None:
            self._waiting.cancel()

    async def _answer(self) -> None:
        try:
            self._admit()
            await self._ask()
        except Stopped:
            await self._stop()
        except TransientError as error:
            await self._try_again(error)
        except TookTooLong as error:
            await self._cancel_run()
            await self._fail(error)
        except StaleTurn:
            raise
        except BotError as error:
            await self._fail(error)
        except Exception as error:  # noqa: BLE001 - a fault of ours is answered for, too
            self._log.exception("turn_crashed")
            await self._fail(BotError(repr(error)))

    def _admit(self) -> None:
        message, retries = self.turn.message, self._ports.retries
        if self.turn.attempts > retries.max_attempts:
            raise GaveUp(f"begun {self.turn.attempts - 1} times and never ended")
        if not message.text and not message.command:
            raise EmptyMessage
        if len(message.text) > MAX_CHARS:
            raise MessageTooLong(
                notice=f"Your message has {len(message.text):,} characters; I can take "
                f"{MAX_CHARS:,}. Please send a shorter one, or a part of it."
            )

    async def _ask(self) -> None:
        try:
            await self._converse()
        except SessionLost as error:
            self._log.warning("session_lost", session=self.turn.session, error=str(error))
            await self._storage.end_session(self.turn.conversation_id, self._ports.clock())
            self.turn = self.turn.without_run()
            try:
                await self._converse()
            except SessionLost as again:
                raise TransientError(str(again)) from again

    async def _converse(self) -> None:
        prompt = await self._make_prompt()
        self.turn = self.turn.asked(prompt.assistant.name, self._backend.name)
        alarm = asyncio.get_running_loop().call_later(
            self._time_left(), self._interrupt, TookTooLong(f"run {self.turn.run}")
        )
        try:
            async with aclosing(self._backend.answer(prompt)) as events:
                while (event := await self._next(events)) is not None:
                    await self._take(event)
        finally:
            alarm.cancel()
        if self.turn.state is State.PENDING:
            raise TransientError("the backend ended without an answer")

    def _time_left(self) -> float:
        """Seconds this run may still take, wherever it was begun."""
        now = self._ports.clock()
        return max(0.0, self._ports.deadline - (now - (self.turn.run_at or now)))

    async def _make_prompt(self) -> Prompt:
        turn = self.turn
        session = await self._storage.session(turn.conversation_id, self._backend.name)
        if session:
            self.turn = turn.in_session(session.id)
            self._saved_session = session.id
        return Prompt(
            turn_id=turn.id,
            conversation_id=turn.conversation_id,
            message=turn.message,
            assistant=await self._choose_assistant(),
            recall=self._recall,
            session=session,
            is_submitted=turn.is_submitted,
            run=turn.run,
            run_at=turn.run_at,
            is_live=self._adapter.limits.edit_interval is not None,
        )

    async def _choose_assistant(self) -> Assistant:
        scopes = self.turn.message.key.scopes()
        chosen = await self._storage.bindings(scopes)
        return self._ports.assistants.current().closest(scopes, chosen)

    async def _recall(self) -> Sequence[Exchange]:
        return await self._storage.history(self.turn, _EXCHANGES)

    async def _next(self, events: AnswerEvents) -> AnswerEvent | None:
        """The backend's next event, unless an interruption ends the wait.

        While a run is being started it does not: its id must be known before it can be cancelled.
        """
        if self._interruption and not self._is_starting_run:
            raise self._interruption
        self._waiting = None if self._is_starting_run else asyncio.current_task()
        try:
            return await anext(events, None)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self._interruption and task and task.uncancel() == 0:
                raise self._interruption from None
            raise
        finally:
            self._waiting = None

    @property
    def _is_starting_run(self) -> bool:
        return self.turn.is_submitted and self.turn.run is None

    async def _take(self, event: AnswerEvent) -> None:
        now = self._ports.clock()
        match event:
            case answers.SessionOpened(session, cursor):
                self.turn = self.turn.in_session(session)
                await self._save_session(cursor)
            case answers.RunIntended():
                await self._save(self.turn.submitting())
            case answers.RunStarted(run, cursor):
                await self._save(self.turn.running(run, now))
                await self._save_session(cursor)
                self._log.info("run_started", run=run)
            case answers.StatusChanged(status, detail):
                await self._show_status(status, detail)
            case answers.TextDelta(text):
                self._written += text
                self._reply.preview(self._written)
            case answers.Finished():
                await self._finish(event)

    async def _show_status(self, status: Status, detail: str = "") -> None:
        self.turn = self.turn.changed(status, self._ports.clock())
        if self.turn.run:
            await self._save(self.turn)
        await self._adapter.show_status(self.turn.message, status, detail)

    async def _finish(self, event: answers.Finished) -> None:
        now = self._ports.clock()
        turn = self.turn.running(event.run, now) if event.run else self.turn
        await self._save(turn.answered(event.answer, now))
        self._log.info("answer_saved", run=turn.run, chars=len(event.answer.text))
        await self._save_session(event.cursor)

    async def _save_session(self, cursor: str | None) -> None:
        turn, now = self.turn, self._ports.clock()
        if turn.session and (cursor or turn.session != self._saved_session):
            kept = Session(turn.session, cursor)
            await self._storage.save_session(turn.conversation_id, self._backend.name, kept, now)
        self._saved_session = turn.session

    async def _cancel_run(self) -> None:
        if self.turn.run is None:
            return
        try:
            await self._backend.cancel(self.turn.session, self.turn.run)
        except BotError as error:
            self._log.warning("run_not_cancelled", run=self.turn.run, error=type(error).__name__)

    async def _stop(self) -> None:
        await self._cancel_run()
        text = f"{self._written}\n\n{_STOPPED}".strip()
        await self._save(self.turn.stopped(text, self._ports.clock()))
        self._log.info("answer_stopped", run=self.turn.run)

    async def _try_again(self, error: TransientError) -> None:
        wait = self._wait_after(error)
        if wait is None:
            await self._fail(GaveUp(str(error)))
            return
        if isinstance(error, RunLost):
            self.turn = self.turn.lost_run()
        elif self._is_starting_run and not isinstance(error, OutcomeUnknown):
            self.turn = self.turn.without_run()  # it certainly did not start
        if self.turn.failures == 1:
            await self._tell(error.notice)
        await self._show_status(Status.RETRYING, f"in {wait:.0f} s")
        await self._let_go(wait, error)

    async def _let_go(self, wait: float, error: BotError) -> None:
        detail = f"{type(error).__name__}: {error}"
        await self._save(self.turn.again(wait, detail, self._ports.clock()))
        self._log.warning("turn_postponed", seconds=round(wait, 1), error=type(error).__name__)

    def _wait_after(self, error: TransientError) -> float | None:
        turn, now = self.turn, self._ports.clock()
        waited = now - (turn.failing_since or now)
        return self._ports.retries.next_attempt(error, turn.failures, turn.reruns, waited)

    async def _tell(self, notice: str) -> None:
        with suppress(BotError):
            await self._reply.tell(notice)

    async def _fail(self, error: BotError) -> None:
        detail = f"{type(error).__name__}: {error}"
        self._log.warning("turn_failed", error=type(error).__name__, run=self.turn.run)
        await self._save(self.turn.failed(error.notice, detail, self._ports.clock()))

    async def _deliver(self) -> None:
        try:
            await self._post()
        except Undeliverable as error:
            await self._abandon(error)
        except TransientError as error:
            await self._post_again(error)
        except StaleTurn:
            raise
        except Exception as error:  # noqa: BLE001 - nor does one lose an answer
            self._log.exception("delivery_crashed")
            await self._post_again(TransientError(repr(error)))
        else:
            await self._save(self.turn.delivered(self._ports.clock()))
            self._log.info("reply_delivered")

    async def _post(self) -> None:
        if self.turn.attempts > self._ports.retries.max_attempts:
            raise Undeliverable(f"posting began {self.turn.attempts - 1} times and never ended")
        await self._reply.show(self.turn.answer.text if self.turn.answer else "")

    async def _post_again(self, error: TransientError) -> None:
        wait = self._wait_after(error)
        if wait is None:
            await self._abandon(error)
        else:
            await self._let_go(wait, error)

    async def _abandon(self, error: BotError) -> None:
        self._log.error("reply_abandoned", error=str(error))
        await self._save(self.turn.undeliverable(str(error), self._ports.clock()))

    async def _save(self, turn: Turn) -> None:
        """Save a step; while the disk does not take it, the step waits here and is not lost."""
        self.turn = turn
        failures = 0
        while True:
            try:
                await self._storage.save_turn(turn)
            except StorageUnavailable as error:
                self._log.error("turn_not_saved", error=str(error))
                wait = self._ports.retries.next_attempt(error, failures, 0, 0.0)
                failures += 1
                await asyncio.sleep(wait or 0.0)
            else:
                return

    async def _release(self) -> None:
        with suppress(StaleTurn, StorageUnavailable):
            await self._storage.save_turn(self.turn.released())
