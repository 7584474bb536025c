"""Following a run of the Responses API to its end, wherever it was started."""

import asyncio
from contextlib import aclosing, suppress

import httpx2
from openai import AsyncStream

from bot.backends.clients import Client, lasting
from bot.backends.habits import Habits
from bot.backends.openai_errors import expect, openai_errors
from bot.backends.polling import PollPace
from bot.backends.reading import word
from bot.backends.requests import told
from bot.backends.response_parts import Response
from bot.backends.response_stream import Watch, news, read
from bot.core.answers import AnswerEvents
from bot.core.errors import BotError, OutcomeUnknown, RunLost
from bot.core.prompts import Prompt

_RECONNECTS = 3  # of a live stream, before polling


class Following:
    def __init__(self, client: Client, habits: Habits, pace: PollPace) -> None:
        self._client = client
        self._habits = habits
        self._pace = pace
        self._headers: httpx2.Headers | None = None  # of a look, as the library makes it

    async def events(self, prompt: Prompt, watch: Watch) -> AnswerEvents:
        """Those of a run until it has ended: of its stream while there is one, then by polling."""
        if prompt.is_live:
            async with aclosing(self._reattach(prompt, watch)) as events:
                async for event in events:
                    yield event
        waits = self._pace.waits()
        while watch.response is None:
            await asyncio.sleep(next(waits))
            response = await self._look_at(watch)
            for event in news(watch, response):
                yield event

    async def _look_at(self, watch: Watch) -> Response:
        path = f"/responses/{watch.run}"
        with openai_errors(missing=RunLost):
            told = await self._glance(path)
            if told is None:
                looked = await self._client.get(path, cast_to=httpx2.Response)
                self._headers = lasting(looked.request.headers)
                told = looked.json()
        if not isinstance(told, dict) or not word(told.get("id")):
            raise OutcomeUnknown("the server sent no run")
        return told

    async def _glance(self, path: str) -> object | None:
        """A look past the library, once it has made one; None: it is to look itself."""
        if self._headers is None:
            return None
        with suppress(httpx2.HTTPError, ValueError):
            answer = await self._client.get_plainly(path.removeprefix("/"), self._headers)
            told: object = answer.json() if answer.is_success else None
            return told if isinstance(told, dict) else None
        return None

    async def _reattach(self, prompt: Prompt, watch: Watch) -> AnswerEvents:
        """Read the run's stream again from where it broke off, a few times."""
        for _ in range(_RECONNECTS):
            left_out = self._habits.of(prompt.assistant).left_out
            if watch.response is not None or "stream" in left_out:
                return
            seen = watch.sequence
            try:
                with openai_errors():
                    stream = await self._stream_of(str(watch.run), seen)
            except BotError:
                return  # it has no stream: it is polled, and that says what is wrong, if anything
            async with aclosing(read(told(stream), watch)) as events:
                async for event in events:
                    yield event
            if watch.sequence == seen:
                return

    async def _stream_of(self, run: str, seen: int | None) -> httpx2.Response:
        params = {"stream": "true"} | ({} if seen is None else {"starting_after": seen})
        stream: object = await self._client.get(
            f"/responses/{run}",
            cast_to=httpx2.Response,
            options={"params": params},
            stream=True,
            stream_cls=AsyncStream[object],
        )
        return expect(stream, httpx2.Response)
