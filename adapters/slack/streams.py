"""Answers that are written before the reader's eyes: Slack's native streams.

A stream is a courtesy; the answer is not. Whatever happens to a stream, its message is made to
say the whole answer: by its end, else by rewriting it.
"""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from adapters.slack.bodies import text as text_of
from adapters.slack.buttons import drawn
from adapters.slack.crowd import Crowd
from adapters.slack.errors import Rejected
from adapters.slack.origins import SlackOrigin
from adapters.slack.posting import Posting
from adapters.slack.refs import ref_of
from adapters.slack.statuses import SlackStatuses
from adapters.slack.surface import is_linked, shown, streamed
from adapters.slack.threads import metadata
from adapters.slack.web import Web
from bot.core.controls import Button
from bot.core.errors import OutcomeUnknown, PlatformUnavailable
from bot.core.messages import Message
from bot.core.posts import Saying

log = structlog.get_logger()

_MOST_ACTIVE = 5  # more of them use up the budget of a workspace, and all stand still
_LIFETIME = 270.0  # seconds; Slack ends a stream 300 after its start, however active it is
_FORGOTTEN = 7200.0  # seconds; longer than anybody tries to deliver an answer
_BUFFER = 256  # characters between two appends, for each stream that is active
_MISSING = {"unknown_method", "method_deprecated", "feature_not_enabled", "missing_scope"}
# Blanks at the beginning of what is appended can get lost, so a word goes with those behind it.
_LAST_WORD = re.compile(r"\S{0,40}\s{0,40}\Z")


@dataclass(slots=True)
class _Stream:
    team: str
    channel: str
    ts: str
    nonce: str
    started_at: float
    sent: str  # what it says so far
    wanted: str  # the newest text it was given
    controls: Sequence[Button] = ()  # below it, once it is whole
    is_open: bool = True  # may be appended to
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)  # two appends at once open two streams

    @property
    def ref(self) -> str:
        return ref_of(self.channel, self.ts)


