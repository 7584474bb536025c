"""OpenAI Conversations and background Responses: the history is there, each run can be polled."""

from collections.abc import Iterator, Sequence
from contextlib import aclosing, contextmanager, suppress
from dataclasses import replace
from typing import Any

import openai
from openai.types.conversations import Conversation

from bot.backends.calls import as_items, as_outputs
from bot.backends.clients import Client
from bot.backends.content import as_response_input
from bot.backends.conversations import Conversations
from bot.backends.failures import Unexplained, UnknownModel, Unwanted
from bot.backends.following import Following
from bot.backends.habits import Habits
from bot.backends.history import (
    history_remainder,
    room_of,
)
from bot.backends.hosted import tools_of
from bot.backends.models import check_model, naming_models
from bot.backends.openai_errors import expect, openai_errors
from bot.backends.polling import PollPace
from bot.backends.requests import tell
from bot.backends.response_parts import (
    called,
    finished,
    has_images,
    input_tokens_of,
    parts_of,
)
from bot.backends.response_stream import Watch, read
from bot.backends.workshop import Workshop
from bot.core.answers import AnswerEvents, CallsMade, Finished, RunIntended, SessionOpened
from bot.core.assistants import Assistant
from bot.core.errors import ContextTooLong, OutcomeUnknown, RunLost, SessionLost
from bot.core.prompts import Prompt
from bot.core.tools import ToolStep
from bot.core.turns import Session


class TooMuchHistory(ContextTooLong):
    """What a new conversation began with is more than this model can take at once."""


