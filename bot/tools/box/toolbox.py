"""`run_python`: what an assistant works out by a program."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import PurePosixPath

import structlog

from bot.core.assistants import Assistant
from bot.core.errors import BotError
from bot.core.files import MOST_BYTES_IN_ALL
from bot.core.messages import Attachment, Message
from bot.core.ports.adapter import Fetch
from bot.core.ports.toolbox import Toolbox
from bot.core.tool_settings import is_meant
from bot.core.tools import Call, Output, Tool, Use
from bot.tools.arguments import ArgumentsRefused, read_arguments
from bot.tools.box.port import CodeBox
from bot.tools.box.returning import output_of
from bot.tools.box.scratch import Scratch, Scratches

log = structlog.get_logger()

RUN_PYTHON = "run_python"
_SECONDS = 120.0  # for one call, with what stands before it
_AGAIN = 600.0  # seconds until a box is looked for again
_MOST_CHARS = 50_000  # of a program
_NO_BOX = "Programs cannot be run here at the moment; the operator can find out why."


class CodeToolbox:
    """Programs run in a box, beside what people attached and what earlier programs left."""

    def __init__(
        self,
        open_box: Callable[[], Awaitable[CodeBox]],
        fetch: Fetch,
        scratches: Scratches | None = None,
    ) -> None:
        """`open_box` is asked at the first need; it raises BotError where no box holds."""
        self._open_box = open_box
        self._fetch = fetch
        self._scratches = scratches or Scratches()
        self._opening = asyncio.Lock()
        self._opened: CodeBox | str | None = None
        self._until = 0.0

    async def offered(self, assistant: Assistant, message: Message) -> Sequence[Tool]:
        if not is_meant(RUN_PYTHON, assistant.tools):
            return ()
        box = await self._box()
        if isinstance(box, str):
            return ()
        attached = {_called(one): (message, one) for one in message.attachments}
        if attached:  # a later question may be about them
            self._scratches.of(str(message.key)).attached.update(attached)
        return (_tool(box),)

    async def use(self, call: Call, use: Use) -> Output:
        try:
            code = _code_of(call.arguments)
        except ArgumentsRefused as refused:
            return Output(str(refused), is_error=True)
        box = await self._box()
        if isinstance(box, str):
            return Output(_NO_BOX, is_error=True)
        scratch = self._scratches.of(str(use.message.key))
        async with scratch.lock:
            try:
                return await self._run(box, code, scratch)
            except BotError as error:
                log.warning("program_not_run", reason=str(error))
                return Output(_NO_BOX, is_error=True)

    async def _run(self, box: CodeBox, code: str, scratch: Scratch) -> Output:
        before = await asyncio.to_thread(scratch.files)
        fetched = await self._fetched(scratch)
        before |= {name: data for name, data in fetched.items() if data is not None}
        ran = await box.run(code, before)
        try:
            await asyncio.to_thread(scratch.keep, ran.files)
        except OSError as error:
            log.warning("scratch_not_kept", error=error.strerror)
        scratch.seen(fetched)
        output = await asyncio.to_thread(output_of, ran, before)
        missing = [name for name, data in fetched.items() if data is None]
        if not missing:
            return output
        told = f"These files are missing, for they could not be had: {', '.join(missing)}."
        return replace(output, text=f"{output.text}\n\n{told}")

    async def _fetched(self, scratch: Scratch) -> Mapping[str, bytes | None]:
        """What was attached since the last program; None for what cannot be had."""
        fetched: dict[str, bytes | None] = {}
        room = MOST_BYTES_IN_ALL
        for name, (message, attachment) in list(scratch.attached.items()):
            fetched[name] = None
            if attachment.size > room:
                continue
            with suppress(BotError):
                data = await self._fetch(message, attachment)
                room -= len(data)
                fetched[name] = data if room >= 0 else None
        return fetched

    async def _box(self) -> CodeBox | str:
        """The box, or why there is none; that is looked at again after a while."""
        async with self._opening:
            now = asyncio.get_running_loop().time()
            if self._opened is None or (isinstance(self._opened, str) and now > self._until):
                self._opened, self._until = await self._tried(), now + _AGAIN
        return self._opened

    async def _tried(self) -> CodeBox | str:
        try:
            box = await self._open_box()
        except BotError as error:
            log.info("no_box", reason=str(error))
            return str(error)
        log.info("box_opened", kind=box.name)
        return box

    def holds(self, name: str) -> bool:
        return name == RUN_PYTHON

    def parts(self) -> Sequence[Toolbox]:
        return (self,)

    async def check(self) -> Sequence[str]:
        """Raises UnfitBox, which says why there is none."""
        box = await self._open_box()
        return (f"programs run in {box.name}: {box.can}",)

    async def close(self) -> None:
        self._scratches.close()


def _tool(box: CodeBox) -> Tool:
    return Tool(
        name=RUN_PYTHON,
        description=(
            f"Run a program in {box.can}.\n\n"
            "Print what you want to know. Files that were attached, and those of earlier programs, "
            "lie in the working folder. Files the program writes there (plots as .png, tables as "
            ".csv) are given to the person. There is no network."
        ),
        parameters={
            "type": "object",
            "properties": {"code": {"type": "string", "description": "a whole program"}},
            "required": ["code"],
            "additionalProperties": False,
        },
        status="running a program",
        seconds=_SECONDS,
        is_repeatable=True,
    )


def _code_of(arguments: str) -> str:
    """Raises ArgumentsRefused."""
    code = read_arguments(arguments).get("code")
    if not isinstance(code, str) or not code.strip():
        raise ArgumentsRefused("The argument `code` has to be a program, as text. Nothing was run.")
    if len(code) > _MOST_CHARS:
        raise ArgumentsRefused(f"A program has at most {_MOST_CHARS:,} characters: send less.")
    return code


def _called(attachment: Attachment) -> str:
    """Its name in the folder: one word of a path, whatever somebody has called it."""
    name = PurePosixPath(attachment.name.replace("\\", "/")).name.replace("\0", "").lstrip(". ")
    return name.encode("utf-8", "replace")[-100:].decode("utf-8", "ignore") or "file"
