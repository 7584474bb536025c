"""What the bot is doing, under the thread: the words, and the session with its Stop button."""

import asyncio
from contextlib import suppress
from typing import Any

import structlog

from adapters.slack.bodies import JSON
from adapters.slack.crowd import Crowd
from adapters.slack.errors import Rejected
from adapters.slack.origins import SlackOrigin
from adapters.slack.surface import title
from adapters.slack.web import Web
from bot.core.answers import Status
from bot.core.errors import BotError
from bot.core.messages import Message
from bot.core.recent import Recent, RecentMap
from bot.words import say

log = structlog.get_logger()

_WORDS = {
    Status.QUEUED: "is waiting for its turn…",
    Status.THINKING: "is thinking…",
    Status.USING_TOOL: "is using a tool…",
    Status.WRITING: "is writing…",
    Status.WAITING: "is waiting for the AI service…",
    Status.RETRYING: "is trying again…",
}
LOADING = ("Reading your message…", "Thinking it over…", "Looking for the right words…")
_CHARS_OF_TITLE = 60
_CHARS_OF_WORDS = 100
_MISSING = {"unknown_method", "method_deprecated", "feature_not_enabled", "missing_scope"}
_WORDS_METHOD = "assistant.threads.setStatus"
_PATIENCE = 1.0  # seconds: a status that comes late is no status
_PAUSE = 0.2  # so that the question goes to the model first; and what is over by then needs none
_SHORT_WAIT = 1.5  # seconds: who waits no longer needs not be told that she is in line
_LATE = 3.0  # seconds an answer waits for a status that is on its way
_PATIENCE_AT_THE_END = 10.0  # but one that stays would be a lie


class SlackStatuses:
    """The words below a thread and the session that has the Stop button.

    Both write into the same place of the screen, and the last one wins: so the session is set
    after the words. None of it is worth an error.
    """

    def __init__(self, web: Web, crowd: Crowd) -> None:
        self._web = web
        self._crowd = crowd
        self._in_line = Recent[str]()  # questions that wait among many
        self._told_in_line = Recent[str]()
        self._over = Recent[str]()  # questions below which nothing stands any more
        self._missing: set[tuple[str, str]] = set()
        self._shown = RecentMap[str, tuple[Status, str]]()  # question -> what is said of it
        self._latest: dict[str, str] = {}  # by question: what is to be told
        # Nobody waits for it; and the event says that it is over.
        self._telling: dict[str, tuple[asyncio.Task[None], asyncio.Event]] = {}

    async def show(self, question: Message, status: Status, detail: str = "") -> None:
        words = say(_WORDS[status])
        words = f"{words.rstrip('…')} ({detail})…" if detail else words
        words = title(words, _CHARS_OF_WORDS)
        before = self._shown.get(question.id)
        self._shown.put(question.id, (status, words))
        # What is streamed shows itself that it is being written.
        is_seen = status is Status.WRITING and SlackOrigin.of(question).live
        if before == (status, words) or is_seen or not SlackOrigin.of(question).has_thread:
            return
        if question.id in self._in_line:
            return
        self._latest[question.id] = words
        if question.id not in self._telling:
            over = asyncio.Event()
            telling = asyncio.create_task(self._tell(question, over, is_first=before is None))
            self._telling[question.id] = (telling, over)

    async def settle(self, question: Message) -> None:
        """The answer follows: what is on its way arrives before it, and nothing after it."""
        self._latest.pop(question.id, None)
        if question.id in self._telling:
            telling, over = self._telling[question.id]
            over.set()
            await asyncio.wait([telling], timeout=_LATE)
            telling.cancel()  # the answer does not wait for a Slack that has come to a halt
            await asyncio.wait([telling])

    def is_writing(self, question: Message) -> bool:
        """Whether what is shown now is the answer as far as it is written, and no notice."""
        shown = self._shown.get(question.id)
        return shown is not None and shown[0] is Status.WRITING

    async def clear(self, question: Message) -> None:
        """Nothing is being done any more: also for what an earlier process had begun."""
        self.forget(question)
        await self.settle(question)
        if SlackOrigin.of(question).has_thread and question.id not in self._in_line:
            await self._session(question, "active", patience=_PATIENCE_AT_THE_END)

    async def end(self, question: Message) -> None:
        """The turn is over: what stands there although no answer came is taken away."""
        if question.id in self._over:
            return
        await self.clear(question)
        if question.id in self._told_in_line:  # an answer would have taken it away
            await self._set(_WORDS_METHOD, question, status="")

    async def clear_shown(self, question: Message) -> None:
        """The same for what is turned away, where mostly nothing has been shown."""
        if question.id in self._shown:
            await self.clear(question)
        self._over.add(question.id)

    def forget(self, question: Message) -> None:
        """The end of a stream has cleared it."""
        self._shown.drop(question.id)
        self._over.add(question.id)

    async def close(self) -> None:
        tasks = [telling for telling, _ in self._telling.values()]
        for telling in tasks:
            telling.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _tell(self, question: Message, over: asyncio.Event, *, is_first: bool) -> None:
        """The latest words win: those that were not told in time are passed over."""
        try:
            await _is_over_within(_PAUSE, over)
            if is_first and self._crowd.is_one(question):
                await self._tell_in_line(question, over)
            while words := self._latest.pop(question.id, ""):
                more: JSON = {"loading_messages": [*map(say, LOADING)]} if is_first else {}
                await self._set(_WORDS_METHOD, question, status=words, **more)
                opening = _opening(question) if is_first else {}
                await self._session(question, "processing", **opening)
                is_first = False
        finally:
            del self._telling[question.id]

    async def _tell_in_line(self, question: Message, over: asyncio.Event) -> None:
        """One call for each who waits, when there is room for it: Slack's answer takes it away."""
        self._latest.pop(question.id, None)
        self._in_line.add(question.id)
        if await _is_over_within(_SHORT_WAIT, over):
            return
        while not self._web.budget.is_free(_WORDS_METHOD, SlackOrigin.of(question).team):
            if await _is_over_within(_SHORT_WAIT, over):
                return
        self._told_in_line.add(question.id)
        words = say("is in line: {ahead} before you…", ahead=self._crowd.ahead(question))
        await self._set(_WORDS_METHOD, question, status=words)

    async def _session(self, question: Message, status: str, **more: Any) -> None:
        await self._set("agents.sessions.setStatus", question, status=status, **more)

    async def _set(
        self, method: str, question: Message, patience: float = _PATIENCE, **arguments: Any
    ) -> None:
        origin = SlackOrigin.of(question)
        team = origin.team
        if (method, team) in self._missing:
            return
        place: JSON = {"channel_id": origin.channel, "thread_ts": origin.thread}
        try:
            await self._web.call(method, team, patience=patience, **place, **arguments)
        except Rejected as error:
            log.info("status_refused", method=method, error=error.code)
            if error.code in _MISSING:
                self._missing.add((method, team))
        except BotError as error:
            log.info("status_not_shown", method=method, error=type(error).__name__)


async def _is_over_within(seconds: float, over: asyncio.Event) -> bool:
    with suppress(TimeoutError):
        await asyncio.wait_for(over.wait(), seconds)
    return over.is_set()


def _opening(question: Message) -> JSON:
    """What a session is told at first: who began it, and of what the thread is that begins here."""
    begins_thread = SlackOrigin.of(question).begins_thread
    about = title(question.text, _CHARS_OF_TITLE) if begins_thread else ""
    told = {"title": about, "initiator_user_id": question.author.id}
    return {name: value for name, value in told.items() if value}
