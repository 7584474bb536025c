"""Any Chat-Completions server, with the history in our own storage: the private mode."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any

from openai import AsyncOpenAI, AsyncStream
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion

from bot.backends.content import as_chat_content
from bot.backends.history import as_messages, history_share, with_history
from bot.backends.openai_errors import expect, openai_errors
from bot.backends.response_parts import NO_ANSWER, remark_on
from bot.core.answers import Answer, AnswerEvents, Finished, Status, StatusChanged, TextDelta, Usage
from bot.core.errors import BackendRefused, OutcomeUnknown
from bot.core.prompts import Exchange, Prompt

# Sent as it is, and its chunks are read as they come: the library's own method walks through the
# whole history and makes an object of each word, which costs more than all else in a turn.
_PATH = "/chat/completions"


@dataclass(slots=True)
class _Completion:
    """What has come of a completion so far."""

    id: str | None = None
    model: str | None = None
    text: str = ""
    finish_reason: str | None = None
    usage: CompletionUsage | None = None


class ChatBackend:
    """Sends instructions, as much history as fits the assistant's budget, and the message."""

    name = "chat"

    def __init__(self, client: AsyncOpenAI, model: str) -> None:
        # Not repeated by the library: each request is a computation. We try again ourselves.
        self._client = client.with_options(max_retries=0)
        self._model = model
        # OpenAI's newer models refuse the old name of the limit; Ollama passes over the new one.
        is_hosted = self._client.base_url.host.endswith(("openai.com", "azure.com"))
        self._limit = "max_completion_tokens" if is_hosted else "max_tokens"

    async def answer(self, prompt: Prompt) -> AnswerEvents:
        yield StatusChanged(Status.THINKING)
        complete = partial(self._complete, prompt)
        async with aclosing(with_history(prompt, complete)) as events:
            async for event in events:
                yield event

    async def cancel(self, session: str | None, run: str) -> None:
        """Nothing to do: closing the stream ended the computation."""

    async def forget(self, session: str, runs: Sequence[str]) -> None:
        """Nothing to do: such a server keeps nothing."""

    async def check(self) -> str:
        client = self._client.with_options(timeout=10.0)
        with openai_errors():
            models = [model.id async for model in client.models.list()]
        if models and self._model not in models:
            raise BackendRefused(f"the server has no model {self._model}, but {', '.join(models)}")
        return f"{self._client.base_url} has the model {self._model}"

    async def close(self) -> None:
        await self._client.close()

    async def _complete(self, prompt: Prompt, history: Sequence[Exchange]) -> AnswerEvents:
        completion = _Completion()
        request = self._request(prompt, history)
        with openai_errors():
            if not prompt.is_live:
                whole = await self._client.post(_PATH, cast_to=ChatCompletion, body=request)
                _take_whole(completion, expect(whole, ChatCompletion))
            else:
                async for event in self._stream(request, completion):
                    yield event
        yield _finished(completion, prompt, history)

    async def _stream(self, request: dict[str, Any], completion: _Completion) -> AnswerEvents:
        body = {**request, "stream": True, "stream_options": {"include_usage": True}}
        stream = await self._client.post(
            _PATH, cast_to=object, body=body, stream=True, stream_cls=AsyncStream[object]
        )
        async with expect(stream, AsyncStream):
            async for chunk in stream:
                text = _take_chunk(completion, expect(chunk, dict))
                if text and text == completion.text:
                    yield StatusChanged(Status.WRITING)
                if text:
                    yield TextDelta(text)
        if completion.finish_reason is None:
            raise OutcomeUnknown("the stream ended before the answer did")

    def _request(self, prompt: Prompt, history: Sequence[Exchange]) -> dict[str, Any]:
        assistant = prompt.assistant
        messages = [
            {"role": "system", "content": assistant.instructions},
            *as_messages(history),
            {"role": "user", "content": as_chat_content(prompt)},
        ]
        request: dict[str, Any] = {"model": assistant.model or self._model, "messages": messages}
        if assistant.max_output_tokens:
            request[self._limit] = assistant.max_output_tokens
        return {**request, **assistant.sampling()}


def _take_whole(completion: _Completion, whole: ChatCompletion) -> None:
    if not whole.choices:
        raise OutcomeUnknown("the server sent no choice")
    completion.id, completion.model, completion.usage = whole.id, whole.model, whole.usage
    choice = whole.choices[0]
    completion.finish_reason = choice.finish_reason
    completion.text = choice.message.content or choice.message.refusal or ""


def _take_chunk(completion: _Completion, chunk: dict[str, Any]) -> str:
    """Note what a chunk says; returns the text it adds."""
    if "id" not in chunk:
        raise OutcomeUnknown("the server sent a chunk without an id")
    completion.id, completion.model = chunk["id"], chunk.get("model")
    if usage := chunk.get("usage"):
        completion.usage = CompletionUsage.construct(**usage)
    if not chunk.get("choices"):
        return ""
    choice = expect(chunk["choices"][0], dict)
    completion.finish_reason = choice.get("finish_reason") or completion.finish_reason
    delta = choice.get("delta") or {}
    text = delta.get("content") or delta.get("refusal") or ""
    completion.text += text
    return text


def _finished(completion: _Completion, prompt: Prompt, history: Sequence[Exchange]) -> Finished:
    text = completion.text.strip()
    remark = ""
    if completion.finish_reason in {"length", "content_filter"}:
        remark = remark_on(text, completion.finish_reason)
    if not text and not remark:
        raise BackendRefused(
            f"an empty answer, finish_reason {completion.finish_reason}",
            notice=NO_ANSWER,
        )
    usage = _usage(completion.usage, prompt, history)
    answer = Answer(text, model=completion.model, usage=usage, remark=remark)
    return Finished(answer, run=completion.id)


def _usage(
    usage: CompletionUsage | None, prompt: Prompt, history: Sequence[Exchange]
) -> Usage | None:
    if usage is None:
        return None
    before, after = usage.prompt_tokens_details, usage.completion_tokens_details
    return Usage(
        input_tokens=usage.prompt_tokens,
        history_tokens=history_share(prompt, history, usage.prompt_tokens),
        cached_tokens=(before and before.cached_tokens) or 0,
        output_tokens=usage.completion_tokens,
        reasoning_tokens=(after and after.reasoning_tokens) or 0,
    )