class ResponsesBackend:
    """One Conversation per conversation, one background Response per turn.

    A Response is created by one POST that is never repeated blindly: nothing makes that
    idempotent, and a repeated one is paid for twice.
    """

    name = "responses"
    reads_only_text = False

    def __init__(
        self,
        client: Client,
        model: str,
        pace: PollPace | None = None,
        habits: Habits | None = None,
    ) -> None:
        self._client = client
        # A Response is created by a request that is sent once: the library would repeat it after a
        # broken connection, and be paid twice.
        self._once = client.with_options(max_retries=0)
        self._model = model
        self._habits = habits or Habits(model)
        self._workshop = Workshop(client)
        self._conversations = Conversations(client, self._habits, self._workshop)
        self._following = Following(client, self._habits, pace or PollPace())

    async def answer(self, prompt: Prompt) -> AnswerEvents:
        """A new conversation that is too long for the model gives way to one that knows less."""
        async with self._habits.attempt(prompt):
            while True:
                try:
                    async with aclosing(self._converse(prompt)) as events:
                        async for event in events:
                            yield self._habits.told(event, prompt.turn_id)
                except TooMuchHistory:
                    await self._conversations.remember_less(prompt)
                    prompt = replace(prompt, session=None, run=None, is_submitted=False)
                else:
                    break

    def room(self, assistant: Assistant) -> int:
        return room_of(assistant, self._habits)

    async def cancel(self, session: str | None, run: str) -> None:
        try:
            # At OpenAI a second cancel is no error; elsewhere it is a conflict.
            with openai_errors(missing=RunLost), suppress(openai.ConflictError):
                await self._client.responses.cancel(run)
        except RunLost:
            return

    async def close_calls(self, session: str | None, step: ToolStep) -> None:
        await self._conversations.close_calls(str(session), step)

    async def forget(self, session: str, runs: Sequence[str]) -> None:
        await self._conversations.forget(session, runs)

    async def check(self) -> str:
        """Conversations exist only where background Responses do: open one and delete it."""
        await check_model(self._client, self._model)
        client = self._client.with_options(max_retries=0, timeout=10.0)
        with openai_errors():
            opened = expect(await client.conversations.create(), Conversation)
            await client.conversations.delete(opened.id)
        return f"{self._client.base_url} has the model {self._model} and keeps conversations"

    async def close(self) -> None:
        await self._client.close()

    async def _converse(self, prompt: Prompt) -> AnswerEvents:
        session = prompt.session
        if session is None:
            session = await self._conversations.open(prompt)
            yield SessionOpened(session.id, session.cursor)
        watch = Watch(run=prompt.run_to_follow)
        if watch.run is None:
            if prompt.is_submitted and (found := await self._conversations.look(session, prompt)):
                yield found
                return
            yield RunIntended()
            async with aclosing(self._start(prompt, session, watch)) as events:
                async for event in events:
                    yield event
        async with aclosing(self._following.events(prompt, watch)) as events:
            async for event in events:
                yield event
        response = watch.response or {}
        await self._workshop.clear(response)
        yield await self._workshop.brought(_ended(prompt, session, watch), response.get("output"))

    async def _start(self, prompt: Prompt, session: Session, watch: Watch) -> AnswerEvents:
        """Create the run: live if somebody watches and the server can, else to be polled.

        What the server does not take is left out, and it is asked once more: refused, nothing has
        begun. Some refuse a background stream and do not say why.
        """
        self._habits.require_free(prompt.turn_id)
        left_out = self._habits.of(prompt.assistant).left_out
        is_live = prompt.is_live and "stream" not in left_out
        given, untaken = await self._workshop.given(prompt)
        self._habits.tell_later(prompt.turn_id, untaken)
        while watch.run is None:
            request = self._request(prompt, session, given, is_live=is_live)
            try:
                async with aclosing(self._create(prompt, session, request, watch)) as events:
                    async for event in events:
                        yield event
            except Unwanted as refused:
                self._habits.leave_out(refused, request, prompt.turn_id)
                is_live &= refused.part != "stream"
            except Unexplained:
                if not is_live:
                    raise
                is_live = False
            else:
                if prompt.is_live and not is_live:
                    left_out.add("stream")  # it is taken without

    async def _create(
        self, prompt: Prompt, session: Session, request: dict[str, Any], watch: Watch
    ) -> AnswerEvents:
        frames = tell(
            self._once, "/responses", request, sent=parts_of(request), missing=SessionLost
        )
        try:
            with _anew_if_too_long(prompt, session):
                async with aclosing(read(frames, watch)) as events:
                    async for event in events:
                        yield event
        except UnknownModel as error:
            raise await naming_models(self._client, error) from error
        if watch.run is None:
            raise OutcomeUnknown("the server named no run")

    def _request(
        self, prompt: Prompt, session: Session, given: Sequence[str], *, is_live: bool
    ) -> dict[str, Any]:
        assistant = prompt.assistant
        model, content = assistant.model or self._model, _input(prompt, session)
        if has_images(content):
            self._habits.require_sight(model)
        request: dict[str, Any] = {
            "model": model,
            "instructions": prompt.instructions,
            "input": content,
            "conversation": session.id,
            "background": True,
            "store": True,
            "stream": is_live,
            "truncation": "auto",  # the default ends a long conversation with an error
            "safety_identifier": prompt.person,
            **assistant.sampling(),
            **tools_of(prompt, given),
        }
        if prompt.must_call:
            request["tool_choice"] = "required"
        if assistant.max_output_tokens:
            request["max_output_tokens"] = assistant.max_output_tokens
        return self._habits.without(request)


def _input(prompt: Prompt, session: Session) -> str | list[dict[str, Any]]:
    """The question, or what came of the calls; all of it where the conversation began anew."""
    if prompt.steps and prompt.steps[-1].session == session.id:
        return as_outputs(prompt.steps[-1])
    content = as_response_input(prompt)
    if not prompt.steps:
        return content
    asked = [{"role": "user", "content": content}] if isinstance(content, str) else content
    return [*asked, *(item for step in prompt.steps for item in as_items(step))]


def _ended(prompt: Prompt, session: Session, watch: Watch) -> Finished | CallsMade:
    response = watch.response or {}
    history = history_remainder(prompt, session, input_tokens_of(response))
    with _anew_if_too_long(prompt, session):
        made = called(response, prompt, history, watch.calls)
        return made or finished(response, history, watch.written)


@contextmanager
def _anew_if_too_long(prompt: Prompt, session: Session) -> Iterator[None]:
    """A new conversation begins with as much of the old one as fits the budget."""
    try:
        yield
    except ContextTooLong as error:
        if prompt.session is not None:
            raise SessionLost(str(error)) from error
        if session.cursor is None:  # there is nothing but the question in it
            raise
        raise TooMuchHistory(str(error)) from error
