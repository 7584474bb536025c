"""The five ports, in the words of those who call them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.answers import AnswerEvents, Kind, Status
from bot.messages import Attachment, Author, ConversationKey, Message, Receipt, Vote
from bot.prompts import Exchange, Prompt
from bot.turns import Session, Turn


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


class Door(Protocol):
    """The way into the bot: all that an adapter may ask of it.

    Messages are named by their `unique_key`. Raises StorageUnavailable where nothing could be
    written down: then the platform must not be told that it was.
    """

    async def accept(self, message: Message) -> Receipt:
        """Write a message down, once; it is answered in its turn."""

    async def replace(self, message_key: str, text: str) -> bool:
        """The person edited a message; False when its answer has begun already."""

    async def withdraw(self, message_key: str) -> bool:
        """The person deleted a message: its answer is cancelled; False when there is none open."""

    async def regenerate(self, message_key: str, click: str, author: Author) -> Receipt | None:
        """Answer a message once more, as a new turn; `click` is the platform's id of the wish.

        None when there is no such message.
        """

    async def vote(self, message_key: str, person: str, vote: Vote, reason: str = "") -> bool:
        """Keep what a person thinks of an answer: one vote a person. False: no such message."""

    async def knows(self, key: ConversationKey) -> bool:
        """Whether there is a conversation under this key."""

    async def setting(self, key: ConversationKey, name: str) -> str | None:
        """A setting of the closest scope that has one: what people chose there, else the file."""

    async def assistants(self) -> Sequence[str]:
        """The names of the assistants there are."""

    async def assistant(self, key: ConversationKey) -> str:
        """The name of the assistant that answers there."""

    async def usage_of_person(self, scope: str, person: str) -> Used:
        """What the answers to a person's questions have used within a scope."""

    async def chosen_for(self, scope: str, name: str) -> str | None:
        """What people chose for this very scope."""

    async def export(self, scope: str, most: int) -> bytes:
        """What was said in the shared conversations of a scope: JSON of at most `most` bytes."""

    async def settings(self, key: ConversationKey, name: str) -> Sequence[str]:
        """What is set in each scope, by people and by the file: for lists that add up."""

    async def set(self, scope: str, name: str, value: str) -> None:
        """Choose a setting for a scope: a conversation, a channel, a space or a platform."""


Clock = Callable[[], float]  # seconds since the epoch


@dataclass(frozen=True, slots=True)
class Limits:
    """What a platform can show."""

    max_chars: int | None = None  # of one message
    edit_interval: float | None = None  # seconds between previews; None: whole answers only
    max_parts: int | None = None  # an answer of more is sent as its beginning and a file


