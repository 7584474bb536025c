"""Responses without storing anything at the server, for organisations that may not.

Nothing can be polled or looked up there: a run that is cut off is asked again, and paid again.
"""

from collections.abc import Sequence
from contextlib import aclosing
from functools import partial
from typing import Any

from openai import AsyncOpenAI, AsyncStream
from openai.types.responses import Response

from bot.backends.content import as_response_content
from bot.backends.history import as_messages, history_share, with_history
from bot.backends.openai_errors import expect, openai_errors
from bot.backends.response_parts import finished, input_tokens_of
from bot.backends.response_stream import Watch, news, read
from bot.core.answers import AnswerEvents, Finished, RunStarted, Status, StatusChanged
from bot.core.errors import OutcomeUnknown
from bot.core.prompts import Exchange, Prompt


class ForegroundBackend:
    """One request a turn, with `store=False` and the history from our own storage."""

    name = "responses-foreground"

    def __init__(self, client: AsyncOpenAI, model: str) -> None:
        self._client = client
        self._model = model

    async def answer(self, prompt: Prompt) -> AnswerEvents:
        yield StatusChanged(Status.THINKING)
        respond = partial(self._respond, prompt)
        async with aclosing(with_history(prompt, respond)) as events:
            async for event in events:
                yield event

    async def cancel(self, session: str | None, run: str) -> None:
        """Nothing to do: closing the connection ended the computation."""

    async def forget(self, session: str, runs: Sequence[str]) -> None:
        """Nothing to do: nothing is stored there."""

    async def check(self) -> str:
        client = self._client.with_options(max_retries=0, timeout=10.0)
        with openai_errors():
            await client.models.retrieve(self._model)
        return f"{self._client.base_url} has the model {self._model}; nothing is stored there"

    async def close(self) -> None:
        await self._client.close()

    async def _respond(self, prompt: Prompt, history: Sequence[Exchange]) -> AnswerEvents:
        watch = Watch(status="in_progress")
        with openai_errors():
            begun = await self._client.with_options(max_retries=0).responses.create(
                **self._request(prompt, history)
            )
        if prompt.is_live:
            async with aclosing(read(expect(begun, AsyncStream), watch)) as events:
                async for event in events:
                    if not isinstance(event, RunStarted):  # nobody can come back to this one
                        yield event
        else:
            for event in news(watch, expect(begun, Response)):
                yield event
        yield _finished(watch, prompt, history)

    def _request(self, prompt: Prompt, history: Sequence[Exchange]) -> dict[str, Any]:
        assistant = prompt.assistant
        question = {"role": "user", "content": as_response_content(prompt)}
        request: dict[str, Any] = {
            "model": assistant.model or self._model,
            "instructions": assistant.instructions,
            "input": [*as_messages(history), question],
            "store": False,
            "stream": prompt.is_live,
            "safety_identifier": prompt.person,
            **assistant.sampling(),
        }
        if assistant.max_output_tokens:
            request["max_output_tokens"] = assistant.max_output_tokens
        return request


def _finished(watch: Watch, prompt: Prompt, history: Sequence[Exchange]) -> Finished:
    if watch.response is None:
        raise OutcomeUnknown("the answer broke off")
    share = history_share(prompt, history, input_tokens_of(watch.response))
    return finished(watch.response, share)
