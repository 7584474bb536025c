"""What an answer takes along of its conversation, and the summary of what it does not.

When what is remembered fills most of its room, the older part is summed up once: a turn in a
conversation aside, so that nobody waits for it. Until that is done there is room for the next
questions; and where there is not, the newest that fits is taken along, as it always was.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.core.answers import Answer
from bot.core.assistants import Assistant
from bot.core.errors import Refusal
from bot.core.messages import Message
from bot.core.ports.backend import Backend
from bot.core.prompts import Exchange, Prompt, with_texts
from bot.core.summaries import SUM_UP, record_of, summarizer
from bot.core.turns import Session, Turn
from bot.rules.history import cut_to_size, is_full, newest_within, to_sum_up, tokens_in
from bot.words import say
from bot.work.holding import HeldTurn, Ports, courtesy

_EXCHANGES = 100  # of history looked at
TOLD = (
    "*(This conversation is getting long. From now on I remember its older part as a summary: "
    "`/status` shows it, `/new` begins anew.)*"
)


class NothingToSumUp(Refusal):
    """There is nothing left to sum up."""


def is_summing(message: Message) -> bool:
    return message.key.is_sums and message.command == SUM_UP


class Remembering:
    """That of one turn, while it is asked."""

    def __init__(self, held: HeldTurn, ports: Ports, backend: Backend) -> None:
        self._held = held
        self._ports = ports
        self._storage = ports.storage
        self._backend = backend
        self._recalled: Sequence[Exchange] | None = None
        self._session = Session("")

    async def session(self, assistant: Assistant) -> Session | None:
        """The backend's own, to go on with. One that is full, or outdated, has come to its end."""
        turn = self._held.turn
        session = await self._storage.sessions.current(turn.conversation_id, self._backend.name)
        is_begun = turn.is_submitted or turn.run is not None
        is_over = session and (
            session.is_outdated or session.tokens > self._backend.room(assistant)
        )
        if is_over and not is_begun:
            await self._storage.sessions.end(turn.conversation_id, self._held.now())
            session = None
        self._recalled, self._session = None, session or Session("")
        return session

    async def recall(self) -> Sequence[Exchange]:
        self._recalled = await self._storage.turns.history(self._held.turn, _EXCHANGES)
        return self._recalled

    def kept(self, session: str, cursor: str | None) -> Session:
        """The session as it is to be kept, once something happened in it."""
        if session != self._session.id:
            began = self._recalled or ()
            since = max((one.turn_id for one in began if one.is_summary), default=0)
            self._session = Session(session, tokens=tokens_in(began), since=since)
        self._session = replace(self._session, cursor=cursor or self._session.cursor)
        return self._session

    async def settle(self, prompt: Prompt, answer: Answer) -> Answer:
        """The answer; where the conversation gets long by it, its older part is to be summed up.

        Whoever asks is told so the first time. What was paid for is not lost over it.
        """
        own = Exchange(with_texts(prompt), answer.words, self._held.turn.id)
        self._session = replace(self._session, tokens=self._session.tokens + tokens_in([own]))
        if is_summing(prompt.message):
            return as_summary(
                answer, self._backend.room((await self._held.scene.chosen()).assistant)
            )
        room = self._backend.room(prompt.assistant)
        if room > 0 and self._is_full(own, room):
            with courtesy(self._held.log, "not_summed_up"):
                return await self._with_summary(own, answer, room)
        return answer

    async def _with_summary(self, own: Exchange, answer: Answer, room: int) -> Answer:
        turn = self._held.turn
        said = self._recalled if self._recalled is not None else await self.recall()
        tried = await self._storage.summaries.tried(turn.conversation_id)
        older = to_sum_up([*said, own], room, tried)
        if not older:
            return answer
        await self._ports.add(self._to_sum_up(older), older[0].said_at)
        is_first = tried in {0, older[-1].turn_id} and not older[0].is_summary
        return remarked_with(answer, say(TOLD)) if is_first else answer

    def _is_full(self, own: Exchange, room: int) -> bool:
        told = 0 if self._recalled is None else tokens_in([*self._recalled, own])
        return is_full(max(told, self._session.tokens), room)

    def _to_sum_up(self, older: Sequence[Exchange]) -> Message:
        """The same words and the same id whoever comes to it, and however often."""
        message, last = self._held.turn.message, older[-1].turn_id
        place = self._held.turn.conversation_id
        return Message(
            message.key.sums(), f"sums-{place}-{last}", message.author, str(last), SUM_UP
        )


async def summing_prompt(held: HeldTurn, ports: Ports, backend: Backend) -> Prompt:
    """What a model is asked in order to sum up. Raises NothingToSumUp."""
    turn, storage = held.turn, ports.storage
    chosen = (await held.scene.chosen()).assistant
    room = backend.room(chosen)
    words = turn.prompt or await _record(turn, ports, room)
    if turn.session is None:  # what was summed up before is nothing to this one
        await storage.sessions.end(turn.conversation_id, held.now())
    return Prompt(
        turn_id=turn.id,
        conversation_id=turn.conversation_id,
        message=turn.message,
        person=await _person(turn.message, ports),
        words=words,
        assistant=summarizer(chosen, room),
        recall=_nothing,
        session=await storage.sessions.current(turn.conversation_id, backend.name),
        is_submitted=turn.is_submitted,
        run=turn.run,
        run_at=turn.run_at,
    )


async def _person(message: Message, ports: Ports) -> str:
    """Who is summed up for, as a model's server knows her there."""
    classroom = ports.classroom
    course = await classroom.register.at(message.key.subject())
    if course is None or not course.is_open:
        return await ports.pseudonyms.of(message)
    return classroom.aliasing.user(course, classroom.roll.person(message))


def as_summary(answer: Answer, room: int) -> Answer:
    """What is kept of an answer that sums up."""
    return replace(answer, text=cut_to_size(answer.words, room), remark="", thoughts="")


async def _record(turn: Turn, ports: Ports, room: int) -> str:
    sources = await ports.storage.summaries.sources(int(turn.message.text or 0), _EXCHANGES)
    if not any(not one.is_summary for one in sources):
        raise NothingToSumUp
    return record_of(newest_within(sources, room))


async def _nothing() -> Sequence[Exchange]:
    return ()


def remarked_with(answer: Answer, remark: str) -> Answer:
    """With one more remark below it."""
    both = "\n\n".join(filter(None, [answer.remark, remark]))
    text = "\n\n".join(filter(None, [answer.words, both]))
    return replace(answer, text=text, remark=both)
