"""Responses without storing anything at the server, for organisations that may not.

Nothing can be polled or looked up there: a run that is cut off is asked again, and paid again.
"""

from collections.abc import Iterator, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any

from bot.backends.call_beginnings import Unspoken
from bot.backends.calls import Sealed, as_items, sealed_in
from bot.backends.clients import Client
from bot.backends.content import as_response_content
from bot.backends.contexts import Contexts
from bot.backends.failures import UnknownModel, Unwanted
from bot.backends.habits import Habits
from bot.backends.history import as_messages, history_share, room_of, with_history
from bot.backends.hosted import tools_of
from bot.backends.models import check_model, naming_models
from bot.backends.requests import tell
from bot.backends.response_parts import called, called_in_words, finished, input_tokens_of, parts_of
from bot.backends.response_stream import Watch, read_all
from bot.core.answers import AnswerEvents, CallsMade, Finished, Status, StatusChanged
from bot.core.assistants import Assistant
from bot.core.errors import Refusal
from bot.core.prompts import Exchange, Prompt
from bot.core.recent import RecentMap
from bot.core.tools import ToolStep

_SEALED = "reasoning.encrypted_content"
_TURNS = 200  # at once, with calls


class ForegroundBackend:
    """One request a turn, with `store=False` and the history from our own storage."""

    name = "responses-foreground"
    reads_only_text = False

    def __init__(self, client: Client, model: str, habits: Habits | None = None) -> None:
        self._client = client.with_options(max_retries=0)  # each request is a computation
        self._model = model
        self._habits = habits or Habits(model)
        self._contexts = Contexts(self._client, model)
        # By turn and step. Nowhere else: what nobody but the server can read is not ours to keep.
        self._sealed = RecentMap[tuple[int, int], Sealed](_TURNS)

    async def answer(self, prompt: Prompt) -> AnswerEvents:
        yield StatusChanged(Status.THINKING)
        respond = partial(self._respond, prompt)
        async with self._habits.attempt(prompt):
            told = with_history(prompt, respond, self._habits, self._contexts)
            async with aclosing(told) as events:
                async for event in events:
                    yield self._habits.told(event, prompt.turn_id)

    def room(self, assistant: Assistant) -> int:
        return room_of(assistant, self._habits)

    async def cancel(self, session: str | None, run: str) -> None:
        """Nothing to do: closing the connection ended the computation."""

    async def close_calls(self, session: str | None, step: ToolStep) -> None:
        """Nothing to do: no calls are kept there."""

    async def forget(self, session: str, runs: Sequence[str]) -> None:
        """Nothing to do: nothing is stored there."""

    async def check(self) -> str:
        await check_model(self._client, self._model)
        return f"{self._client.base_url} has the model {self._model}; nothing is stored there"

    async def close(self) -> None:
        await self._client.close()

    async def _respond(self, prompt: Prompt, history: Sequence[Exchange]) -> AnswerEvents:
        """Ask, and once more without each part of the request that the server does not take."""
        while True:
            request = self._request(prompt, history)
            try:
                async with aclosing(self._ask(request, prompt, history)) as events:
                    async for event in events:
                        yield event
            except Unwanted as refused:
                self._habits.leave_out(refused, request, prompt.turn_id)
            except UnknownModel as error:
                raise await naming_models(self._client, error) from error
            else:
                return

    async def _ask(
        self, request: dict[str, Any], prompt: Prompt, history: Sequence[Exchange]
    ) -> AnswerEvents:
        self._habits.require_free(prompt.turn_id)
        watch = Watch(status="in_progress", unspoken=Unspoken.of(prompt))
        frames = tell(self._client, "/responses", request, sent=parts_of(request))
        try:
            async with aclosing(read_all(frames, watch)) as events:
                async for event in events:
                    yield event
        except Refusal:
            if not watch.break_off():
                raise
        ended = _ended(watch, prompt, history)
        if isinstance(ended, CallsMade):
            self._sealed.put((prompt.turn_id, len(prompt.steps)), _sealed_of(watch))
        yield ended

    def _request(self, prompt: Prompt, history: Sequence[Exchange]) -> dict[str, Any]:
        assistant = prompt.assistant
        model, content = assistant.model or self._model, as_response_content(prompt)
        if not isinstance(content, str):
            self._habits.require_sight(model)
        request: dict[str, Any] = {
            "model": model,
            "instructions": prompt.instructions,
            "input": [
                *as_messages(history),
                {"role": "user", "content": content},
                *self._steps(prompt),
            ],
            "store": False,
            "stream": prompt.is_live and "stream" not in self._habits.of(assistant).left_out,
            "safety_identifier": prompt.person,
            **assistant.sampling(),
            **(tools := tools_of(prompt)),
        }
        if tools:
            request["include"] = [*tools.get("include", ()), _SEALED]
        if prompt.must_call:
            request["tool_choice"] = "required"
        if assistant.max_output_tokens:
            request["max_output_tokens"] = assistant.max_output_tokens
        return self._habits.without(request)

    def _steps(self, prompt: Prompt) -> Iterator[dict[str, Any]]:
        """What was done for the question already. After a restart the thoughts on it are gone."""
        is_taken = "include" not in self._habits.of(prompt.assistant).left_out
        for number, step in enumerate(prompt.steps):
            sealed = self._sealed.get((prompt.turn_id, number)) if is_taken else None
            yield from as_items(step, sealed or ())


def _sealed_of(watch: Watch) -> Sealed:
    output = watch.ended().get("output")
    return (sealed_in(output) if isinstance(output, list) else ()) or sealed_in(watch.calls)


def _ended(watch: Watch, prompt: Prompt, history: Sequence[Exchange]) -> Finished | CallsMade:
    response = watch.ended()
    share = history_share(prompt, history, input_tokens_of(response))
    made = called(response, prompt, share, watch.calls)
    made = made or called_in_words(response, prompt, share)
    return made or finished(response, share, watch.written)
