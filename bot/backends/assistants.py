"""Servers that still speak the Assistants API: assistant, thread, message, run, poll, list.

At OpenAI that API was switched off on 2026-08-26. Messages and runs carry the turn's number in
their metadata: that is how they are found again when a connection broke.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from openai import AsyncOpenAI, omit
from openai.types.beta import Thread
from openai.types.beta.threads import Message as RemoteMessage
from openai.types.beta.threads import Run

from bot.backends.assistants_parts import answer_of, failure, metadata, of_turn, usage
from bot.backends.assistants_remote import RemoteAssistants
from bot.backends.calls import as_chat_tools, in_words
from bot.backends.history import as_messages
from bot.backends.hosted import at_work
from bot.backends.openai_errors import expect, openai_errors
from bot.backends.polling import PollPace
from bot.backends.reading import NO_ANSWER
from bot.backends.response_parts import ENDED
from bot.backends.thread_programs import ThreadPrograms, own_tools
from bot.core.answers import (
    AnswerEvents,
    CallsMade,
    Finished,
    RunIntended,
    RunStarted,
    SessionOpened,
    Status,
    StatusChanged,
)
from bot.core.assistants import Assistant
from bot.core.errors import (
    BackendRefused,
    BackendUnavailable,
    BotError,
    OutcomeUnknown,
    RunLost,
    SessionLost,
)
from bot.core.ports.memory import Memory
from bot.core.prompts import Prompt, with_texts
from bot.core.tools import Call, ToolStep
from bot.core.turns import Session
from bot.rules.history import newest_within

_PAGE = 100
_STATUSES = {
    "queued": Status.QUEUED,
    "in_progress": Status.THINKING,
    "requires_action": Status.USING_TOOL,
}


class AssistantsBackend:
    name = "assistants"
    reads_only_text = True

    def __init__(
        self, client: AsyncOpenAI, model: str, memory: Memory, pace: PollPace | None = None
    ) -> None:
        self._client = client
        self._threads = client.beta.threads
        # For what must not be repeated: the library would, after a broken connection.
        self._once = client.with_options(max_retries=0).beta.threads
        self._assistants = RemoteAssistants(client, model, memory)
        self._programs = ThreadPrograms(client)
        self._pace = pace or PollPace()

    async def answer(self, prompt: Prompt) -> AnswerEvents:
        session = prompt.session
        if session is None:
            session = Session(await self._open(prompt))
            yield SessionOpened(session.id)
        run_id, question = prompt.run, session.cursor
        if run_id is None:
            if not prompt.is_submitted:
                yield RunIntended()
            run_id, question = await self._submit(session.id, prompt)
            yield RunStarted(run_id, question)
        shown = None
        for wait in self._pace.waits():
            run = await self._retrieve(session.id, run_id)
            if (told := await self._status(run, prompt)) and told != shown:
                yield told
                shown = told
            if run.status in ENDED:
                break
            if made := await self._go_on(run, prompt):
                yield made
                return
            await asyncio.sleep(wait)
        yield await self._finish(run, session, question, prompt)

    def room(self, assistant: Assistant) -> int:
        return assistant.history_tokens

    async def cancel(self, session: str | None, run: str) -> None:
        try:
            with openai_errors(missing=RunLost):
                await self._threads.runs.cancel(run, thread_id=str(session))
        except (RunLost, BackendRefused):
            return  # it has ended already

    async def close_calls(self, session: str | None, step: ToolStep) -> None:
        """A run that waits for outputs lets nothing else into its thread."""
        await self.cancel(session, str(step.run))

    async def forget(self, session: str, runs: Sequence[str]) -> None:
        try:
            await self._programs.forget(session, runs)
            with openai_errors(missing=SessionLost):
                await self._threads.delete(session)
        except SessionLost:
            return

    async def check(self) -> str:
        with openai_errors():
            thread = expect(await self._threads.create(), Thread)
            await self._threads.delete(thread.id)
        return f"{self._client.base_url} speaks the Assistants API"

    async def close(self) -> None:
        await self._client.close()

    async def _open(self, prompt: Prompt) -> str:
        history = newest_within(await prompt.recall(), prompt.assistant.history_tokens)
        seeds: Any = as_messages(history)
        with openai_errors():
            return expect(await self._threads.create(messages=seeds), Thread).id

    async def _submit(self, thread: str, prompt: Prompt) -> tuple[str, str]:
        """The ids of this turn's run and message; what was made before is not made again."""
        assistant = await self._assistants.id_of(prompt.assistant)
        run = question = None
        if prompt.is_submitted:
            run, question = await self._look(thread, prompt)
        question = question or await self._add_message(thread, prompt)
        return run or await self._create_run(thread, assistant, prompt), question

    async def _look(self, thread: str, prompt: Prompt) -> tuple[str | None, str | None]:
        """The run and the message of this turn, as far as they were made before."""
        runs, messages = self._threads.runs, self._threads.messages
        try:
            with openai_errors(missing=SessionLost):
                return (
                    await of_turn(runs.list(thread, order="desc", limit=_PAGE), prompt),
                    await of_turn(messages.list(thread, order="desc", limit=_PAGE), prompt),
                )
        except SessionLost:
            raise
        except BotError as error:
            raise OutcomeUnknown(f"could not look: {error}") from error

    async def _add_message(self, thread: str, prompt: Prompt) -> str:
        given: Any = await self._programs.given(prompt)
        with openai_errors(missing=SessionLost):
            added = await self._once.messages.create(
                thread,
                role="user",
                content=with_texts(prompt),
                attachments=given or omit,
                metadata=metadata(prompt),
            )
        return expect(added, RemoteMessage).id

    async def _create_run(self, thread: str, assistant: str, prompt: Prompt) -> str:
        limit = prompt.assistant.max_output_tokens
        tools: Any = [*as_chat_tools(prompt.tools), *own_tools(prompt)]
        done: Any = [{"role": "user", "content": in_words(prompt.steps)}] if prompt.steps else None
        try:
            with openai_errors(missing=SessionLost):
                created = await self._once.runs.create(
                    thread,
                    assistant_id=assistant,
                    metadata=metadata(prompt),
                    additional_instructions=prompt.situation or omit,
                    max_completion_tokens=limit or omit,
                    tools=tools or omit,
                    tool_choice="required" if prompt.must_call else omit,
                    additional_messages=done or omit,
                )
        except SessionLost as error:
            # The thread or the assistant: the next attempt looks which.
            self._assistants.doubt()
            raise OutcomeUnknown(str(error)) from error
        except BackendUnavailable as error:
            # There is no run, but there is the message, which must not be added once more.
            wait = error.retry_after
            raise OutcomeUnknown(str(error), notice=error.notice, retry_after=wait) from error
        return expect(created, Run).id

    async def _retrieve(self, thread: str, run: str) -> Run:
        with openai_errors(missing=RunLost):
            return expect(await self._threads.runs.retrieve(run, thread_id=thread), Run)

    async def _status(self, run: Run, prompt: Prompt) -> StatusChanged | None:
        if run.status == "in_progress" and own_tools(prompt):
            items = await self._programs.items(run.thread_id, run.id)
            if words := at_work(items):
                return StatusChanged(Status.USING_TOOL, words)
        told = _STATUSES.get(run.status)
        return StatusChanged(told) if told else None

    async def _go_on(self, run: Run, prompt: Prompt) -> CallsMade | None:
        """Give a run that waits for outputs those that it waits for; returns the calls if new."""
        if run.status != "requires_action" or run.required_action is None:
            return None
        wanted = run.required_action.submit_tool_outputs.tool_calls
        made = [Call(call.id, call.function.name, call.function.arguments) for call in wanted]
        outputs = {
            call.id: output
            for step in prompt.steps
            if step.run == run.id
            for call, output in zip(step.calls, step.outputs, strict=True)
        }
        if any(call.id not in outputs for call in made):
            return CallsMade(tuple(made), run=run.id, model=run.model)
        # Refused: the run went on in the meantime, as the next look will show.
        with suppress(BackendRefused), openai_errors():
            await self._threads.runs.submit_tool_outputs(
                run.id,
                thread_id=run.thread_id,
                tool_outputs=[{"tool_call_id": c.id, "output": outputs[c.id]} for c in made],
            )
        return None

    async def _finish(
        self, run: Run, session: Session, question: str | None, prompt: Prompt
    ) -> Finished:
        if question and own_tools(prompt):
            await self._programs.clear(session.id, question)
        if run.status not in {"completed", "incomplete"}:
            raise failure(run)
        messages = await self._messages_of(session.id, run.id, question)
        answer = answer_of(run, messages, usage(run, session, prompt))
        if own_tools(prompt):
            answer = await self._programs.concluded(answer, run, messages, prompt)
        if not answer.text:
            raise BackendRefused(f"run {run.id} is {run.status} without text", notice=NO_ANSWER)
        return Finished(answer, cursor=messages[-1].id if messages else None)

    async def _messages_of(
        self, thread: str, run: str, question: str | None
    ) -> list[RemoteMessage]:
        """The run's messages, the oldest first. Not every server honours order or `after`."""
        with openai_errors(missing=SessionLost):
            listed = self._threads.messages.list(
                thread, order="asc", limit=_PAGE, after=question or omit
            )
            messages = [message async for message in listed]
        ours = [m for m in messages if m.run_id == run and m.role == "assistant"]
        return sorted(ours, key=lambda message: message.created_at)
