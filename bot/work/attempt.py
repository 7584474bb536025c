"""Asking a backend: its events, one by one, saved or shown before it goes on."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from functools import partial

from bot.core import answers
from bot.core.answers import AnswerEvent, AnswerEvents, Status
from bot.core.errors import (
    BotError,
    OutcomeUnknown,
    SessionLost,
    StoreLost,
    TransientError,
)
from bot.core.ports.adapter import Adapter
from bot.core.ports.backend import Backend
from bot.core.prompts import Prompt
from bot.core.summaries import SUM_UP
from bot.core.turns import State
from bot.work.citing import preview_of
from bot.work.concluding import Concluding
from bot.work.held_prompt import HeldPrompt
from bot.work.holding import HeldTurn, Ports, courtesy
from bot.work.interrupting import Interruptible
from bot.work.remembering import Remembering
from bot.work.replies import Reply
from bot.work.using import Using

_LAST_LOOK = 30.0  # seconds for a run that ended in time while nobody was there to see it


class Attempt:
    """One attempt at getting a held turn answered."""

    def __init__(
        self, held: HeldTurn, ports: Ports, backend: Backend, adapter: Adapter, reply: Reply
    ) -> None:
        self.written = ""  # of the answer, as far as it may be shown
        self._draft = ""
        self._as_preview: Callable[[str], str] = str
        self._is_plain = False  # nothing is shown that changes
        self._held = held
        self._ports = ports
        self._storage = ports.storage
        self._backend = backend
        self._adapter = adapter
        self._reply = reply
        self._remembering = Remembering(held, ports, backend)
        self._using = Using(held, ports, adapter, partial(_say, held, ports, adapter))
        self._prompt = HeldPrompt(held, ports, adapter, backend, self._remembering, self._using)
        self._concluding = Concluding(held, ports, backend.name, self._remembering, self._using)
        self._saved_session: str | None = None
        self._is_starting_run = False
        # An earlier attempt may have started a run whose id is not known.
        self._is_in_doubt = held.turn.is_submitted and held.turn.run is None
        self._slot = AsyncExitStack()  # of the model, while it is asked
        self._deadline = 0.0  # by the clock of the event loop
        self.wait = Interruptible()

    async def ask(self) -> None:
        """Go on until the answer is saved. Raises Stopped, TookTooLong, or what went wrong."""
        async with self._slot:
            await self._wait_for_slot()
            try:
                await self._ask()
            finally:
                self._held.prompt = None  # it can recall by the turn that would hold it

    async def _wait_for_slot(self) -> None:
        """What commands do costs nothing, and a run that was begun goes on without us."""
        turn = self._held.turn
        is_summing = turn.message.key.is_sums
        if (turn.message.command and not is_summing) or turn.run:
            return
        person = SUM_UP if is_summing else turn.message.key.of_person(turn.message.author.id)
        if not self._ports.slots.is_free(person):
            await self.show_status(Status.QUEUED)
        async with self.wait.until(None):
            await self._slot.enter_async_context(self._ports.slots.taken(person))

    async def _ask(self) -> None:
        try:
            await self._converse()
        except SessionLost as lost:
            self._held.log.warning("session_lost", session=self._held.turn.session)
            if isinstance(lost, StoreLost):
                await self._storage.loans.doubt()
            await self._storage.sessions.end(self._held.turn.conversation_id, self._held.now())
            self._held.note(self._held.turn.without_run())
            try:
                await self._converse()
            except SessionLost as again:
                raise TransientError(str(again)) from again

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
        self._held.note(self._held.turn.changed(status, self._held.now()))
        self._ports.shown.put(self._held.turn.id, status)
        with courtesy(self._held.log, "status_not_shown"):
            await self._adapter.show_status(self._held.turn.message, status, detail)

    async def _converse(self) -> None:
        async with AsyncExitStack() as hold:
            async with self.wait.until(None):
                prompt = await self._prompt.first(hold)
            self._is_plain = await self._held.scene.is_plain()
            self._settle(prompt)
            self._deadline = asyncio.get_running_loop().time() + self._time_left()
            while self._held.turn.state is State.PENDING:
                await self._answer(await self._with_steps(prompt))

    async def _with_steps(self, prompt: Prompt) -> Prompt:
        """What is still to be done of its calls is done before a turn goes on; others ask then."""
        if not self._held.turn.tool_steps:
            return prompt
        await self._slot.aclose()
        async with self.wait.until(self._deadline):
            made = await self._using.complete()
        now = asyncio.get_running_loop().time
        begun = now()
        await self._wait_for_slot()
        self._deadline += now() - begun
        return await self._prompt.after(made, prompt)

    async def _answer(self, prompt: Prompt) -> None:
        self._held.prompt = prompt
        self._is_starting_run, self._draft, self.written = False, "", ""
        async with aclosing(self._backend.answer(prompt)) as events:
            while True:
                event = await self._next(events)
                await self._take(event, prompt)
                if isinstance(event, answers.Finished | answers.CallsMade):
                    return

    async def close_calls(self) -> None:
        """Nothing is asked any more: what was to be called has an output all the same."""
        await self._using.end_confirmed()
        if self._held.turn.tool_steps:
            await self._using.close(self._backend)

    def _settle(self, prompt: Prompt) -> None:
        """Keep with the turn what a later attempt, or whoever looks at it, has to know."""
        turn = self._held.turn.prompted(prompt.words, prompt.message.attachments)
        self._as_preview = preview_of(prompt.assistant, prompt.material)
        if prompt.session:
            turn = turn.in_session(prompt.session.id)
            self._saved_session = prompt.session.id
        self._held.note(turn.asked(prompt.assistant.name, self._backend.name, prompt.under))

    def _time_left(self) -> float:
        """Seconds this run may still take, wherever it was begun."""
        now, deadline = self._held.now(), self._ports.deadline
        return max(deadline - (now - (self._held.turn.run_at or now)), min(deadline, _LAST_LOOK))

    async def _next(self, events: AnswerEvents) -> AnswerEvent:
        """The backend's next event, unless a stop or the deadline ends the wait.

        While a run is being started they do not: its id must be known before it can be cancelled.
        """
        if self._is_starting_run:
            return await _event(events)
        async with self.wait.until(self._deadline):
            return await _event(events)

    async def _take(self, event: AnswerEvent, prompt: Prompt) -> None:
        held = self._held
        match event:
            case answers.SessionOpened(session, cursor):
                held.note(held.turn.in_session(session))
                self._note_session(cursor)
            case answers.RunIntended():
                await held.save(held.turn.submitting())
                self._is_starting_run = not self.wait.is_stopped
            case answers.RunStarted(run, cursor):
                self._is_starting_run = False
                self._note_session(cursor)
                await held.save(held.turn.running(run, held.now()))
                held.log.info("run_started", run=run)
            case answers.StatusChanged(status, detail):
                await self.show_status(status, detail)
            case answers.TextDelta() if self._prompt.is_quiet:
                """Nothing is shown, and nothing kept should it be stopped."""
            case answers.TextDelta(text, is_anew):
                self._draft = text if is_anew else self._draft + text
                self.written = self._as_preview(self._draft)
                if not self._is_plain:
                    self._reply.preview(self._held.veil.mask.revealed(self.written))
            case answers.CallsMade():
                held.note(held.turn.changed(Status.USING_TOOL, held.now()))
                event = replace(event, hosted=await self._using.weighed(event.hosted))
                usage = self._concluding.bill(prompt, event)
                self._note_session(event.cursor)
                await self._using.note(replace(event, usage=usage), self._backend.name)
            case answers.Finished():
                await self._finish(event, prompt)

    async def _finish(self, event: answers.Finished, prompt: Prompt) -> None:
        held, now = self._held, self._held.now()
        turn = held.turn.running(event.run, now) if event.run else held.turn
        said = event.answer
        if said.hosted:
            said = replace(said, hosted=await self._using.weighed(said.hosted))
            await self._using.keep(said.hosted)
            turn = turn.stepped()
        answer = await self._concluding.answer(turn, said, prompt)
        if not held.is_unclean:
            self._note_session(event.cursor)
        if answer.text and not turn.message.key.is_sums:
            self._reply.intend()
        await held.save(turn.answered(answer, now))
        held.log.info("answer_saved", run=turn.run, chars=len(answer.text))

    def _note_session(self, cursor: str | None) -> None:
        """The next step takes it along."""
        turn, along = self._held.turn, self._held.along
        if turn.session and (cursor or turn.session != self._saved_session):
            along.session = self._remembering.kept(turn.session, cursor)
            along.at = self._held.now()
        self._saved_session = turn.session


async def _say(held: HeldTurn, ports: Ports, adapter: Adapter, words: str) -> None:
    """What a tool does, in its own words."""
    with courtesy(held.log, "status_not_shown"):
        ports.shown.put(held.turn.id, Status.USING_TOOL)
        await adapter.show_status(held.turn.message, Status.USING_TOOL, words)


async def _event(events: AnswerEvents) -> AnswerEvent:
    try:
        return await anext(events)
    except StopAsyncIteration:
        raise TransientError("the backend ended without an answer") from None
