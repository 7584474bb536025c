"""What was learnt of a model's server, so that nothing has to be learnt twice.

What it refuses and how much it takes in is kept by model, for a week (see `learned`). Pauses and
failures live as long as the process.
"""

import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from bot.backends.failures import BUSY, NO_SIGHT, Repeatable, Unexplained, UnknownModel, Unwanted
from bot.backends.learned import Learned, Notebook
from bot.core.answers import AnswerEvent, Finished, remarked
from bot.core.assistants import Assistant
from bot.core.errors import BackendRefused, BackendUnavailable, BotError, OutcomeUnknown
from bot.core.ports.clock import Clock
from bot.core.prompts import Prompt
from bot.words import say

log = structlog.get_logger()

_SAME_WORDS = 3  # times, and they are believed
_TURNS = 1000  # whose failures are remembered
_FIRST, _LONGEST = 1.0, 60.0  # seconds of a shared pause
# What a request can be sent without. Without `stream` an answer comes whole; the limit has two
# names; instructions go into the question where there is no system role.
_DISPENSABLE = {
    *("stream", "stream_options", "max_tokens", "max_completion_tokens", "system", "tools"),
    *("hosted", "max_output_tokens", "store", "truncation", "safety_identifier", "metadata"),
    "include",
}
# What its asker is told, once, below the answer that was given without.
_GONE_WITHOUT = {
    "tools": "The AI service takes no tools with this model, so I answered without mine.",
    "hosted": "The AI service does not search, paint or run programs itself with this model, "
    "so I answered without that.",
}
_NOT_TAKEN = {
    "images": NO_SIGHT,
    "temperature": "The AI service does not take this assistant's `temperature`. "
    "The operator has to take it out of homeroom.toml.",
    "top_p": "The AI service does not take this assistant's `top_p`. "
    "The operator has to take it out of homeroom.toml.",
}