class Streams:
    def __init__(
        self,
        web: Web,
        posting: Posting,
        statuses: SlackStatuses,
        crowd: Crowd,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._web = web
        self._posting = posting
        self._statuses = statuses
        self._crowd = crowd
        self._now = now
        self._streams: dict[str, _Stream] = {}  # by the question's id: one message of each reply
        self._missing: set[str] = set()  # workspaces that have no streams
        self._starting = Counter[str]()  # by workspace: streams that are about to begin

    def can_start(self, question: Message) -> bool:
        """Whether an answer can be streamed at the moment; else it is posted whole."""
        origin = SlackOrigin.of(question)
        team = origin.team
        return (
            origin.live
            and bool(origin.thread and question.author.id)
            and team not in self._missing
            and self._active(team) < _MOST_ACTIVE
            and self._web.budget.is_free("chat.startStream", team)
            and not self._crowd.is_one(question)
        )

    async def start(self, question: Message, text: str, *, nonce: str) -> str | None:
        """Begin a stream; None when it certainly has not begun. Raises OutcomeUnknown."""
        origin = SlackOrigin.of(question)
        team = origin.team
        begun = self._words(question, text)
        self._starting[team] += 1
        try:
            started = await self._web.call(
                "chat.startStream",
                team,
                patience=0.0,
                channel=origin.channel,
                thread_ts=origin.thread,
                markdown_text=begun or None,
                recipient_team_id=origin.asker_team or team,
                recipient_user_id=question.author.id,
            )
        except (Rejected, PlatformUnavailable) as error:
            self._note_missing(team, error)
            return None
        finally:
            self._starting[team] -= 1
        channel = str(started.get("channel") or origin.channel)
        stream = _Stream(team, channel, text_of(started, "ts"), nonce, self._now(), begun, text)
        self._forget_old()
        self._streams[question.id] = stream
        return stream.ref

    def has(self, question: Message, ref: str | None = None) -> bool:
        """Whether a message of the reply (this one) is a stream of ours."""
        stream = self._streams.get(question.id)
        return stream is not None and ref in (None, stream.ref)

    async def show(self, question: Message, saying: Saying) -> None:
        """Make the stream say this: by appending to it as long as that is possible."""
        stream = self._streams[question.id]
        async with stream.turn:
            stream.wanted, stream.controls = saying.text, saying.controls
            if not saying.is_final:
                return await self._append(question, stream, saying.text)
            try:
                await self._finish(question, stream, final=True)
            except Rejected:  # such as a message that an admin has deleted: it is posted anew
                self._streams.pop(question.id, None)
                raise

    async def abandon(self, question: Message) -> None:
        """Nobody waits for the answer any more: what stands there stays as it is."""
        stream = self._streams.pop(question.id, None)
        if stream is not None:
            async with stream.turn:
                await self._close(question, stream)

    async def settle(self, question: Message) -> None:
        """Another part of the answer follows: so the one that was streamed is whole.

        Where its message cannot be changed any more it is posted again, before the other.
        Raises PlatformUnavailable when it cannot be completed; then the other part must wait.
        """
        stream = self._streams.get(question.id)
        if stream is None:
            return
        async with stream.turn:
            try:
                await self._complete(question, stream)
            except OutcomeUnknown as error:
                raise PlatformUnavailable(str(error)) from error

    async def _complete(self, question: Message, stream: _Stream) -> None:
        try:
            await self._finish(question, stream, final=False)
        except Rejected as error:
            log.info("stream_replaced", ref=stream.ref, error=error.code)
            nonce = f"{stream.nonce}+"
            await self._posting.post(question, Saying(text=stream.wanted), nonce=nonce)
            self._streams.pop(question.id, None)

    async def _append(self, question: Message, stream: _Stream, text: str) -> None:
        words = self._words(question, text)
        rest = words.removeprefix(stream.sent)
        if not words.startswith(stream.sent):
            if not stream.sent.startswith(words):
                await self._replace(question, stream, text)
        elif self._now() - stream.started_at > _LIFETIME:
            await self._close(question, stream)
        elif stream.is_open and len(rest) >= _BUFFER * max(1, self._active(stream.team)):
            await self._send(question, stream, rest)

    async def _send(self, question: Message, stream: _Stream, rest: str) -> None:
        try:
            await self._web.call(
                "chat.appendStream",
                SlackOrigin.of(question).team,
                patience=0.0,
                channel=stream.channel,
                ts=stream.ts,
                markdown_text=rest,
            )
        except PlatformUnavailable:
            return  # the next one takes it along
        except (Rejected, OutcomeUnknown) as error:
            # What it says now is not known: it is not touched until the whole is there.
            log.info("stream_broken", ref=stream.ref, error=str(error))
            stream.is_open = False
        else:
            stream.sent += rest

    async def _finish(self, question: Message, stream: _Stream, *, final: bool) -> None:
        if await self._is_ended(question, stream, final=final):
            self._streams.pop(question.id, None)
            return
        saying = Saying(text=stream.wanted, is_final=final, controls=stream.controls)
        await self._posting.rewrite(question, stream.ref, saying, nonce=stream.nonce)
        self._streams.pop(question.id, None)
        if final:
            await self._statuses.clear(question)

    async def _is_ended(self, question: Message, stream: _Stream, *, final: bool) -> bool:
        """End it with the rest of the answer; False: the message has to be rewritten."""
        safe = shown(stream.wanted, question.author.id)
        # What has addresses is written once more when it is whole, so that they can be followed.
        if not safe.startswith(stream.sent) or is_linked(safe):
            await self._close(question, stream)
        if not stream.is_open:
            return False
        stream.is_open = await self._stop(question, stream, safe[len(stream.sent) :], final=final)
        return stream.is_open

    async def _stop(self, question: Message, stream: _Stream, rest: str, *, final: bool) -> bool:
        try:
            await self._web.call(
                "chat.stopStream",
                SlackOrigin.of(question).team,
                channel=stream.channel,
                ts=stream.ts,
                markdown_text=rest or None,
                blocks=(final and drawn(stream.controls)) or None,
                metadata=metadata(question, stream.nonce),
                session_status="active" if final else "processing",
            )
        except (Rejected, OutcomeUnknown) as error:
            log.info("stream_not_stopped", ref=stream.ref, error=str(error))
            return False
        if final:
            self._statuses.forget(question)
        return True

    async def _replace(self, question: Message, stream: _Stream, text: str) -> None:
        """The text is no continuation: a notice gives way to the answer, or the other way round."""
        await self._close(question, stream)
        await self._posting.rewrite(question, stream.ref, Saying(text=text), nonce=stream.nonce)
        stream.sent = self._words(question, text)

    async def _close(self, question: Message, stream: _Stream) -> None:
        """No more is appended; the message waits for the whole answer."""
        if stream.is_open:
            stream.is_open = False
            await self._posting.end_stream(question, stream.channel, stream.ts, stream.nonce)

    def _words(self, question: Message, text: str) -> str:
        ready = streamed(text, question.author.id)
        return ready[: _whole_words(ready)]

    def _active(self, team: str) -> int:
        """Streams of a workspace that can still be open, or are about to be."""
        old = self._now() - _LIFETIME
        ours = [stream for stream in self._streams.values() if stream.team == team]
        return self._starting[team] + sum(s.is_open and s.started_at > old for s in ours)

    def _forget_old(self) -> None:
        """Streams of turns that went elsewhere: their messages are completed without us."""
        old = self._now() - _FORGOTTEN
        self._streams = {of: s for of, s in self._streams.items() if s.started_at > old}

    def _note_missing(self, team: str, error: Exception) -> None:
        if isinstance(error, Rejected) and error.code in _MISSING:
            self._missing.add(team)
        log.info("stream_not_started", team=team, error=str(error))


def _whole_words(text: str) -> int:
    """Where the last word begins, which may not be whole yet."""
    found = _LAST_WORD.search(text)
    return found.start() if found else len(text)
