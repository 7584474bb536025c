"""Servers that still speak the Assistants API: assistant, thread, message, run, poll, list.

At OpenAI that API was switched off on 2026-08-26. Messages and runs carry the turn's number in
their metadata: that is how they are found again when a connection broke.
"""

import asyncio
import json
from collections.abc import Sequence
from typing import Any, Protocol

from openai import AsyncOpenAI, omit
from openai.types.beta import Assistant as RemoteAssistant
from openai.types.beta import Thread
from openai.types.beta.threads import Message as RemoteMessage
from openai.types.beta.threads import Run

from bot.answers import (
    Answer,
    AnswerEvents,
    Finished,
    RunIntended,
    RunStarted,
    SessionOpened,
    Status,
    StatusChanged,
    Usage,
)
from bot.assistants import Assistant
from bot.backends.history import as_messages, history_remainder, newest_within
from bot.backends.openai_errors import expect, openai_errors
from bot.backends.polling import Pace
from bot.backends.response_parts import CUT_OFF, NO_ANSWER
from bot.errors import BackendRefused, BotError, OutcomeUnknown, RunLost, SessionLost
from bot.ports import Prompt
from bot.turns import Session

_MAY_PASS = {"server_error", "rate_limit_exceeded"}
_NO_TOOL = json.dumps({"error": "this tool is not available here"})


class Memory(Protocol):
    """Where the ids of assistants made on the server are kept."""

    async def remember(self, name: str, value: str) -> None: ...

    async def recall(self, name: str) -> str | None: ...


class AssistantsBackend:
    name = "assistants"

    def __init__(
        self, client: AsyncOpenAI, model: str, memory: Memory, pace: Pace | None = None
    ) -> None:
        self._client = client
        self._threads = client.beta.threads
        self._model = model
        self._memory = memory
        self._pace = pace or Pace()
        self._assistants: dict[str, str] = {}  # settings -> id, checked since the start

    async def answer(self, prompt: Prompt) -> AnswerEvents:
        session = prompt.session
        if session is None:
            session = Session(await self._open(prompt))
            yield SessionOpened(session.id)
        run, question = prompt.run, session.cursor
        if run is None:
            assistant = await self._assistant_id(prompt.assistant)
            if prompt.is_submitted:
                run, question = await self._look(session.id, prompt)
            else:
                yield RunIntended()
                question = None
            question = question or await self._add_message(session.id, prompt)
            run = run or await self._create_run(session.id, assistant, prompt)
            yield RunStarted(run, question)
        status = None
        for wait in self._pace.waits():
            ended = await self._look_at(session.id, run)
            if ended.status != status and (told := _STATUSES.get(ended.status)):
                status = ended.status
                yield StatusChanged(told)
            if ended.status not in _RUNNING:
                break
            await asyncio.sleep(wait)
        yield await self._finish(session.id, ended, question, prompt)

    async def cancel(self, session: str | None, run: str) -> None:
        try:
            with openai_errors(missing=RunLost):
                await self._threads.runs.cancel(run, thread_id=str(session))
        except (RunLost, BackendRefused):
            return  # it has ended already

    async def forget(self, session: str, runs: Sequence[str]) -> None:
        try:
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

    async def _assistant_id(self, assistant: Assistant) -> str:
        """The server's id for this assistant; made there, or brought up to date, when needed."""
        settings: dict[str, Any] = {
            "name": assistant.name,
            "instructions": assistant.instructions,
            "model": assistant.model or self._model,
            **assistant.sampling(),
        }
        written = json.dumps(settings, sort_keys=True)
        if written not in self._assistants:
            memo = f"assistant {assistant.name} at {self._client.base_url}"
            self._assistants[written] = await self._ensure(settings, memo)
        return self._assistants[written]

    async def _ensure(self, settings: dict[str, Any], memo: str) -> str:
        known = await self._memory.recall(memo)
        try:
            if known:
                with openai_errors(missing=SessionLost):
                    await self._client.beta.assistants.update(known, **settings)
                return known
        except SessionLost:
            pass  # deleted there: make it anew
        with openai_errors():
            made = expect(await self._client.beta.assistants.create(**settings), RemoteAssistant)
        await self._memory.remember(memo, made.id)
        return made.id

    async def _look(self, thread: str, prompt: Prompt) -> tuple[str | None, str | None]:
        """The run and the message of this turn, as far as they were made before."""
        try:
            with openai_errors(missing=SessionLost):
                runs = await self._threads.runs.list(thread, limit=100)
                messages = await self._threads.messages.list(thread, limit=100)
        except SessionLost:
            raise
        except BotError as error:
            raise OutcomeUnknown(f"could not look: {error}") from error
        return _of_turn(runs.data, prompt), _of_turn(messages.data, prompt)

    async def _add_message(self, thread: str, prompt: Prompt) -> str:
        with openai_errors(missing=SessionLost):
            added = await self._client.with_options(max_retries=0).beta.threads.messages.create(
                thread, role="user", content=prompt.message.text, metadata=_metadata(prompt)
            )
        return expect(added, RemoteMessage).id

    async def _create_run(self, thread: str, assistant: str, prompt: Prompt) -> str:
        client = self._client.with_options(max_retries=0)
        limit: dict[str, Any] = {}
        if prompt.assistant.max_output_tokens:
            limit["max_completion_tokens"] = prompt.assistant.max_output_tokens
        with openai_errors(missing=SessionLost):
            created = await client.beta.threads.runs.create(
                thread, assistant_id=assistant, metadata=_metadata(prompt), **limit
            )
        return expect(created, Run).id

    async def _look_at(self, thread: str, run: str) -> Run:
        with openai_errors(missing=RunLost):
            found = expect(await self._threads.runs.retrieve(run, thread_id=thread), Run)
            if found.status == "requires_action" and found.required_action:
                calls = found.required_action.submit_tool_outputs.tool_calls
                found = await self._threads.runs.submit_tool_outputs(
                    run,
                    thread_id=thread,
                    tool_outputs=[{"tool_call_id": call.id, "output": _NO_TOOL} for call in calls],
                )
        return found

    async def _finish(
        self, thread: str, run: Run, question: str | None, prompt: Prompt
    ) -> Finished:
        if run.status not in {"completed", "incomplete"}:
            raise _failure(run)
        messages = await self._messages_of(thread, run.id, question)
        text = "\n\n".join(filter(None, map(_text_of, messages))).strip()
        if run.status == "incomplete":
            text = f"{text}\n\n{CUT_OFF}".strip()
        if not text:
            raise BackendRefused(f"run {run.id} is {run.status} without text", notice=NO_ANSWER)
        answer = Answer(text, model=run.model, usage=_usage(run, prompt))
        return Finished(answer, cursor=messages[-1].id if messages else None)

    async def _messages_of(
        self, thread: str, run: str, question: str | None
    ) -> list[RemoteMessage]:
        """The run's messages, the oldest first. Not every server honours order or `after`."""
        with openai_errors(missing=SessionLost):
            listed = self._threads.messages.list(
                thread, order="asc", limit=100, after=question or omit
            )
            messages = [message async for message in listed]
        ours = [m for m in messages if m.run_id == run and m.role == "assistant"]
        return sorted(ours, key=lambda message: message.created_at)


