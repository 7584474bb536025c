"""Parts of replies, brought to where they stand in Slack: as a stream, whole, or anew."""

from dataclasses import replace

import structlog

from adapters.slack.crowd import Crowd
from adapters.slack.errors import Rejected
from adapters.slack.origins import SlackOrigin, with_origin
from adapters.slack.posting import MAX_CHARS, Posting
from adapters.slack.private import Private
from adapters.slack.refs import is_file, is_last_word, is_private_ref
from adapters.slack.statuses import SlackStatuses
from adapters.slack.streams import Streams
from adapters.slack.threads import Threads
from adapters.slack.ways import (
    ALONE,
    CHANNEL,
    DIRECT,
    THREAD,
    UNREADABLE,
    WHISPER,
    place_of_part,
    refusals_sorted,
)
from bot.core.errors import NotEditable, OutcomeUnknown
from bot.core.messages import Message
from bot.core.posts import Part, Saying
from bot.core.recent import Recent
from bot.words import say

log = structlog.get_logger()

_PERHAPS = "*(I could not find out whether this reached you before.)*\n\n"
_ELSEWHERE = "*(Slack takes no message of mine where you asked, so I answer you alone.)*\n\n"


class SlackDelivery:
    def __init__(  # noqa: PLR0913, PLR0917 - all that a reply may go through
        self,
        posting: Posting,
        private: Private,
        threads: Threads,
        streams: Streams,
        statuses: SlackStatuses,
        crowd: Crowd,
    ) -> None:
        self._posting = posting
        self._private = private
        self._threads = threads
        self._streams = streams
        self._statuses = statuses
        self._crowd = crowd
        self._begun = Recent[str]()  # questions of which something is shown already
        self._doubtful = Recent[str]()  # parts of which nobody can know whether they stand

    def is_live(self, question: Message) -> bool:
        """Whether its reply is, or can be, written before the reader's eyes."""
        return self._streams.has(question) or self._may_stream(question)

    async def post(self, question: Message, saying: Saying, part: Part) -> str:
        """At the part's place, as a stream while it is written there, else whole.

        The order is the rule. A status that is on its way arrives first, for Slack shows whatever
        came last, and an answer takes it away. Whether there may be a stream is asked before
        anything of the reply is noted, since only its first message may be one. If a stream
        begins, that is all: its end is another call. If not, the message streamed before is made
        whole before the next part is posted, so that parts stand in their order. Only when the
        last word stands, the session ends: until then a crash leaves the Stop button to whoever
        goes on.
        """
        try:
            return await self._post(question, saying, part)
        except OutcomeUnknown:
            self._threads.doubt(part)
            raise

    async def _post(self, question: Message, saying: Saying, part: Part) -> str:
        place, nonce = place_of_part(question, part), part.nonce
        await self._statuses.settle(question)
        is_preview = not saying.is_final and self._statuses.is_writing(question)
        may_stream = place == THREAD and is_preview and self._may_stream(question)
        self._begun.add(question.id)
        if may_stream:
            ref = await self._streams.start(question, saying.text, nonce=nonce)
            if ref is not None:
                return ref
        with refusals_sorted():
            await self._streams.settle(question)
            ref = await self._post_whole(question, saying, place, nonce)
        if saying.is_final:
            await self._show_end(question)
        return ref

    async def rewrite(self, question: Message, ref: str, saying: Saying) -> None:
        """A file says everything already, and so does what was told to one person alone."""
        await self._statuses.settle(question)
        self._begun.add(question.id)
        if is_private_ref(ref):
            if not is_last_word(ref):
                raise NotEditable("only one person sees it, and Slack changes no such message")
        elif self._streams.has(question, ref):
            await self._streams.show(question, saying)
            return
        elif not is_file(ref):
            await self._streams.settle(question)
            await self._posting.rewrite(question, ref, saying)
        if saying.is_final:
            await self._show_end(question)

    async def find(self, question: Message, part: Part) -> str | None:
        """Where nothing can be read back, a part is posted again, and says so itself."""
        place = place_of_part(question, part)
        if place in UNREADABLE:
            self._doubtful.add(part.nonce)
            return None
        try:
            where = await self._private.as_direct(question) if place == DIRECT else question
            return await self._threads.find(where, part, in_thread=place == THREAD)
        except Rejected as error:
            log.warning("reply_not_looked_up", question=question.id, error=error.code)
            if error.code != "thread_not_found":  # where there is no thread, nothing stands in it
                self._doubtful.add(part.nonce)
            return None

    def _may_stream(self, question: Message) -> bool:
        """Only the first message of a reply is ever written before the reader's eyes."""
        return question.id not in self._begun and self._streams.can_start(question)

    async def _post_whole(self, question: Message, saying: Saying, place: str, nonce: str) -> str:
        origin = SlackOrigin.of(question)
        remarks = say(_PERHAPS) if nonce in self._doubtful else ""
        remarks += say(_ELSEWHERE) if place in {WHISPER, DIRECT} and not origin.private else ""
        if len(remarks + saying.text) < MAX_CHARS:
            saying = replace(saying, text=remarks + saying.text)
        if place in ALONE:
            return await self._private.post(question, saying, place, nonce=nonce)
        where = with_origin(question, thread="") if place == CHANNEL else question
        return await self._posting.post(where, saying, nonce=nonce)

    async def _show_end(self, question: Message) -> None:
        self._crowd.leave(question)
        await self._statuses.clear(question)
