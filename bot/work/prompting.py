"""What a backend is told of a turn: the words, the files, what was said before, and as whom."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime

from bot.classroom.exams import ExamRules
from bot.core.assignments import Assignment
from bot.core.catalogue import Chosen
from bot.core.errors import EmptyMessage, Refusal
from bot.core.files import FileRefused
from bot.core.materials import Source
from bot.core.messages import Message
from bot.core.ports.adapter import Adapter, Reads
from bot.core.ports.backend import Backend
from bot.core.prompts import Exchange, Prompt, Utterance, heard, heard_in, spoken
from bot.core.quoting import Quote
from bot.core.turns import Turn
from bot.work.attachments import Fetched, Hear, fetch_all
from bot.work.citing import material_for, without_marks
from bot.work.helping import taken
from bot.work.holding import HeldTurn, Ports
from bot.work.lent import stores_for
from bot.work.remembering import Remembering

_LANGUAGE = "Answer in the language of what is asked."
_TRIES = 2  # of files that cannot be had, before the question is answered without them


class Prompting:
    """Makes prompts; saves nothing, so what it settles is the attempt's to keep with the turn."""

    def __init__(
        self,
        held: HeldTurn,
        ports: Ports,
        adapter: Adapter,
        backend: Backend,
        remembering: Remembering,
    ) -> None:
        self._held = held
        self._storage = ports.storage
        self._clock = ports.clock
        self._freight = ports.freight
        self._transcriber = ports.transcriber
        self._finder = ports.finder
        self._pseudonyms = ports.pseudonyms
        self._classroom = ports.classroom
        self.exam = ExamRules()  # under which the last prompt is to be answered
        self._adapter = adapter
        self._backend = backend
        self._remembering = remembering

    async def prompt(self, turn: Turn, chosen: Chosen, hold: AsyncExitStack) -> Prompt:
        """`hold`: as long as its files are in hand.

        Raises EmptyMessage or FileRefused where nothing is left to be asked about.
        """
        earlier = await self._earlier(turn)
        asked = await self._classroom.consents.of_asker(turn.message)
        message = _with_files(asked, earlier)
        mask = await self._held.veil.masked(self._held.turn, earlier)
        masked, earlier = mask.message(message), [*map(mask.quote, earlier)]
        await hold.enter_async_context(self._freight.loaded(message.attachments))
        fetched = await (await self._files(masked, turn)).told(mask)
        is_heard = bool(fetched.heard or heard_in(turn.prompt or ""))
        if not (message.command or message.text or earlier or fetched.files or is_heard):
            raise _empty(fetched.left_out)
        self.exam = under = await self._classroom.rules(turn)
        told = replace(turn, message=masked)
        assignment = await self._held.lesson.assignment()
        stores = await stores_for(told, chosen, self._storage, assignment)
        material = () if stores else await self._material(told, chosen, assignment)
        return Prompt(
            turn_id=turn.id,
            conversation_id=turn.conversation_id,
            message=message,
            person=mask.user or await self._pseudonyms.of(message),
            words=turn.prompt or _words(masked, earlier, fetched),
            files=fetched.files,
            left_out=fetched.left_out,
            material=material,
            stores=stores,
            assistant=under.around(chosen.assistant),
            under=under.marks,
            situation=self._situation(message, chosen),
            recall=lambda: self._recall(chosen),
            session=await self._remembering.session(chosen.assistant),
            is_submitted=turn.is_submitted,
            run=turn.run,
            run_at=turn.run_at,
            is_live=self._adapter.limits(message).edit_interval is not None,
        )

    async def _material(
        self, turn: Turn, chosen: Chosen, about: Assignment | None
    ) -> Sequence[Source]:
        only = about.material if about else ()
        return await material_for(turn, chosen, self._storage.materials, self._finder, only)

    def _situation(self, message: Message, chosen: Chosen) -> str:
        """Who has written that there are no instructions gets none."""
        if not chosen.assistant.instructions:
            return ""
        return _situation(chosen.catalogue.table.surface(message.key.platform), self._clock())

    async def _earlier(self, turn: Turn) -> list[Quote]:
        """What was said before, for the first question there, or one without words."""
        message, adapter = turn.message, self._adapter
        is_settled = turn.prompt is not None or message.command or not message.is_shared
        if is_settled or not isinstance(adapter, Reads):
            return []
        is_first = await self._storage.turns.kind_before(turn.conversation_id, turn.id) is None
        if not is_first and (message.text or message.attachments):
            return []
        quotes = await taken(adapter.earlier(message), "earlier_not_read")
        return [*await self._classroom.consents.heard(message, quotes)]

    async def _files(self, message: Message, turn: Turn) -> Fetched:
        if message.command or not isinstance(self._adapter, Reads):
            return Fetched()
        is_last_try = turn.failures >= _TRIES or turn.run is not None
        hear = self._hear(turn)
        fetched = await fetch_all(self._adapter, message, is_last_try=is_last_try, hear=hear)
        return await fetched.texts() if self._backend.reads_only_text else fetched

    def _hear(self, turn: Turn) -> Hear | None:
        """What an attempt before this one has heard is not heard again."""
        if self._transcriber is None:
            return None
        return _nothing_more if heard_in(turn.prompt or "") else self._transcriber.words_of

    async def _recall(self, chosen: Chosen) -> Sequence[Exchange]:
        said = await self._remembering.recall()
        return [without_marks(one) for one in said] if chosen.has_material else said


def _words(message: Message, earlier: Sequence[Quote], fetched: Fetched) -> str:
    if message.command:
        return message.text
    return "\n\n".join(filter(None, [spoken(message, earlier), heard(fetched.heard)]))


async def _nothing_more(_name: str, _sound: bytes) -> Utterance:
    return Utterance("")


def _with_files(message: Message, earlier: Sequence[Quote]) -> Message:
    """With the files of what it is about: the thread's first message, or the one above it."""
    topics = [line for line in earlier if line.is_topic]
    about = topics if message.own_words else [*topics, *earlier[-1:]]
    files = {one.id: one for line in about for one in line.attachments}
    more = [one for one in files.values() if one not in message.attachments]
    return replace(message, attachments=(*message.attachments, *more))


def _empty(left_out: Sequence[str]) -> Refusal:
    return FileRefused(notice=" ".join(left_out)) if left_out else EmptyMessage()


def _situation(surface: str, now: float) -> str:
    """The day and not the hour: what stands before the question is cached by what it says."""
    today = datetime.fromtimestamp(now, UTC).astimezone()
    day = f"Today is {today:%A}, {today.day} {today:%B %Y}."
    return f"{surface} {day} {_LANGUAGE}".lstrip()
