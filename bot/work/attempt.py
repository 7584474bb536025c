"""Asking a backend: its events, one by one, saved or shown before it goes on."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing, suppress
from dataclasses import replace

from bot.core import answers
from bot.core.answers import AnswerEvent, AnswerEvents, Status
from bot.core.assistants import Assistant
from bot.core.errors import (
    BotError,
    GaveUp,
    OutcomeUnknown,
    SessionLost,
    StorageUnavailable,
    TransientError,
)
from bot.core.ports.adapter import Adapter, Reads
from bot.core.ports.backend import Backend
from bot.core.prompts import Exchange, File, Prompt, spoken
from bot.core.text import clean
from bot.core.turns import Session, State
from bot.work.holding import HeldTurn, Ports
from bot.work.replies import Reply, courtesy

NO_WORDS = "*(The answer had no words.)*"
_EXCHANGES = 100  # of history looked at; the backend keeps what fits its budget
_LAST_LOOK = 30.0  # seconds for a run that ended in time while nobody was there to see it


class Stopped(BotError):
    """The person said stop."""


class TookTooLong(GaveUp):
    """The model did not come to an end in time, so I stopped it. Please ask again."""


class Attempt:
    """One attempt at getting a held turn answered."""

    def __init__(
        self, held: HeldTurn, ports: Ports, backend: Backend, adapter: Adapter, reply: Reply
    ) -> None:
        self.written = ""
        self._held = held
        self._ports = ports
        self._storage = ports.storage
        self._backend = backend
        self._adapter = adapter
        self._reply = reply
        self._saved_session: str | None = None
        self._is_starting_run = False
        # An earlier attempt may have started a run whose id is not known.
        self._is_in_doubt = held.turn.is_submitted and held.turn.run is None
        self._deadline = 0.0  # by the clock of the event loop
        self._waiting: asyncio.Timeout | None = None
        self.is_stopped = False

    async def ask(self) -> None:
        """Go on until the answer is saved. Raises Stopped, TookTooLong, or what went wrong."""
        try:
            await self._converse()
        except SessionLost:
            self._held.log.warning("session_lost", session=self._held.turn.session)
            await self._storage.end_session(self._held.turn.conversation_id, self._held.now())
            self._held.turn = self._held.turn.without_run()
            try:
                await self._converse()
            except SessionLost as again:
                raise TransientError(str(again)) from again

    def stop(self) -> None:
        """Ask no further: at once where we only wait, else after the step that is being taken."""
        self.is_stopped = True
        if self._waiting is not None and not self._waiting.expired():
            self._waiting.reschedule(0.0)

    def certainly_started_nothing(self, error: BotError) -> bool:
        """Whether a run that was about to be started did not begin."""
        is_open = self._is_in_doubt or isinstance(error, OutcomeUnknown)
        return self._is_starting_run and not is_open

    async def cancel_run(self) -> None:
        turn = self._held.turn
        if turn.run is None:
            return
        try:
            await self._backend.cancel(turn.session, turn.run)
        except BotError as error:
            self._held.log.warning("run_not_cancelled", run=turn.run, error=type(error).__name__)

    async def show_status(self, status: Status, detail: str = "") -> None:
        self._held.turn = self._held.turn.changed(status, self._held.now())
        if self._held.turn.run:
            await self._held.save(self._held.turn)
        with courtesy(self._held.log, "status_not_shown"):
            await self._adapter.show_status(self._held.turn.message, status, detail)

    async def _converse(self) -> None:
        prompt = await self._make_prompt()
        self._held.turn = self._held.turn.asked(prompt.assistant.name, self._backend.name)
        self._deadline = asyncio.get_running_loop().time() + self._time_left()
        self._is_starting_run, self.written = False, ""
        async with aclosing(self._backend.answer(prompt)) as events:
            while self._held.turn.state is State.PENDING:
                await self._take(await self._next(events))

    def _time_left(self) -> float:
        """Seconds this run may still take, wherever it was begun."""
        now, deadline = self._held.now(), self._ports.deadline
        return max(deadline - (now - (self._held.turn.run_at or now)), min(deadline, _LAST_LOOK))

    async def _make_prompt(self) -> Prompt:
        await self._settle_words()
        turn, message = self._held.turn, self._held.turn.message
        session = await self._storage.session(turn.conversation_id, self._backend.name)
        if session:
            self._held.turn = turn.in_session(session.id)
            self._saved_session = session.id
        return Prompt(
            turn_id=turn.id,
            conversation_id=turn.conversation_id,
            message=message,
            words=turn.prompt or message.text,
            files=await self._fetch_files(),
            assistant=await self._choose_assistant(),
            recall=self._recall,
            session=session,
            is_submitted=turn.is_submitted,
            run=turn.run,
            run_at=turn.run_at,
            is_live=self._adapter.limits(message).edit_interval is not None,
        )

    async def _settle_words(self) -> None:
        """What the model is told where several people talk, settled at the first attempt."""
        turn = self._held.turn
        if turn.prompt is not None or turn.message.command or not turn.message.is_shared:
            return
        before = await self._storage.kind_before(turn.conversation_id, turn.id)
        earlier = ""
        if before is None and isinstance(self._adapter, Reads):
            earlier = await self._adapter.earlier(turn.message)
        self._held.turn = turn.prompted(spoken(turn.message, earlier))

    async def _fetch_files(self) -> tuple[File, ...]:
        message, files = self._held.turn.message, []
        if not isinstance(self._adapter, Reads):
            return ()
        for attachment in message.attachments:
            data = await self._adapter.fetch(message, attachment)
            files.append(File(attachment.name, attachment.mime, data))
        return tuple(files)

    async def _choose_assistant(self) -> Assistant:
        scopes = self._held.turn.message.key.scopes()
        chosen = await self._storage.bindings(scopes, "assistant")
        return self._ports.assistants.current().closest(scopes, chosen)

    async def _recall(self) -> Sequence[Exchange]:
        return await self._storage.history(self._held.turn, _EXCHANGES)

    async def _next(self, events: AnswerEvents) -> AnswerEvent:
        """The backend's next event, unless a stop or the deadline ends the wait.

        While a run is being started they do not: its id must be known before it can be cancelled.
        """
        if self._is_starting_run:
            return await _event(events)
        if self.is_stopped:
            raise Stopped
        try:
            async with asyncio.timeout_at(self._deadline) as waiting:
                self._waiting = waiting
                return await _event(events)
        except TimeoutError:
            if not waiting.expired():
                raise
            raise (Stopped() if self.is_stopped else TookTooLong()) from None
        finally:
            self._waiting = None

    async def _take(self, event: AnswerEvent) -> None:
        held = self._held
        match event:
            case answers.SessionOpened(session, cursor):
                held.turn = held.turn.in_session(session)
                await self._save_session(cursor)
            case answers.RunIntended():
                await held.save(held.turn.submitting())
                self._is_starting_run = not self.is_stopped
            case answers.RunStarted(run, cursor):
                self._is_starting_run = False
                await held.save(held.turn.running(run, held.now()))
                await self._save_session(cursor)
                held.log.info("run_started", run=run)
            case answers.StatusChanged(status, detail):
                await self.show_status(status, detail)
            case answers.TextDelta(text):
                self.written += text
                self._reply.preview(self.written)
            case answers.Finished():
                await self._finish(event)

    async def _finish(self, event: answers.Finished) -> None:
        held, now = self._held, self._held.now()
        turn = held.turn.running(event.run, now) if event.run else held.turn
        # A model may write what no database, and no terminal, should be given.
        answer = replace(event.answer, text=clean(event.answer.text).strip() or NO_WORDS)
        await held.save(turn.answered(answer, now))
        held.log.info("answer_saved", run=turn.run, chars=len(event.answer.text))
        with suppress(StorageUnavailable):  # the next look then begins further back
            await self._save_session(event.cursor)

    async def _save_session(self, cursor: str | None) -> None:
        turn = self._held.turn
        if turn.session and (cursor or turn.session != self._saved_session):
            place, kept = (turn.conversation_id, self._backend.name), Session(turn.session, cursor)
            await self._storage.save_session(*place, kept, self._held.now())
        self._saved_session = turn.session


async def _event(events: AnswerEvents) -> AnswerEvent:
    try:
        return await anext(events)
    except StopAsyncIteration:
        raise TransientError("the backend ended without an answer") from None
