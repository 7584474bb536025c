"""A backend asked the way the runner asks it: what must be kept is kept, without a database."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar

from bot.backends.assistants import AssistantsBackend
from bot.backends.chat import ChatBackend
from bot.backends.clients import Client
from bot.backends.foreground import ForegroundBackend
from bot.backends.polling import PollPace
from bot.backends.responses import ResponsesBackend
from bot.core.answers import (
    Answer,
    AnswerEvent,
    AnswerEvents,
    CallsMade,
    Finished,
    RunIntended,
    RunStarted,
    SessionOpened,
    StatusChanged,
    TextDelta,
)
from bot.core.assistants import Assistant
from bot.core.errors import BotError, OutcomeUnknown, RunLost, SessionLost, TransientError
from bot.core.messages import Author, ConversationKey, Message
from bot.core.ports.backend import Backend
from bot.core.prompts import Exchange, Prompt
from bot.core.tools import Tool, ToolStep
from bot.core.turns import Session
from tests.fakes.memory import FakeMemory
from tests.patience import PATIENCE

MODEL = "fake-model"
KEY = "sk-secret-key"
PACE = PollPace(first=0.001, longest=0.01)

AnyBackend = TypeVar("AnyBackend", bound=Backend)
_numbers = count(1)
_ADA = Author("u1", "Ada")


@dataclass
class Question:
    """One turn, as far as it has come."""

    talk: "Talk"
    text: str
    is_live: bool = False
    id: int = field(default_factory=lambda: next(_numbers))
    events: list[AnswerEvent] = field(default_factory=list)
    is_submitted: bool = False
    run: str | None = None
    answer: Answer | None = None
    steps: tuple[ToolStep, ...] = ()

    async def go(self, backend: Backend | None = None) -> Answer:
        """One attempt; it begins where the last one stopped."""
        while True:
            async with aclosing(self._events(backend)) as events:
                async for _ in events:
                    pass
            if not isinstance(self.events[-1], CallsMade):
                break
        assert self.answer is not None, "the backend ended without an answer"
        return self.answer

    async def go_until(self, kind: type[AnswerEvent], value: object = None) -> None:
        """Stop at such an event, as at a shut-down."""
        async with aclosing(self._events(None)) as events:
            async for event in events:
                matches = value is None or value in (getattr(event, "status", None), event)
                if isinstance(event, kind) and matches:
                    return
        raise AssertionError(f"no {kind.__name__} came")

    async def persist(self) -> Answer:
        """As many attempts as it takes, up to ten."""
        for _ in range(10):
            try:
                return await self.go()
            except (TransientError, SessionLost):
                continue
        raise AssertionError("ten attempts did not bring an answer")

    async def _events(self, backend: Backend | None) -> AnswerEvents:
        answering = (backend or self.talk.backend).answer(self.prompt())
        try:
            async with aclosing(answering) as events:
                async for event in events:
                    self._keep(event)
                    yield event
        except BotError as error:
            self._keep_error(error)
            raise

    def prompt(self) -> Prompt:
        talk = self.talk
        return Prompt(
            turn_id=self.id,
            conversation_id=talk.id,
            message=Message(talk.key, f"m{self.id}", _ADA, self.text),
            person="a" * 64,
            words=self.text,
            assistant=talk.assistant,
            recall=talk.recall,
            session=talk.session,
            is_submitted=self.is_submitted,
            run=self.run,
            tools=talk.tools,
            steps=self.steps,
            is_live=self.is_live,
        )

    def _keep(self, event: AnswerEvent) -> None:
        self.events.append(event)
        match event:
            case SessionOpened(session, cursor):
                self.talk.session = Session(session, cursor)
            case RunIntended():
                self.is_submitted = True
            case RunStarted(run, cursor):
                self.run, self.is_submitted = run, True
                self.talk.move(cursor)
            case CallsMade(calls, run, cursor):
                self.run, self.is_submitted = run or self.run, False
                there = self.talk.session.id if self.talk.session else None
                outputs = tuple(f"{call.tool} has done it" for call in calls)
                self.steps = (*self.steps, ToolStep(calls, outputs, self.run, there))
                self.talk.move(cursor)
            case Finished(answer, run, cursor):
                self.answer, self.run = answer, run or self.run
                self.talk.move(cursor)
                self.talk.exchanges.append(Exchange(self.text, answer.words))

    def _keep_error(self, error: BotError) -> None:
        if isinstance(error, SessionLost):
            self.talk.session = None
        is_starting = self.is_submitted and self.run is None
        is_certain = isinstance(error, TransientError) and not isinstance(error, OutcomeUnknown)
        if isinstance(error, SessionLost | RunLost) or (is_starting and is_certain):
            self.run, self.is_submitted = None, False

    @property
    def written(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))

    @property
    def statuses(self) -> list[str]:
        return [str(event.status) for event in self.events if isinstance(event, StatusChanged)]


@dataclass
class Talk:
    """A conversation, and what the storage would remember of it."""

    backend: Backend
    assistant: Assistant = field(default_factory=Assistant)
    tools: tuple[Tool, ...] = ()
    session: Session | None = None
    exchanges: list[Exchange] = field(default_factory=list)
    id: int = field(default_factory=lambda: next(_numbers))

    @property
    def key(self) -> ConversationKey:
        return ConversationKey("test", "school", f"c{self.id}")

    def asking(self, text: str, *, live: bool = False) -> Question:
        return Question(self, text, live)

    async def ask(self, text: str, *, live: bool = False) -> Question:
        question = self.asking(text, live=live)
        await question.go()
        return question

    async def recall(self) -> Sequence[Exchange]:
        return list(self.exchanges)

    def move(self, cursor: str | None) -> None:
        if self.session and cursor:
            self.session = Session(self.session.id, cursor)


@asynccontextmanager
async def closing(backend: AnyBackend) -> AsyncIterator[AnyBackend]:
    try:
        yield backend
    finally:
        await backend.close()


BACKENDS: dict[str, Callable[[Client], Backend]] = {
    "responses": lambda client: ResponsesBackend(client, MODEL, PACE),
    "foreground": lambda client: ForegroundBackend(client, MODEL),
    "chat": lambda client: ChatBackend(client, MODEL),
    "assistants": lambda client: AssistantsBackend(client, MODEL, FakeMemory(), PACE),
}


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that is bound to happen soon."""
    async with asyncio.timeout(PATIENCE):
        while not is_so():  # noqa: ASYNC110 - the fakes have no event for it
            await asyncio.sleep(0.01)
