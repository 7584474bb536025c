"""Any Chat-Completions server, with the history in our own storage: the private mode."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Any

from bot.backends.call_beginnings import Unspoken
from bot.backends.calls import as_chat_messages, as_chat_tools
from bot.backends.clients import Client
from bot.backends.completions import Completion
from bot.backends.content import as_chat_content
from bot.backends.contexts import Contexts
from bot.backends.failures import UnknownModel, Unwanted
from bot.backends.habits import Habits
from bot.backends.history import as_messages, history_share, room_of, with_history
from bot.backends.models import check_model, naming_models
from bot.backends.requests import tell
from bot.backends.thoughts import Sieve
from bot.core.answers import AnswerEvents, CallsMade, Finished, Status, StatusChanged
from bot.core.assistants import Assistant
from bot.core.errors import OutcomeUnknown, Refusal
from bot.core.prompts import Exchange, Prompt
from bot.core.tools import ToolStep

_PATH = "/chat/completions"
_LIMITS = ("max_tokens", "max_completion_tokens")  # two names of one thing


class ChatBackend:
    """Sends instructions, as much history as fits the assistant's budget, and the message."""

    name = "chat"
    reads_only_text = False

    def __init__(self, client: Client, model: str, habits: Habits | None = None) -> None:
        # Not repeated by the library: each request is a computation. We try again ourselves.
        self._client = client.with_options(max_retries=0)
        self._model = model
        self._habits = habits or Habits(model)
        self._contexts = Contexts(self._client, model)
        # OpenAI's newer models refuse the old name of the limit; Ollama passes over the new one.
        is_hosted = self._client.base_url.host.endswith(("openai.com", "azure.com"))
        self._limits = _LIMITS[::-1] if is_hosted else _LIMITS

    async def answer(self, prompt: Prompt) -> AnswerEvents:
        yield StatusChanged(Status.THINKING)
        complete = partial(self._complete, prompt)
        async with self._habits.attempt(prompt):
            told = with_history(prompt, complete, self._habits, self._contexts)
            async with aclosing(told) as events:
                async for event in events:
                    yield self._habits.told(event, prompt.turn_id)

    def room(self, assistant: Assistant) -> int:
        return room_of(assistant, self._habits)

    async def cancel(self, session: str | None, run: str) -> None:
        """Nothing to do: closing the stream ended the computation."""

    async def close_calls(self, session: str | None, step: ToolStep) -> None:
        """Nothing to do: no calls are kept there."""

    async def forget(self, session: str, runs: Sequence[str]) -> None:
        """Nothing to do: such a server keeps nothing."""

    async def check(self) -> str:
        await check_model(self._client, self._model)
        return f"{self._client.base_url} has the model {self._model}"

    async def close(self) -> None:
        await self._client.close()

    async def _complete(self, prompt: Prompt, history: Sequence[Exchange]) -> AnswerEvents:
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
        learned = self._habits.of(prompt.assistant)
        self._habits.require_free(prompt.turn_id)
        sieve, unspoken = (
            Sieve(is_thinking=learned.is_thinking, question=prompt.words),
            Unspoken.of(prompt),
        )
        completion = Completion(sieve, unspoken)
        is_writing = False
        try:
            async with aclosing(tell(self._client, _PATH, request, sent=_parts(request))) as frames:
                async for frame in frames:
                    if (shown := completion.take(frame)) and prompt.is_live:
                        if not is_writing:
                            yield StatusChanged(Status.WRITING)
                        is_writing = True
                        yield shown
        except Refusal:
            if not completion.break_off():
                raise
        learned.is_thinking |= completion.sieve.has_stray_closer
        yield _ended(completion, prompt, history)

    def _request(self, prompt: Prompt, history: Sequence[Exchange]) -> dict[str, Any]:
        assistant = prompt.assistant
        model, left_out = assistant.model or self._model, self._habits.of(assistant).left_out
        content = as_chat_content(prompt)
        if not isinstance(content, str):
            self._habits.require_sight(model)
        request: dict[str, Any] = {
            "model": model,
            "messages": [
                *_messages(prompt.instructions, history, content, is_folded="system" in left_out),
                *(message for step in prompt.steps for message in as_chat_messages(step)),
            ],
            **assistant.sampling(),
        }
        if prompt.tools and "tools" not in left_out:
            request["tools"] = as_chat_tools(prompt.tools)
            if prompt.must_call:
                request["tool_choice"] = "required"
        limits = [name for name in self._limits if name not in left_out]
        if assistant.max_output_tokens and limits:
            request[limits[0]] = assistant.max_output_tokens
        if prompt.is_live and "stream" not in left_out:
            request["stream"] = True
            if "stream_options" not in left_out:
                request["stream_options"] = {"include_usage": True}
        return request


def _messages(
    instructions: str,
    history: Sequence[Exchange],
    content: str | list[dict[str, Any]],
    *,
    is_folded: bool,
) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": instructions},
        *as_messages(history),
        {"role": "user", "content": content},
    ]
    if not instructions:
        return messages[1:]
    return _folded(messages) if is_folded else messages


def _folded(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The instructions at the head of the first question, where there is no system role."""
    instructions, first, *rest = messages
    told, asked = instructions["content"], first["content"]
    if isinstance(asked, str):
        return [{**first, "content": f"{told}\n\n{asked}"}, *rest]
    return [{**first, "content": [{"type": "text", "text": told}, *asked]}, *rest]


def _parts(request: dict[str, Any]) -> frozenset[str]:
    """What of a request may be refused, and could be left out."""
    messages = request["messages"]
    parts = {*request} - {"model", "messages"}
    if messages[0]["role"] == "system":
        parts.add("system")
    if not all(isinstance(message["content"], str) for message in messages):
        parts.add("images")
    return frozenset(parts)


def _ended(
    completion: Completion, prompt: Prompt, history: Sequence[Exchange]
) -> Finished | CallsMade:
    if not completion.is_ended:
        raise OutcomeUnknown("the answer ended before its end was said")
    usage = completion.usage
    if usage is not None:
        share = history_share(prompt, history, usage.input_tokens)
        usage = replace(usage, history_tokens=share)
    if calls := completion.called(prompt):
        return CallsMade(calls, run=completion.id, usage=usage, model=completion.model)
    return Finished(completion.finished(usage), run=completion.id)