@dataclass(slots=True)
class Habits:
    """One server's. `model`: where an assistant names none; `clock`: one that nobody sets."""

    model: str = ""
    notebook: Notebook | None = None  # where it is kept
    clock: Clock = time.monotonic
    today: Clock = time.time
    _learned: dict[str, Learned] = field(default_factory=dict)  # by model
    _untold: dict[int, str] = field(default_factory=dict)  # by turn: what it went without
    _failures: OrderedDict[int, tuple[str, int]] = field(default_factory=OrderedDict)
    _free_at: float = 0.0
    _pause: float = 0.0
    _teller: int | None = None  # the turn that was told so, which tries again when it is due

    def of(self, assistant: Assistant) -> Learned:
        return self._of(assistant.model or self.model)

    def _of(self, model: str) -> Learned:
        return self._learned.setdefault(model, Learned(self.today()))

    def leave_out(self, refused: Unwanted, request: dict[str, Any], turn: int) -> None:
        """Send it no more; raises BackendRefused where it was wished for, or was left out.

        Of tools the server's own go first: it may take ours.
        """
        part, model, tools = refused.part, request["model"], request.get("tools", [])
        learned = self._of(model)
        learned.is_blind |= part == "images"
        if part == "tools" and len(_ours(tools)) < len(tools):
            part = "hosted"
        is_sent = part == "hosted" or bool(request.get(part))  # as others were at the same time
        if part not in _DISPENSABLE or (part in learned.left_out and not is_sent):
            raise BackendRefused(str(refused), notice=_NOT_TAKEN.get(part)) from refused
        learned.left_out.add(part)
        if part in _GONE_WITHOUT:
            log.warning("tools_not_taken", which=part, model=model)
            self._untold[turn] = say(_GONE_WITHOUT[part])

    def tell_later(self, turn: int, sentences: Sequence[str]) -> None:
        """Below this turn's answer."""
        if sentences:
            self._untold[turn] = " ".join(sentences)

    def told(self, event: AnswerEvent, turn: int) -> AnswerEvent:
        """With what this answer went without, if that was found out as it was asked for."""
        if not isinstance(event, Finished) or not (words := self._untold.pop(turn, "")):
            return event
        remark = remarked(event.answer.remark, words)
        text = remarked(event.answer.words, remark)
        return replace(event, answer=replace(event.answer, text=text, remark=remark))

    def without(self, request: dict[str, Any]) -> dict[str, Any]:
        """The request, but for what this server does not take; streams are simply not wished."""
        left_out = self._of(request["model"]).left_out
        kept = {name: v for name, v in request.items() if name not in left_out}
        tools = kept.pop("tools", [])
        if "hosted" in left_out:
            kept.pop("include", None)
        if tools := _ours(tools) if "hosted" in left_out else tools:
            kept["tools"] = tools
        return kept | {"stream": request["stream"]}

    def require_sight(self, model: str) -> None:
        """Raises BackendRefused if this model was found not to take images."""
        if self._of(model).is_blind:
            raise BackendRefused(f"{model} takes no images", notice=_NOT_TAKEN["images"])

    def require_free(self, turn: int) -> None:
        """Raises BackendUnavailable while the server is busy, but not for whom it told so."""
        wait = self._free_at - self.clock()
        if wait > 0 and turn != self._teller:
            raise BackendUnavailable("the server is busy", notice=BUSY, retry_after=wait)
        if self._pause and turn != self._teller:  # it may be busy still: one at a time
            self._free_at, self._teller = self.clock() + self._pause, turn

    @asynccontextmanager
    async def attempt(self, prompt: Prompt) -> AsyncIterator[None]:
        """Around an attempt: what was learnt before is known, and what is learnt now is kept."""
        model = prompt.assistant.model or self.model
        await self._recall(model)
        try:
            with self._believing(prompt.turn_id):
                yield
            self._failures.pop(prompt.turn_id, None)
            self._pause = self._free_at = 0.0
        finally:
            await self._keep(model)

    async def _recall(self, model: str) -> None:
        known = self._learned.get(model)
        if known and known.is_fresh(self.today()):
            return
        kept = None
        if self.notebook and known is None:
            with suppress(BotError):  # it helps, and must not prevent
                kept = await self.notebook.take(model)
        if self._learned.get(model) is known:
            is_fresh = kept and kept.is_fresh(self.today())
            self._learned[model] = kept if kept and is_fresh else Learned(self.today())

    async def _keep(self, model: str) -> None:
        learned = self._of(model)
        if self.notebook is None or learned.written() in ("", learned.kept):
            return
        with suppress(BotError):
            await self.notebook.keep(model, learned, self.today())

    @contextmanager
    def _believing(self, turn: int) -> Iterator[None]:
        """What is said three times, or cannot be otherwise, is final."""
        try:
            yield
        except BackendUnavailable as error:
            if error.notice == BUSY:
                self._note_busy(turn, error.retry_after)
            raise
        except Repeatable as error:
            raise self._weigh(turn, error) from error
        except (Unexplained, UnknownModel, Unwanted) as error:
            raise BackendRefused(str(error), notice=error.notice) from error

    def _note_busy(self, turn: int, wait: float | None) -> None:
        if self._free_at <= self.clock() or turn == self._teller:
            self._pause = min(max(self._pause * 2, _FIRST), _LONGEST)
            self._free_at, self._teller = self.clock() + max(wait or 0.0, self._pause), turn

    def _weigh(self, turn: int, error: Repeatable) -> BackendRefused | OutcomeUnknown:
        words, count = self._failures.pop(turn, ("", 0))
        count = count + 1 if words == error.words else 1
        self._failures[turn] = (error.words, count)
        if len(self._failures) > _TURNS:
            self._failures.popitem(last=False)
        if count >= _SAME_WORDS:
            return BackendRefused(str(error), notice=error.believed)
        return OutcomeUnknown(str(error), notice=error.notice, retry_after=error.retry_after)


def _ours(tools: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [tool for tool in tools if tool["type"] == "function"]
