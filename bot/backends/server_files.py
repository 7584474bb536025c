"""Files at a model's server: given to its programs with a question, fetched when they made some.

What is given is uploaded for an hour at most, and deleted when its run has ended.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Literal

import structlog
from openai import AsyncOpenAI
from openai._response import AsyncStreamedBinaryAPIResponse
from openai.types import FileObject

from bot.backends.hosted import CODE
from bot.backends.openai_errors import expect, openai_errors
from bot.core.errors import BackendRefused, BotError, RunLost, SessionLost
from bot.core.files import MOST_BYTES, File, FileRefused
from bot.core.prompts import Prompt
from bot.rules.handing import MOST_FILES, TOO_LARGE, handed

log = structlog.get_logger()

_HOUR = 3600  # seconds; the shortest that a server takes
_PAUSES = (0.2, 1.0, 0.0)  # seconds before each look at a file that is not there yet
_GONE = "it is not there any more"
_NOT_TO_BE_HAD = "it could not be fetched at the moment"
_NOT_TAKEN = "the AI service does not take it for its programs"


@dataclass(frozen=True, slots=True)
class Offered:
    """A file that a server has, and what opens its content."""

    name: str
    content: Callable[[], AbstractAsyncContextManager[AsyncStreamedBinaryAPIResponse]]


class ServerFiles:
    def __init__(self, client: AsyncOpenAI, purpose: Literal["assistants", "user_data"]) -> None:
        self._client = client
        self._purpose: Literal["assistants", "user_data"] = purpose

    async def given(self, prompt: Prompt) -> tuple[list[str], list[str]]:
        """What came with the question, uploaded: the ids; and a sentence for what is not taken.

        Raises TransientError, before anything is begun.
        """
        if CODE not in prompt.assistant.hosted or prompt.steps:
            return [], []
        ids, left_out = [], []
        for file in prompt.files:
            try:
                ids.append(await self._upload(file))
            except BackendRefused as refused:
                log.warning("file_not_given", error=str(refused))
                left_out.append(FileRefused.because(file.name, _NOT_TAKEN).notice)
        return ids, left_out

    async def clear(self, uploads: Iterable[str]) -> None:
        """Those of a run that has ended; what cannot be deleted ends by itself."""
        for upload in uploads:
            try:
                await self.delete(upload)
            except BotError as error:
                log.info("upload_left_to_expire", error=type(error).__name__)

    async def delete(self, file: str) -> None:
        """What is gone already is no error."""
        try:
            with openai_errors(missing=RunLost):
                await self._client.files.delete(file)
        except RunLost:
            return

    async def fetched(
        self, offered: Sequence[Offered], before: Sequence[bytes] = ()
    ) -> tuple[list[File], list[str]]:
        """As people are handed them, but for those that they had `before`; what is left out."""
        fetched = [await self._fetched(one) for one in offered[:MOST_FILES]]
        made = {
            f"{n}/{one.name}": one.data for n, one in enumerate(fetched) if isinstance(one, File)
        }
        files, refused = handed({name: d for name, d in made.items() if d not in before})
        notices = [one for one in fetched if isinstance(one, str)]
        return files, notices + [FileRefused.because(name, why).notice for name, why in refused]

    async def _upload(self, file: File) -> str:
        [named], _ = handed({file.name: file.data})
        with openai_errors():
            made = await self._client.files.create(
                file=(named.name, file.data, named.mime),
                purpose=self._purpose,
                expires_after={"anchor": "created_at", "seconds": _HOUR},
            )
        return expect(made, FileObject).id

    async def _fetched(self, offered: Offered) -> File | str:
        """The file, or a sentence that says why there is none; it may not be there at once."""
        why = _GONE
        for pause in _PAUSES:
            try:
                return File(offered.name, "", await _content(offered))
            except (RunLost, SessionLost):
                why = _GONE
            except FileRefused as refused:
                return refused.notice
            except BotError:
                why = _NOT_TO_BE_HAD
            await asyncio.sleep(pause)
        return FileRefused.because(offered.name, why).notice


async def _content(offered: Offered) -> bytes:
    """Of no more than a file may have."""
    data = bytearray()
    with openai_errors(missing=RunLost):
        async with offered.content() as answer:
            async for chunk in answer.iter_bytes():
                data += chunk
                if len(data) > MOST_BYTES:
                    raise FileRefused.because(offered.name, TOO_LARGE)
    return bytes(data)