class Adapter(Protocol):
    """A platform: where people talk."""

    platform: str

    def limits(self, question: Message) -> Limits:
        """What can be shown where `question` was asked."""

    def open(self, door: Door) -> None:
        """Learn, before anything else, whom to hand messages to and ask about settings.

        A process that only answers opens its adapters as well, and never listens.
        """

    async def seats(self) -> Sequence[str]:
        """What can be listened to apart, each by one process only; none: any number may listen."""

    async def listen(self, seat: str = "") -> None:
        """Hand every message to `door.accept`, which returns when it is safely written down.

        `seat`: one of `seats`, where several processes share them; else all there is.

        Returns when the platform has nothing more to say, which most never do. When it is
        cancelled nothing more is heard; what is being answered can still be posted.
        """

    async def post(self, question: Message, text: str, *, nonce: str, final: bool) -> str:
        """Post a part of the reply to `question`; returns its ref. `final`: the last word.

        A text longer than `limits.max_chars` is the whole of a long answer: it is sent as a file.

        Raises OutcomeUnknown when it may have been posted, PlatformUnavailable when it was
        not, Undeliverable when nobody is there.
        """

    async def edit(self, question: Message, ref: str, text: str, *, final: bool) -> None: ...

    async def find(self, question: Message, nonce: str) -> str | None:
        """The ref of a part that may have been posted under this nonce; None if it was not."""

    async def show_status(self, question: Message, status: Status, detail: str = "") -> None:
        """Show what is being done about `question`; a status that cannot be shown is no error."""

    async def admit(self, question: Message) -> None:
        """Whether this person may ask here.

        If not, the person is told, where only they can see it, and NotAllowed is raised.
        """

    async def earlier(self, question: Message) -> str:
        """What people said there before the bot was first spoken to, "Name: words" a line."""

    async def fetch(self, question: Message, attachment: Attachment) -> bytes:
        """Download a file. Raises a Refusal that says what is wrong with it."""

    async def close(self) -> None:
        """Nothing will be posted any more."""


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
class Kept:
    """A session that a backend's server keeps, with the runs in it."""

    backend: str
    session: str
    runs: tuple[str, ...]


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

    async def cancel_turn(self, message_key: str, now: float) -> Receipt | None:
        """End a turn whose message was withdrawn; None when it is not open."""

    async def is_withdrawn(self, turn_id: int) -> bool:
        """Whether a turn was cancelled, by whomever."""

    async def replace_turn(self, message_key: str, text: str) -> bool:
        """Change a message nobody has begun to answer; False when somebody has."""

    async def message(self, message_key: str) -> Message | None: ...

    async def knows(self, key: ConversationKey) -> bool:
        """Whether there is a conversation under this key."""

    async def add_vote(
        self, message_key: str, person: str, vote: Vote, reason: str, now: float
    ) -> bool:
        """One vote a person and answer, the last one; False when there is no such message."""

    async def history(self, turn: Turn, limit: int) -> Sequence[Exchange]:
        """The newest exchanges before `turn` since the conversation began anew."""

    async def begin_anew(self, conversation_id: int, turn_id: int, now: float) -> None:
        """History ends here: later turns of this conversation remember nothing before it."""

    async def kind_before(
        self, conversation_id: int, turn_id: int, author: str | None = None
    ) -> Kind | None:
        """What the answer to the turn before this one was; with `author`, to the last of theirs."""

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

    async def bind(self, scope: str, name: str, value: str, now: float) -> None:
        """A setting that people choose for a scope."""

    async def bindings(self, scopes: Sequence[str], name: str) -> dict[str, str]:
        """What was chosen for each of the scopes."""

    async def usage_of(self, conversation_id: int) -> Used: ...

    async def usage_of_person(self, scope: str, person: str) -> Used:
        """Of the questions of one person, in all conversations within a scope."""

    async def open_turns(self, key: ConversationKey, limit: int) -> Sequence[Turn]:
        """The open turns of a conversation, the first to be answered first."""

    async def turns_in(self, scope: str, limit: int) -> Sequence[Turn]:
        """The newest turns of all conversations within a scope, the oldest of them first."""

    async def asked(self, turn: Turn, scope: str, since: float, limit: int) -> Sequence[float]:
        """When the author of `turn` asked within a scope since then, and before this turn.

        The newest first. It counts what was asked of a backend, or will be.
        """

    async def kept_of(self, person: str, scope: str) -> Sequence[Kept]:
        """What servers keep of the conversations a person took part in, within a scope."""

    async def erase(self, person: str, scope: str) -> int:
        """Blank what a person said within a scope, and the answers to it; returns how many.

        History begins anew in those conversations, for others' answers repeat it.
        """

    async def remember(self, name: str, value: str) -> None: ...

    async def replace_memo(self, name: str, known: str, value: str) -> bool:
        """Remember, unless what is remembered is not what was known: somebody else was quicker."""

    async def recall(self, name: str) -> str | None: ...


Work = Callable[[int], Awaitable[float | None]]
"""Does what is due in a conversation; returns when to come back (None: when woken)."""


class Queue(Protocol):
    """Who works next: at most one worker in a conversation, any number of conversations."""

    def start(self, work: Work) -> None: ...

    def wake(self, conversation_id: int) -> None: ...

    async def idle(self) -> None:
        """Return when nothing is left to do, now or later."""

    async def drain(self, grace: float) -> None:
        """Take nothing more; give running work `grace` seconds, then leave it to the next start."""