_RUNNING = {"queued", "in_progress", "requires_action", "cancelling"}
_STATUSES = {
    "queued": Status.QUEUED,
    "in_progress": Status.THINKING,
    "requires_action": Status.USING_TOOL,
}


def _metadata(prompt: Prompt) -> dict[str, str]:
    return {"turn": str(prompt.turn_id)}


def _of_turn(objects: Sequence[Any], prompt: Prompt) -> str | None:
    """The id of the object that carries this turn's metadata, under either of its names."""
    for found in objects:
        extra = found.model_extra or {}
        if (found.metadata or extra.get("metadata_") or {}) == _metadata(prompt):
            return str(found.id)
    return None


def _text_of(message: RemoteMessage) -> str:
    blocks: list[Any] = list(message.content)
    return "".join(block.text.value for block in blocks if block.type == "text")


def _failure(run: Run) -> BotError:
    code, words = (run.last_error.code, run.last_error.message) if run.last_error else ("", "")
    detail = f"run {run.id} {run.status}: {code} {words}"
    if run.status == "expired" or code in _MAY_PASS:
        return RunLost(detail)
    if run.status == "cancelled":
        return BackendRefused(detail, notice="The run was cancelled on the model's server.")
    return BackendRefused(detail)


def _usage(run: Run, prompt: Prompt) -> Usage | None:
    if run.usage is None:
        return None
    history = history_remainder(prompt, run.usage.prompt_tokens)
    return Usage(
        input_tokens=run.usage.prompt_tokens,
        history_tokens=history,
        output_tokens=run.usage.completion_tokens,
    )
