"""Asking a backend: its events, one by one, saved or shown before it goes on."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import replace

from bot.classroom.endorsing import near, offered
from bot.core import answers
from bot.core.answers import Answer, AnswerEvent, AnswerEvents, Status, Usage, remarked
from bot.core.confirming import confirmed_in
from bot.core.errors import (
    BotError,
    GaveUp,
    OutcomeUnknown,
    SessionLost,
    StorageUnavailable,
    TransientError,
)
from bot.core.ports.adapter import Adapter
from bot.core.ports.backend import Backend
from bot.core.prompts import Prompt, as_remark, heard_in, spoken
from bot.core.quoting import speaker
from bot.core.summaries import SUM_UP
from bot.core.turns import State
from bot.rules.bill import parted
from bot.rules.calling import MOST_STEPS, below
from bot.work.bill import priced, with_cost
from bot.work.citing import preview_of
from bot.work.gates import fit_to_keep
from bot.work.holding import HeldTurn, Ports, courtesy
from bot.work.interrupting import Interruptible
from bot.work.prompting import Prompting
from bot.work.remembering import Remembering, is_summing, summing_prompt
from bot.work.replies import Reply
from bot.work.using import Using

_CHARS_HEARD = 500  # of a voice message, that are shown
_LAST_LOOK = 30.0  # seconds for a run that ended in time while nobody was there to see it


class TooManySteps(GaveUp):
    """I used tools over and over and came to no answer, so I stopped. Please ask in another way."""


class Attempt:
    """One attempt at getting a held turn answered."""

    def __init__(
        self, held: HeldTurn, ports: Ports, backend: Backend, adapter: Adapter, reply: Reply
    ) -> None:
        self.written = ""  # of the answer, as far as it may be shown
        self._draft = ""
        self._as_preview: Callable[[str], str] = str
        self._held = held
        self._ports = ports
        self._storage = ports.storage
        self._backend = backend
        self._adapter = adapter
        self._reply = reply
        self._remembering = Remembering(held, ports, backend)
        self._prompting = Prompting(ports, adapter, backend, self._remembering)
        self._using = Using(held, ports, adapter, self._say)
        self._saved_session: str | None = None
        self._prompt: Prompt | None = None
        self._remark = ""  # on files that the model was not shown
        self._shows_thoughts = False
        self._is_quiet = False  # nothing is shown, nor kept, of what is half written
        self._is_starting_run = False
        # An earlier attempt may have started a run whose id is not known.
        self._is_in_doubt = held.turn.is_submitted and held.turn.run is None
        self._deadline = 0.0  # by the clock of the event loop
        self.wait = Interruptible()

    async def ask(self) -> None:
        """Go on until the answer is saved. Raises Stopped, TookTooLong, or what went wrong."""
        async with AsyncExitStack() as hold:
            await self._wait_for_slot(hold)
            await self._ask()

    async def _wait_for_slot(self, hold: AsyncExitStack) -> None:
        """What commands do costs nothing, and a run that was begun goes on without us."""
        turn = self._held.turn
        is_summing = turn.message.key.is_sums
        if (turn.message.command and not is_summing) or turn.run:
            return
        person = SUM_UP if is_summing else turn.message.key.of_person(turn.message.author.id)
        if not self._ports.slots.is_free(person):
            await self.show_status(Status.QUEUED)
        async with self.wait.until(None):
            await hold.enter_async_context(self._ports.slots.taken(person))

    async def _ask(self) -> None:
        try:
            await self._converse()
        except SessionLost:
            self._held.log.warning("session_lost", session=self._held.turn.session)
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
                prompt = await self._made_prompt(hold)
            self._settle(prompt)
            self._deadline = asyncio.get_running_loop().time() + self._time_left()
            while self._held.turn.state is State.PENDING:
                await self._answer(await self._with_steps(prompt))

    async def _with_steps(self, prompt: Prompt) -> Prompt:
        """With all that was done for this turn until now, and what is still to be done of it."""
        if not self._held.turn.tool_steps:
            return prompt
        async with self.wait.until(self._deadline):
            made = await self._using.complete()
        turn = self._held.turn
        if turn.tool_steps > MOST_STEPS:
            raise TooManySteps
        return replace(
            prompt,
            tools=prompt.tools if turn.tool_steps < MOST_STEPS else (),
            steps=await self._using.steps(made),
            session=await self._storage.sessions.current(turn.conversation_id, self._backend.name),
            run=turn.run,
            is_submitted=turn.is_submitted,
        )

    async def _made_prompt(self, hold: AsyncExitStack) -> Prompt:
        if is_summing(self._held.turn.message):
            return await summing_prompt(self._held, self._ports, self._backend)
        chosen, turn = await self._held.chosen(), self._held.turn
        tools = await self._using.offered(chosen.assistant, turn.message)
        number = confirmed_in(turn.message.id)
        if number is not None and turn.prompt is None:
            output = await self._using.make_confirmed(number)
            self._held.note(replace(turn, prompt=f"{spoken(turn.message)}\n\n{output}"))
        prompt = await self._prompting.prompt(self._held.turn, chosen, hold)
        return replace(await self._taught(prompt), tools=tools)

    async def _taught(self, prompt: Prompt) -> Prompt:
        """As the course has it; what may have to be taken back is not shown while it is written."""
        self._held.exam, self._held.files = self._prompting.exam, prompt.files
        teaching = await self._held.teaching()
        if teaching is None:
            return prompt
        self._is_quiet = teaching.is_quiet
        is_live = prompt.is_live and not self._is_quiet
        self._held.offered = near(prompt.message, self._held.endorsed)
        words = filter(None, (teaching.words, offered(self._held.offered)))
        return replace(prompt, teaching="\n\n".join(words), is_live=is_live)

    async def _answer(self, prompt: Prompt) -> None:
        self._prompt = self._held.prompt = prompt
        self._is_starting_run, self._draft, self.written = False, "", ""
        async with aclosing(self._backend.answer(prompt)) as events:
            while True:
                event = await self._next(events)
                await self._take(event)
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
        self._remark = as_remark([*map(_as_heard, heard_in(prompt.words)), *prompt.left_out])
        self._as_preview = preview_of(prompt.assistant, prompt.material)
        self._shows_thoughts = prompt.assistant.thoughts == "show"
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

    async def _take(self, event: AnswerEvent) -> None:
        held = self._held
        match event:
            case answers.SessionOpened(session, cursor):
                held.note(held.turn.in_session(session))
                await self._save_session(cursor)
            case answers.RunIntended():
                await held.save(held.turn.submitting())
                self._is_starting_run = not self.wait.is_stopped
            case answers.RunStarted(run, cursor):
                self._is_starting_run = False
                await held.save(held.turn.running(run, held.now()))
                await self._save_session(cursor)
                held.log.info("run_started", run=run)
            case answers.StatusChanged(status, detail):
                await self.show_status(status, detail)
            case answers.TextDelta() if self._is_quiet:
                """Nothing is shown, and nothing kept should it be stopped."""
            case answers.TextDelta(text, is_anew):
                self._draft = text if is_anew else self._draft + text
                self.written = self._as_preview(self._draft)
                self._reply.preview(self.written)
            case answers.CallsMade():
                self._held.note(self._held.turn.changed(Status.USING_TOOL, self._held.now()))
                event = replace(event, usage=self._bill(event.usage, event.model))
                await self._using.note(event, self._backend.name)
                await self._save_session(event.cursor)
            case answers.Finished():
                await self._finish(event)

    async def _finish(self, event: answers.Finished) -> None:
        held, now = self._held, self._held.now()
        turn = held.turn.running(event.run, now) if event.run else held.turn
        answer = _with_remark(await fit_to_keep(held, self._ports, event.answer), self._remark)
        answer = replace(answer, usage=self._bill(answer.usage, answer.model))
        if turn.tool_steps:
            held.note(turn)
            usage = await self._using.spent(answer, self._backend.name)
            answer = replace(answer, usage=usage)
        asker = speaker(turn.message.author.name)
        answer = _with_remark(answer, below(await self._using.used(), asker))
        if not self._shows_thoughts:
            answer = replace(answer, thoughts="")
        if held.is_unclean:
            await self._storage.sessions.leave(turn.conversation_id)
        elif self._prompt is not None:
            answer = await self._remembering.settle(self._prompt, answer)
        answer = await with_cost(held, answer)
        await held.save(turn.answered(answer, now))
        held.log.info("answer_saved", run=turn.run, chars=len(answer.text))
        if not held.is_unclean:
            with suppress(StorageUnavailable):  # the next look then begins further back
                await self._save_session(event.cursor)

    async def _say(self, words: str) -> None:
        """What a tool does, in its own words."""
        with courtesy(self._held.log, "status_not_shown"):
            self._ports.shown.put(self._held.turn.id, Status.USING_TOOL)
            message = self._held.turn.message
            await self._adapter.show_status(message, Status.USING_TOOL, words)

    def _bill(self, usage: Usage | None, model: str | None) -> Usage | None:
        """What the run that has ended was made of, and cost."""
        if usage is None or self._prompt is None:
            return usage
        return priced(parted(self._prompt, usage), self._backend.name, model, self._ports)

    async def _save_session(self, cursor: str | None) -> None:
        turn = self._held.turn
        if turn.session and (cursor or turn.session != self._saved_session):
            kept = self._remembering.kept(turn.session, cursor)
            place = (turn.conversation_id, self._backend.name)
            await self._storage.sessions.save(*place, kept, self._held.now())
        self._saved_session = turn.session


def _with_remark(answer: Answer, left_out: str) -> Answer:
    """What the model was not shown, beside whatever else there is to remark."""
    remark = remarked(answer.remark, left_out)
    return replace(answer, text=remarked(answer.words, remark), remark=remark)


def _as_heard(words: str) -> str:
    """So that a mistake can be seen."""
    cut = words if len(words) <= _CHARS_HEARD else f"{words[:_CHARS_HEARD]}…"
    return f"I heard: “{cut}”"


async def _event(events: AnswerEvents) -> AnswerEvent:
    try:
        return await anext(events)
    except StopAsyncIteration:
        raise TransientError("the backend ended without an answer") from None
