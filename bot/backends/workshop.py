"""Where a server of Responses runs programs: files go in with a question, and others come out.

What a person attached is uploaded for an hour at most, copied into the run's container by the
server, and deleted when the run has ended. A container ends 20 minutes after its last use.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog
from openai.types import FileObject

from bot.backends.citations import Cited, cited_in
from bot.backends.clients import Client
from bot.backends.hosted import CODE, uploads_in
from bot.backends.openai_errors import expect, openai_errors
from bot.core.answers import CallsMade, Finished, remarked
from bot.core.errors import BackendRefused, BotError, RunLost, SessionLost
from bot.core.files import MOST_BYTES, File, FileRefused
from bot.core.prompts import Prompt, as_remark
from bot.core.tools import Call, EndedCall, Output
from bot.rules.handing import MOST_FILES, TOO_LARGE, handed

log = structlog.get_logger()

_HOUR = 3600  # seconds; the shortest that a server takes
_PAUSES = (0.2, 1.0, 0.0)  # seconds before each look at a file that is not there yet
_GONE = "it is not there any more"
_NOT_TO_BE_HAD = "it could not be fetched at the moment"


class Workshop:
    def __init__(self, client: Client) -> None:
        self._client = client

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

    async def clear(self, response: Mapping[str, Any]) -> None:
        """The uploads of a run that has ended; what cannot be deleted ends by itself."""
        for upload in uploads_in(response):
            try:
                with openai_errors(missing=RunLost):
                    await self._client.files.delete(upload)
            except BotError as error:
                log.info("upload_left_to_expire", error=type(error).__name__)

    async def brought(self, event: Finished | CallsMade, output: Any) -> Finished | CallsMade:
        """With the files that the words name, which the run's programs made."""
        cited = [*dict.fromkeys(cited_in(output))]
        if not cited:
            return event
        hosted = event.answer.hosted if isinstance(event, Finished) else event.hosted
        before = [file.data for one in hosted for file in one.output.files]
        fetched = [await self._fetched(one) for one in cited[:MOST_FILES]]
        made = {
            f"{n}/{one.name}": one.data for n, one in enumerate(fetched) if isinstance(one, File)
        }
        files, refused = handed({name: d for name, d in made.items() if d not in before})
        notices = [one for one in fetched if isinstance(one, str)]
        notices += [FileRefused.because(name, why).notice for name, why in refused]
        hosted = _given_to(hosted, files, cited[0])
        if isinstance(event, CallsMade):
            return replace(event, hosted=hosted)
        remark = remarked(event.answer.remark, as_remark(notices))
        text = remarked(event.answer.words, remark)
        return replace(event, answer=replace(event.answer, text=text, remark=remark, hosted=hosted))

    async def end(self, container: str) -> None:
        """Delete it now; what is gone already is no error."""
        try:
            with openai_errors(missing=RunLost):
                await self._client.containers.delete(container)
        except (RunLost, SessionLost):  # so a container is called that is gone
            return

    async def _upload(self, file: File) -> str:
        [named], _ = handed({file.name: file.data})
        with openai_errors():
            made = await self._client.files.create(
                file=(named.name, file.data, named.mime),
                purpose="user_data",
                expires_after={"anchor": "created_at", "seconds": _HOUR},
            )
        return expect(made, FileObject).id

    async def _fetched(self, cited: Cited) -> File | str:
        """The file, or a sentence that says why there is none; it may not be there at once."""
        why = _GONE
        for pause in _PAUSES:
            try:
                return File(cited.name, "", await self._content(cited))
            except (RunLost, SessionLost):
                why = _GONE
            except FileRefused as refused:
                return refused.notice
            except BotError:
                why = _NOT_TO_BE_HAD
            await asyncio.sleep(pause)
        return FileRefused.because(cited.name, why).notice

    async def _content(self, cited: Cited) -> bytes:
        """Of no more than a file may have."""
        data = bytearray()
        content = self._client.containers.files.content.with_streaming_response
        with openai_errors(missing=RunLost):
            async with content.retrieve(cited.file, container_id=cited.container) as answer:
                async for chunk in answer.iter_bytes():
                    data += chunk
                    if len(data) > MOST_BYTES:
                        raise FileRefused.because(cited.name, TOO_LARGE)
        return bytes(data)


def _given_to(
    hosted: Sequence[EndedCall], files: Sequence[File], cited: Cited
) -> tuple[EndedCall, ...]:
    """The last program has made them; none ran where a file of an earlier one is named again."""
    ran = [place for place, one in enumerate(hosted) if one.call.tool == CODE]
    if not ran:
        call = Call(cited.file, CODE, "")
        output = Output("", tuple(files))
        again = EndedCall(call=call, output=output, place=cited.container, is_charged=False)
        return (*hosted, again)
    last = hosted[ran[-1]]
    output = replace(last.output, files=(*last.output.files, *files))
    return (*hosted[: ran[-1]], replace(last, output=output), *hosted[ran[-1] + 1 :])


_NOT_TAKEN = "the AI service does not take it for its programs"
