"""The tools of a turn: each call an intent, a beginning and an end that are saved.

What one step wants done is done at once. After a crash, what was begun and not ended is done again
only where that is harmless; of the rest the model is told that it may have happened.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bot.core.answers import Answer, CallsMade, Usage
from bot.core.assignments import Assignment
from bot.core.assistants import Assistant
from bot.core.confirming import confirmed_in
from bot.core.errors import BotError, OutcomeUnknown
from bot.core.messages import Message
from bot.core.ports.adapter import Adapter
from bot.core.ports.backend import Backend
from bot.core.setting_values import parse_rules
from bot.core.text import clean
from bot.core.tool_settings import is_meant
from bot.core.tools import (
    Call,
    Decision,
    EndedCall,
    MadeCall,
    Output,
    Progress,
    Tool,
    ToolStep,
)
from bot.core.turns import Run
from bot.rules.access import permits
from bot.rules.calling import (
    IN_DOUBT,
    NOT_THERE,
    STOPPED,
    capped,
    reason_against,
    told,
    tool_of,
)
from bot.words import say
from bot.work.caller import Caller
from bot.work.holding import HeldTurn, Ports

_CHARS_KEPT = 4000
_COUNTS = [name for name in Usage.__slots__ if name != "cost"]


class Using:
    """What the turn that is held uses. `say` shows a line of what is being done."""

    def __init__(self, held: HeldTurn, ports: Ports, adapter: Adapter, say: Progress) -> None:
        self._held = held
        self._toolbox = ports.toolbox
        self._runs = ports.storage.runs
        self._calls = ports.storage.calls
        self._sessions = ports.storage.sessions
        self._adapter = adapter
        self._say = say
        self._caller = Caller(held, ports.toolbox, adapter, say)
        self._tools: Sequence[Tool] = ()

    async def offered(
        self, assistant: Assistant, message: Message, about: Assignment | None = None
    ) -> tuple[Tool, ...]:
        """What may be used for this message, by whoever asks; `about`: what she asks about."""
        if message.command:
            return ()
        offered = await self._toolbox.offered(assistant, message)
        self._caller.assistant = assistant.name
        self._caller.material = about.material if about else ()
        if about and about.tools:
            offered = [tool for tool in offered if is_meant(tool.name, about.tools)]
        self._tools = tuple([tool for tool in offered if await self._permits(tool, message)])
        return self._tools

    async def _permits(self, tool: Tool, message: Message) -> bool:
        rules = parse_rules(tool.may)
        return not rules or permits(await self._adapter.traits(message, rules), rules, ())

    async def note(self, made: CallsMade, backend: str) -> None:
        """A run has ended in calls: what it cost, and what it wants, and that it is a step."""
        turn = self._held.turn
        if made.run:
            self._held.note(turn.running(made.run, self._held.now()))
        run = self._run(backend, made.model, made.usage)
        await self._held.until_saved(lambda: self._runs.save(turn.id, run))
        intents = await self._intents(made.calls)
        await self._held.until_saved(lambda: self._intend(intents))
        await self.keep(made.hosted)
        await self._held.save(self._held.turn.stepped())
        self._held.log.info("calls_made", run=run.run, tools=[call.tool for call in made.calls])

    async def weighed(self, hosted: Sequence[EndedCall]) -> tuple[EndedCall, ...]:
        """What the server has done by itself; in one place it is charged for once."""
        places = [one.place for one in hosted if one.place]
        paid = {*await self._calls.known(self._held.turn, places)} if places else set()
        weighed = []
        for one in hosted:
            weighed.append(replace(one, is_charged=one.is_charged and one.place not in paid))
            paid |= {one.place} if one.place else set()
        return tuple(weighed)

    async def keep(self, hosted: Sequence[EndedCall]) -> None:
        """As calls are kept, so that their files go the same way."""
        if hosted:
            turn, now = self._held.turn, self._held.now()
            kept = [replace(one, output=_begun(one.output)) for one in hosted]
            await self._held.until_saved(lambda: self._calls.keep(turn, kept, now))

    async def _intents(self, calls: Sequence[Call]) -> list[tuple[Call, Decision | None]]:
        """Each with whether somebody has to be asked first."""
        turn, now = self._held.turn, self._held.now()
        made = [*await self.made()]
        for place, call in enumerate(calls, 1 + max((one.number for one in made), default=0)):
            step = turn.tool_steps
            made.append(MadeCall(number=place, turn_id=turn.id, step=step, call=call, made_at=now))
        return [(one.call, self._decision(one, made)) for one in made[-len(calls) :]]

    def _decision(self, made: MadeCall, others: Sequence[MadeCall]) -> Decision | None:
        tool = tool_of(made.call, self._tools)
        must_ask = tool is not None and tool.must_confirm
        return Decision.ASKED if must_ask and not self._against(made, others) else None

    def _against(self, made: MadeCall, others: Sequence[MadeCall]) -> str:
        return reason_against(made, self._tools, others)

    async def _intend(self, intents: Sequence[tuple[Call, Decision | None]]) -> None:
        await self._calls.intend(self._held.turn, intents, self._held.now())

    async def complete(self) -> Sequence[MadeCall]:
        """Make all calls of the turn that are not made; all at once, each within its limit."""
        made = await self.made()
        if waiting := [one for one in made if one.ended_at is None and one.decision is None]:
            await self._say(", ".join(dict.fromkeys(map(self._status, waiting))))
            making = (self._make(one, made) for one in waiting)
            failures = await asyncio.gather(*making, return_exceptions=True)
            for failure in filter(None, failures):
                raise failure
            made = await self.made()
        return made

    async def made(self) -> Sequence[MadeCall]:
        """The calls of the turn, those that are counted as its steps and wait for an output."""
        return [one for one in await self._counted() if not one.is_hosted]

    async def _counted(self) -> Sequence[MadeCall]:
        turn = self._held.turn
        calls = await self._calls.of(turn.id) if turn.tool_steps else ()
        return [one for one in calls if one.step < turn.tool_steps]

    async def used(self) -> Sequence[MadeCall]:
        """What the answer is told with: its own calls, and the one it was confirmed for."""
        number = confirmed_in(self._held.turn.message.id)
        found = await self._calls.find(number) if number is not None else None
        return [*await self._counted(), *([found[0]] if found else [])]

    async def end_open(self) -> Sequence[MadeCall]:
        """Nobody waits any more for the calls that are open: each has an output all the same."""
        for one in await self.made():
            if one.ended_at is None and one.decision is None:
                await self._end(one, Output(STOPPED, is_error=True))
        return await self.made()

    async def end_confirmed(self) -> None:
        """The same for what this message lets be made: no other one makes it."""
        number = confirmed_in(self._held.turn.message.id)
        found = await self._calls.find(number) if number is not None else None
        if found is not None and found[0].ended_at is None:
            await self._end(found[0], Output(STOPPED, is_error=True))

    async def steps(self, made: Sequence[MadeCall]) -> tuple[ToolStep, ...]:
        """As a backend is told them."""
        runs = await self._runs.of(self._held.turn.id)
        asker = (await self._held.veil.masked(self._held.turn)).speaker(self._held.turn.message)
        return tuple(
            _step(number, [one for one in made if one.step == number], runs, asker)
            for number in range(self._held.turn.tool_steps)
        )

    async def spent(self, answer: Answer, backend: str) -> Usage | None:
        """The last run is kept as well; returns the tokens of all runs of the turn."""
        turn = self._held.turn
        run = self._run(backend, answer.model, answer.usage)
        await self._held.until_saved(lambda: self._runs.save(turn.id, run))
        return _sum_of(await self._runs.of(turn.id))

    async def close(self, backend: Backend) -> None:
        """No run comes after the last calls. Where the server cannot be told, its session ends."""
        turn = self._held.turn
        last = (await self.steps(await self.end_open()))[-1]
        if turn.run not in {None, last.run}:  # the server has the outputs
            return
        try:
            if turn.is_submitted:
                raise OutcomeUnknown("the outputs may have been sent")
            await backend.close_calls(turn.session, last)
        except BotError as error:
            self._held.log.info("session_ended", error=type(error).__name__)
            await self._sessions.end(turn.conversation_id, self._held.now())

    def _run(self, backend: str, model: str | None, usage: Usage | None) -> Run:
        turn = self._held.turn
        return Run(
            step=turn.tool_steps,
            run=turn.run,
            session=turn.session,
            backend=backend,
            model=model,
            usage=usage,
        )

    async def make_confirmed(self, number: int) -> str:
        """Make the call that this message lets be made, once; what the model is told of it."""
        found = await self._calls.find(number)
        if found is None or found[0].decision is not Decision.CONFIRMED:
            return NOT_THERE
        if found[0].ended_at is None:
            await self._say(self._status(found[0]))
            await self._make(found[0], ())
        found = await self._calls.find(number) or found
        return told(found[0], (await self._held.veil.masked(self._held.turn)).speaker(found[1]))

    async def _make(self, made: MadeCall, others: Sequence[MadeCall]) -> None:
        tool = tool_of(made.call, self._tools)
        if made.begun_at is not None and not (tool and tool.is_repeatable):
            await self._end(made, Output(IN_DOUBT, is_error=True))
        elif (reason := self._against(made, others)) or tool is None:
            await self._end(made, Output(reason, is_error=True))
        else:
            await self._calls.begin(self._held.turn, made.number, self._held.now())
            output = await self._caller.output(made.call, tool)
            await self._end(made, capped(tool.name, output))

    async def _end(self, made: MadeCall, output: Output) -> None:
        now = self._held.now()
        await self._held.until_saved(lambda: self._calls.end(made.number, output, now))

    def _status(self, made: MadeCall) -> str:
        tool = tool_of(made.call, self._tools)
        if tool and tool.status:
            return say(tool.status)
        return say("using {tool}", tool=made.call.tool.replace("_", " "))


def _begun(output: Output) -> Output:
    """As much as somebody who looks at it reads; no run does."""
    return replace(output, text=clean(output.text)[:_CHARS_KEPT])


def _step(number: int, made: Sequence[MadeCall], runs: Sequence[Run], asker: str) -> ToolStep:
    """One run may go on after its calls: then only its last step is kept."""
    run = next((one for one in runs if one.step >= number), None)
    return ToolStep(
        calls=tuple(one.call for one in made),
        outputs=tuple(told(one, asker) for one in made),
        run=run.run if run else None,
        session=run.session if run else None,
    )


def _sum_of(runs: Sequence[Run]) -> Usage | None:
    """What several runs used together, as far as their server said."""
    said = [run.usage for run in runs if run.usage]
    if not said:
        return None
    counts = {name: sum(getattr(one, name) for one in said) for name in _COUNTS}
    costs = [one.cost for one in said if one.cost is not None]
    return Usage(**counts, cost=sum(costs) if len(costs) == len(runs) else None)
