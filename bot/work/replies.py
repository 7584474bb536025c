"""A reply: the platform's messages that show an answer."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import structlog

from bot.core.along import Along
from bot.core.controls import Button, below_preview
from bot.core.errors import Undeliverable, Withheld
from bot.core.files import File
from bot.core.ports.adapter import Adapter, Limits
from bot.core.posts import FIRST_FILE, Saying
from bot.core.quoting import one_line
from bot.core.text import split
from bot.core.turns import Turn
from bot.words import say
from bot.work.bells import Gate, always
from bot.work.holding import Ports, courtesy
from bot.work.parts import Parts, UploadRefused

log = structlog.get_logger()

_REST_IN_FILE = "*(The whole answer is in the file.)*"
_NOT_SHOWN = "*(I made {name}, and no file of mine can be shown here.)*"
_FIRST = 0.2  # seconds: an answer that is whole by then is shown at once, in one call


class Reply:
    """Makes the platform show exactly this text: preview, delivery and recovery are one call."""

    def __init__(
        self,
        adapter: Adapter,
        ports: Ports,
        turn: Turn,
        gate: Gate = always,
        along: Along | None = None,
    ) -> None:
        self._adapter = adapter
        self._turn_id = turn.id
        self._question = turn.message
        self._limits = adapter.limits(turn.message)
        self._gate = gate
        self._parts = Parts(adapter, ports, turn, gate, along)
        self._shown: dict[int, Saying] = {}
        self._preview = ""
        self._previewer: asyncio.Task[None] | None = None
        self._is_closing = asyncio.Event()
        self._has_begun = False  # to show something before the answer is whole

    def preview(self, text: str) -> None:
        """Show the answer as far as it is written: the latest text wins, at the platform's pace.

        Only the first part is used: the others are posted when their text is certain.
        """
        if self._limits.edit_interval is None or not text.strip():
            return
        self._preview = text
        if self._previewer is None:
            self._previewer = asyncio.create_task(self._show_previews())

    def intend(self) -> None:
        """The answer is saved next, and shown then: that belongs to one step."""
        self._is_closing.set()
        if not self._has_begun:
            self._parts.intend_first()

    async def tell(self, notice: str) -> None:
        """Show a notice until the answer takes its place."""
        await self.settle()
        await self._show_part(0, self._meanwhile(notice), anew=False)

    async def show(
        self,
        text: str,
        controls: Sequence[Button] = (),
        *,
        is_answer: bool = False,
        anew: bool = True,
    ) -> None:
        """Show the whole answer: the last word. Raises Undeliverable when no way is open.

        `anew`: in other messages, or on another way, where those it stands in cannot be changed.

        `is_answer`: it has words that an exam keeps back; then Withheld is raised inside of one.
        """
        await self.settle()
        last = Saying(text="", is_final=True, controls=controls, is_answer=is_answer)
        try:
            await self._show_parts(_parts(text, self._limits), last, anew=anew)
        except UploadRefused:
            parts = split(self._limits.render(text), self._limits.max_chars)
            await self._show_parts(parts, last, anew=anew)

    async def give(self, files: Sequence[File], *, is_answer: bool = False) -> None:
        """Below the text; what can be shown nowhere there is named."""
        for number, file in enumerate(files, FIRST_FILE):
            saying = Saying(text="", file=file, is_final=True, is_answer=is_answer)
            try:
                await self._show_part(number, saying, anew=True)
            except Undeliverable as error:
                log.warning("file_not_given", turn=self._turn_id, error=str(error))
                words = say(_NOT_SHOWN, name=one_line(file.name) or say("a file"))
                with suppress(Undeliverable):
                    await self._show_part(number, replace(saying, text=words, file=None), anew=True)

    async def settle(self) -> None:
        """Let a preview that is on its way arrive; none follows."""
        self._is_closing.set()
        if self._previewer is not None:
            await asyncio.wait([self._previewer])

    def drop_preview(self) -> None:
        """Do not wait for a preview that is on its way: whoever goes on looks for it."""
        if self._previewer is not None:
            self._previewer.cancel()

    async def _show_previews(self) -> None:
        with courtesy(log.bind(turn=self._turn_id), "preview_failed"):
            try:
                await self._show_drafts()
            except Withheld as error:  # not a word of it stands there once the bell has rung
                if self._shown:
                    await self._show_part(0, self._meanwhile(error.notice), anew=False)

    async def _show_drafts(self) -> None:
        while not await self._ends_within(await self._pause()):
            if self._adapter.limits(self._question).edit_interval is None:
                return  # others were faster: no more is shown there while it is written
            text = split(self._limits.render(self._preview), self._limits.max_chars)[0]
            draft = replace(self._meanwhile(text), is_answer=True)
            self._has_begun = True
            await self._show_part(0, draft, anew=False)

    async def _pause(self) -> float | None:
        """Seconds until the next preview, or the next bell. Raises Withheld inside an exam."""
        left = await self._gate()
        usual = self._limits.edit_interval if self._shown else _FIRST
        return usual if left is None or usual is None else min(usual, left)

    async def _ends_within(self, seconds: float | None) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_closing.wait(), seconds)
        return self._is_closing.is_set()

    async def _show_parts(self, parts: Sequence[str], last: Saying, *, anew: bool) -> None:
        """What can be done about the answer stands below its last part."""
        if not parts:
            return
        *firsts, words = parts
        for number, part in enumerate(firsts):
            first = Saying(text=part, is_answer=last.is_answer)
            await self._show_part(number, first, anew=anew)
        await self._show_part(len(firsts), replace(last, text=words), anew=anew)
        await self._parts.take_back(len(parts))

    async def _show_part(self, number: int, saying: Saying, *, anew: bool) -> None:
        if self._shown.get(number) != saying:
            await self._parts.show(number, saying, anew=anew)
            self._shown[number] = saying

    def _meanwhile(self, text: str) -> Saying:
        """What stands there until the answer takes its place."""
        question = self._question
        controls = () if question.command else below_preview(question.unique_key)
        return Saying(text=text, controls=controls)


def _parts(text: str, limits: Limits) -> list[str]:
    """What is posted, one by one. The last of a very long answer is all of it, as a file."""
    parts = split(limits.render(text), limits.max_chars)
    if limits.max_chars is None or limits.max_parts is None or len(parts) <= limits.max_parts:
        return parts
    rest = say(_REST_IN_FILE)
    room = max(limits.max_chars - len(rest) - 2, 1)
    return [f"{split(limits.render(text), room)[0].rstrip()}\n\n{rest}", text]
