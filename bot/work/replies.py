"""A reply: the platform's messages that show an answer."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import structlog

from bot.core.errors import BotError, OutcomeUnknown, StaleTurn, TransientError
from bot.core.messages import nonce_of
from bot.core.ports.adapter import Adapter, Limits
from bot.core.ports.storage import Storage
from bot.core.text import split
from bot.core.turns import Turn

log = structlog.get_logger()

_REST_IN_FILE = "*(The whole answer is in the file.)*"
_FIRST = 0.2  # seconds: an answer that is whole by then is shown at once, in one call


@contextmanager
def courtesy(log: Any, event: str) -> Iterator[None]:
    """Around what may fail without harm: the answer itself is delivered, and retried."""
    try:
        yield
    except BotError as error:
        log.info(event, error=type(error).__name__)
    except Exception:
        log.exception(event)


class Reply:
    """Makes the platform show exactly this text: each part is posted once, and edited ever after.

    The intent to post a part is saved before it is posted. A part that was intended and has no
    ref, after a crash or a broken connection, is looked for before it is posted again. So
    showing is idempotent, and preview, delivery and recovery are one call.
    """

    def __init__(
        self, adapter: Adapter, storage: Storage, turn: Turn, holds: Callable[[], bool]
    ) -> None:
        """`holds`: whether nobody else can have taken over the work of this process."""
        self._adapter = adapter
        self._storage = storage
        self._holds = holds
        self._turn_id = turn.id
        self._question = turn.message
        self._limits = adapter.limits(turn.message)
        # A turn's first claim cannot have posted anything.
        self._refs: dict[int, str | None] | None = {} if turn.epoch == 1 else None
        self._shown: dict[int, tuple[str, bool]] = {}
        self._preview = ""
        self._previewer: asyncio.Task[None] | None = None
        self._is_closing = asyncio.Event()

    def preview(self, text: str) -> None:
        """Show the answer as far as it is written: the latest text wins, at the platform's pace.

        Only the first part is used: the others are posted when their text is certain.
        """
        if self._limits.edit_interval is None or not text.strip():
            return
        self._preview = text
        if self._previewer is None:
            self._previewer = asyncio.create_task(self._show_previews())

    async def tell(self, notice: str) -> None:
        """Show a notice until the answer takes its place."""
        await self.settle()
        await self._show_part(0, notice, final=False)

    async def show(self, text: str) -> None:
        """Show the whole answer: the last word."""
        await self.settle()
        parts = _parts(text, self._limits)
        for number, part in enumerate(parts):
            await self._show_part(number, part, final=number == len(parts) - 1)

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
            while not await self._ends_within(
                self._limits.edit_interval if self._shown else _FIRST
            ):
                if self._adapter.limits(self._question).edit_interval is None:
                    return  # others were faster: no more is shown there while it is written
                text = split(self._preview, self._limits.max_chars)[0]
                await self._show_part(0, text, final=False)

    async def _ends_within(self, seconds: float | None) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_closing.wait(), seconds)
        return self._is_closing.is_set()

    async def _show_part(self, part: int, text: str, *, final: bool) -> None:
        if self._shown.get(part) == (text, final):
            return
        ref = await self._ref(part)
        if ref is None:
            ref = await self._post(part, text, final=final)
        else:
            self._require_hold()
            await self._adapter.edit(self._question, ref, text, final=final)
        self._shown[part] = (text, final)

    async def _ref(self, part: int) -> str | None:
        """The ref of a part that is posted; one that may be is looked for."""
        if self._refs is None:
            self._refs = await self._storage.posts.of(self._turn_id)
        if part in self._refs and self._refs[part] is None:
            found = await self._adapter.find(self._question, self._nonce(part))
            if found is not None:
                await self._save(part, found)
        return self._refs.get(part)

    async def _post(self, part: int, text: str, *, final: bool) -> str:
        known = self._refs or {}
        is_first = part not in known  # else one may stand there already, and is looked for again
        await self._storage.posts.intend(self._turn_id, part)
        self._refs = {**known, part: None}
        nonce = self._nonce(part)
        self._require_hold()
        try:
            ref = await self._adapter.post(self._question, text, nonce=nonce, final=final)
        except OutcomeUnknown:
            raise
        except TransientError:
            if is_first:
                await self._storage.posts.drop(self._turn_id, part)
                del self._refs[part]
            raise
        await self._save(part, ref)
        return ref

    def _require_hold(self) -> None:
        """Nothing more is shown once others may have taken over what is shown here."""
        if not self._holds():
            raise StaleTurn("this process was not heard of for too long: others go on")

    async def _save(self, part: int, ref: str) -> None:
        self._refs = {**(self._refs or {}), part: ref}
        await self._storage.posts.save(self._turn_id, part, ref)

    def _nonce(self, part: int) -> str:
        return nonce_of(self._question, part)


def _parts(text: str, limits: Limits) -> list[str]:
    """What is posted, one by one. The last of a very long answer is all of it, as a file."""
    parts = split(text, limits.max_chars)
    if limits.max_chars is None or limits.max_parts is None or len(parts) <= limits.max_parts:
        return parts
    room = max(limits.max_chars - len(_REST_IN_FILE) - 2, 1)
    return [f"{split(text, room)[0].rstrip()}\n\n{_REST_IN_FILE}", text]
