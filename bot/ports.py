"""The five ports, in the words of those who call them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.answers import AnswerEvents, Kind, Status
from bot.assistants import Assistant
from bot.messages import ConversationKey, Message, Receipt
from bot.turns import Session, Turn

Accept = Callable[[Message], Awaitable[Receipt]]
Clock = Callable[[], float]  # seconds since the epoch


@dataclass(frozen=True, slots=True)
class Limits:
    """What a platform can show."""

    max_chars: int | None = None  # of one message
    edit_interval: float | None = None  # seconds between previews; None: whole answers only


class Adapter(Protocol):
    """A platform: where people talk."""

    platform: str
    limits: Limits

    async def listen(self, accept: Accept) -> None:
        """Hand every message to `accept`, which returns when it is safely written down.

        Returns when the platform has nothing more to say, which most never do.
        """

    async def post(self, question: Message, text: str, *, nonce: str, final: bool) -> str:
        """Post a part of the reply to `question`; returns its ref. `final`: the last word.

        Raises OutcomeUnknown when it may have been posted, PlatformUnavailable when it was
        not, Undeliverable when nobody is there.
        """

    async def edit(self, question: Message, ref: str, text: str, *, final: bool) -> None: ...

    async def find(self, question: Message, nonce: str) -> str | None:
        """The ref of a part that may have been posted under this nonce; None if it was not."""

    async def show_status(self, question: Message, status: Status, detail: str = "") -> None:
        """Show what is being done about `question`; a status that cannot be shown is no error."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer: what history is made of."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """All that a backend needs to answer one message, or to go on answering it."""

    turn_id: int
    conversation_id: int
    message: Message
    assistant: Assistant
    recall: Callable[[], Awaitable[Sequence[Exchange]]]  # earlier exchanges, the oldest first
    session: Session | None = None
    is_submitted: bool = False  # a run may have been started whose id is not known: look first
    run: str | None = None  # set: re-attach to this run instead of starting another
    run_at: float | None = None
    is_live: bool = False  # somebody watches the answer being written


class Backend(Protocol):
    """A mind: who answers."""

    name: str

    def answer(self, prompt: Prompt) -> AnswerEvents:
        """Answer, telling each step as it happens; the last event is `Finished`."""

    async def cancel(self, session: str | None, run: str) -> None:
        """End a run nobody waits for any more; one that has ended already is no error."""

    async def forget(self, session: str, runs: Sequence[str]) -> None:
        """Delete what the server keeps of a conversation; what is gone already is no error."""

    async def check(self) -> str:
        """One line about a working server, for `doctor`; raises BotError with the reason."""

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Used:
    """Tokens of a number of runs. Runs whose server did not say are counted apart."""

    runs: int = 0
    uncounted: int = 0
    input_tokens: int = 0
    history_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0


class Storage(Protocol):
    """What is remembered. Each verb is one step: when it returns, it is on disk."""

    async def add_turn(self, message: Message, now: float) -> Receipt: ...

    async def claim_turn(self, conversation_id: int, now: float) -> Turn | None:
        """The first open turn of a conversation, if it is due, under a new epoch."""

    async def save_turn(self, turn: Turn) -> None:
        """Raises StaleTurn when the turn was claimed again, or ended, by someone else."""

    async def due_at(self, conversation_id: int) -> float | None:
        """When the first open turn of a conversation is due; None when there is none."""

    async def open_conversations(self) -> Sequence[tuple[int, ConversationKey]]: ...

    async def cancel_turn(self, message_key: str, now: float) -> bool:
        """End a turn whose message was withdrawn; False when it is not open."""

    async def history(self, turn: Turn, limit: int) -> Sequence[Exchange]:
        """The newest exchanges before `turn` since the conversation began anew."""

    async def begin_anew(self, conversation_id: int, turn_id: int, now: float) -> None:
        """History ends here: later turns of this conversation remember nothing before it."""

    async def kind_before(self, conversation_id: int, turn_id: int) -> Kind | None:
        """What the answer to the turn before this one was."""

    async def session(self, conversation_id: int, backend: str) -> Session | None: ...

    async def save_session(
        self, conversation_id: int, backend: str, session: Session, now: float
    ) -> None: ...

    async def end_session(self, conversation_id: int, now: float) -> None: ...

    async def posts(self, turn_id: int) -> dict[int, str | None]:
        """The parts of a reply that were posted (with their ref) or were about to be (None)."""

    async def intend_post(self, turn_id: int, part: int) -> None: ...

    async def save_post(self, turn_id: int, part: int, ref: str) -> None: ...

    async def drop_post(self, turn_id: int, part: int) -> None:
        """The part was certainly not posted."""

    async def bind(self, scope: str, assistant: str, now: float) -> None: ...

    async def bindings(self, scopes: Sequence[str]) -> dict[str, str]: ...

    async def usage_of(self, conversation_id: int) -> Used: ...

    async def remember(self, name: str, value: str) -> None: ...

    async def recall(self, name: str) -> str | None: ...


Work = Callable[[int], Awaitable[float | None]]
"""Does what is due in a conversation; returns when to come back (None: when woken)."""


class Queue(Protocol):
    """Who works next: at most one worker in a conversation, any number of conversations."""

    def start(self, work: Work) -> None: ...

    def wake(self, conversation_id: int) -> None: ...

    async def drain(self, grace: float) -> None:
        """Take nothing more; give running work `grace` seconds, then leave it to the next start."""
