"""Programs that a server runs within a thread of the Assistants API, and the files of those.

What is given hangs on the question, for its programs alone. What they make lies among the server's
files until the thread is deleted. A program's place is paid for by the hour.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from posixpath import basename
from typing import Any

import structlog
from openai import AsyncOpenAI
from openai.types.beta.threads import Message, Run

from bot.backends.citations import Cited
from bot.backends.hosted import CODE
from bot.backends.hosted_done import ended_in, given_to, noted, spoken, with_remark
from bot.backends.openai_errors import openai_errors
from bot.backends.reading import mappings, word
from bot.backends.server_files import Offered, ServerFiles
from bot.core.answers import Answer
from bot.core.errors import BotError, RunLost, SessionLost
from bot.core.prompts import Prompt

log = structlog.get_logger()

_PAGE = 100
_HOUR = 3600  # seconds
_TOOL = {"type": CODE}


def own_tools(prompt: Prompt) -> list[dict[str, Any]]:
    """The server's, as a run is told of them."""
    return [_TOOL] if CODE in prompt.assistant.hosted else []


class ThreadPrograms:
    def __init__(self, client: AsyncOpenAI) -> None:
        self._client = client
        self._threads = client.beta.threads
        self._files = ServerFiles(client, "assistants")
        self._untaken: dict[int, list[str]] = {}  # by turn: sentences that stand below its answer

    async def given(self, prompt: Prompt) -> list[dict[str, Any]]:
        """What came with the question, uploaded: as its message is told of it.

        Raises TransientError, before anything is begun.
        """
        ids, untaken = await self._files.given(prompt)
        if untaken:
            self._untaken[prompt.turn_id] = untaken
        return [{"file_id": one, "tools": [_TOOL]} for one in ids]

    async def clear(self, thread: str, question: str) -> None:
        """What was given with a question whose run has ended: the thread knows it no longer."""
        try:
            with openai_errors(missing=SessionLost):
                asked = await self._threads.messages.retrieve(question, thread_id=thread)
                if uploads := [*_attached(asked)]:
                    nothing: Any = {CODE: {"file_ids": []}}
                    await self._threads.update(thread, tool_resources=nothing)
        except BotError as error:
            log.info("upload_left_to_expire", error=type(error).__name__)
        else:
            await self._files.clear(uploads)

    async def items(self, thread: str, run: str) -> list[dict[str, Any]]:
        """The programs of a run so far, in the shape that Responses has for them."""
        try:
            with openai_errors(missing=RunLost):
                listed = self._threads.runs.steps.list(
                    run, thread_id=thread, order="asc", limit=_PAGE
                )
                steps: list[Any] = [step.to_dict(warnings=False) async for step in listed]
        except RunLost:  # a server that does not tell steps
            return []
        return [item for step in mappings(steps) for item in _items(step, thread)]

    async def concluded(
        self, answer: Answer, run: Run, messages: Sequence[Message], prompt: Prompt
    ) -> Answer:
        """With what its programs were and printed, and the files that they made."""
        items = await self.items(run.thread_id, run.id)
        hosted = ended_in({"output": items})
        notices = self._untaken.pop(prompt.turn_id, [])
        if made := _made(messages, items, run.thread_id):
            content = self._client.files.with_streaming_response.content
            offered = [Offered(one.name, partial(content, one.file)) for one in made]
            files, left_out = await self._files.fetched(offered)
            hosted, notices = given_to(hosted, files, made[0]), notices + left_out
        remark = spoken(answer.words, answer.remark, hosted)
        return noted(with_remark(replace(answer, hosted=hosted), remark), notices)

    async def forget(self, thread: str, runs: Sequence[str]) -> None:
        """Delete what programs were given and made, while the thread still names it.

        Raises SessionLost where there is no such thread.
        """
        with openai_errors(missing=SessionLost):
            listed = self._threads.messages.list(thread, limit=_PAGE)
            messages = [message async for message in listed]
        items = [item for run in runs for item in await self.items(thread, run)]
        made = [one.file for one in _made(messages, items, thread)]
        given = [upload for message in messages for upload in _attached(message)]
        for file in dict.fromkeys([*made, *given]):
            await self._files.delete(file)


def _items(step: Mapping[str, Any], thread: str) -> Iterator[dict[str, Any]]:
    details, began = step.get("step_details"), step.get("created_at")
    calls = details.get("tool_calls") if isinstance(details, Mapping) else None
    hour = began // _HOUR if isinstance(began, int) else 0
    for call in mappings(calls):
        if call.get("type") == CODE and isinstance(program := call.get(CODE), Mapping):
            yield {
                "id": call.get("id"),
                "type": "code_interpreter_call",
                "status": step.get("status"),
                "code": program.get("input"),
                "outputs": program.get("outputs"),
                "container_id": f"{thread}/{hour}",
            }


def _made(messages: Sequence[Message], items: Any, thread: str) -> list[Cited]:
    """The files that words name or that were drawn, each once."""
    parts = [part for one in messages for part in mappings(one.to_dict(warnings=False)["content"])]
    outputs = [output for item in mappings(items) for output in mappings(item.get("outputs"))]
    drawn = [_id(one, "image_file") for one in parts] + [_id(one, "image") for one in outputs]
    named = [
        (_id(note, "file_path"), basename(word(note.get("text")) or ""))
        for part in parts
        for note in mappings(_within(part, "text").get("annotations"))
    ]
    pictures = enumerate(dict.fromkeys(filter(None, drawn)), 1)
    found = {file: f"plot-{number}.png" for number, file in pictures}
    found |= {file: name or file for file, name in named if file}
    return [Cited(thread, file, name) for file, name in found.items()]


def _within(part: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inner = part.get(name)
    return inner if isinstance(inner, Mapping) else {}


def _id(part: Mapping[str, Any], name: str) -> str:
    return word(_within(part, name).get("file_id")) or ""


def _attached(message: Message) -> Iterator[str]:
    attachments = mappings(message.to_dict(warnings=False).get("attachments"))
    yield from filter(None, (word(one.get("file_id")) for one in attachments))
