"""What is remembered, by its nouns. Each verb is one step: when it returns, it is on disk."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.answers import Answer, Kind
from bot.core.catalogue import Binding
from bot.core.courses import AuditLine, Course, Member, Role, Window
from bot.core.endorsements import Endorsements
from bot.core.erasures import Erasure
from bot.core.ladders import Ladders
from bot.core.messages import ConversationKey, Message, Receipt, Vote
from bot.core.ports.cards import Cards
from bot.core.ports.materials import Materials
from bot.core.ports.memory import Memory
from bot.core.ports.notes import Notes
from bot.core.ports.shares import Shares
from bot.core.posts import Post
from bot.core.prompts import Exchange
from bot.core.summaries import Summary
from bot.core.tools import Call, Decision, MadeCall, Output
from bot.core.turns import Run, Session, Turn


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
    instructions_tokens: int = 0
    tools_tokens: int = 0
    material_tokens: int = 0
    cost: int = 0  # billionths of a US dollar, of those whose price is known
    unpriced: int = 0  # of the runs: nobody knows what they cost

    @property
    def new_tokens(self) -> int:
        known = (self.history_tokens, self.instructions_tokens, self.tools_tokens)
        return max(self.input_tokens - sum(known) - self.material_tokens, 0)


@dataclass(frozen=True, slots=True)
class Kept:
    """A session that a backend's server keeps, with the runs in it."""

    backend: str | None
    session: str
    runs: tuple[str, ...]


class Turns(Protocol):
    """The line of work: messages, and what becomes of them."""

    async def add(self, message: Message, now: float) -> Receipt: ...

    async def claim(self, conversation_id: int, now: float) -> Turn | None:
        """The first open turn of a conversation, if it is due, under a new epoch."""

    async def save(self, turn: Turn) -> None:
        """Raises StaleTurn when the turn was claimed again, or ended, by someone else."""

    async def due_at(self, conversation_id: int) -> float | None:
        """When the first open turn of a conversation is due; None when there is none."""

    async def open_conversations(self) -> Sequence[tuple[int, ConversationKey]]: ...

    async def cancel(self, message_key: str, now: float) -> Receipt | None:
        """End a turn whose message was withdrawn; None when it is not open."""

    async def is_abandoned(self, turn_id: int) -> bool:
        """Whether a turn was cancelled, or is asked anew: a run of it is nobody's any more."""

    async def replace(self, message: Message, now: float) -> Receipt | None:
        """Change words and files of a message that waits; None when somebody answers it."""

    async def complete(self, message: Message) -> Receipt | None:
        """The same, also where it is being answered: that begins anew. None: it is answered."""

    async def give(self, message: Message, answer: Answer, now: float) -> Receipt:
        """Write down a turn that is born answered: all that is left is to deliver it, once."""

    async def show_anew(self, message_key: str, text: str) -> Receipt | None:
        """What was delivered says this from now on; None: there is no such turn."""

    async def begin(self, message_key: str) -> None:
        """Wait no longer for a fuller telling of a message."""

    async def message(self, message_key: str) -> Message | None: ...

    async def knows(self, key: ConversationKey) -> bool:
        """Whether there is a conversation under this key."""

    async def drop_tokens(self, since: float, before: float) -> None:
        """Of what was accepted within that time and is done: what its platform takes no more."""

    async def history(self, turn: Turn, limit: int) -> Sequence[Exchange]:
        """The newest exchanges before `turn` since the conversation began anew.

        The oldest first; in the place of all that was summed up stands the summary.
        """

    async def kind_before(
        self, conversation_id: int, turn_id: int, author: str | None = None
    ) -> Kind | None:
        """What the answer to the turn before this one was; with `author`, to the last of theirs."""

    async def undelivered(self, person: str, scope: str, limit: int) -> Sequence[Turn]:
        """Whose answers to a person found every way closed, the oldest first."""

    async def note_told(self, turn_id: int) -> None:
        """The answer has reached the person after all."""


class Sessions(Protocol):
    """A backend's own ids of conversations."""

    async def current(self, conversation_id: int, backend: str) -> Session | None: ...

    async def save(
        self, conversation_id: int, backend: str, session: Session, now: float
    ) -> None: ...

    async def end(self, conversation_id: int, now: float) -> None: ...

    async def leave(self, conversation_id: int) -> None:
        """Its servers must not go on from what they keep: it goes to `People.leftovers`."""

    async def begin_anew(self, conversation_id: int, turn_id: int, now: float) -> None:
        """History ends here: later turns of this conversation remember nothing before it."""


class Summaries(Protocol):
    """What is left of the older parts of conversations."""

    async def of(self, key: ConversationKey) -> Summary | None:
        """The one that counts in a conversation."""

    async def sources(self, last: int, limit: int) -> Sequence[Exchange]:
        """What there is to sum up of the conversation of a turn, up to that turn.

        The summary before, and the newest exchanges after it, the oldest first.
        """

    async def tried(self, conversation_id: int) -> int:
        """The last turn that its newest summary was to tell of, whatever became of it; or 0."""

    async def leave_sessions(self, conversation_id: int) -> None:
        """Those of a conversation are ended, and to be deleted at their servers."""


class Posts(Protocol):
    """The parts of replies."""

    async def of(self, turn_id: int) -> dict[int, Post]:
        """The parts of a reply that were posted, or were about to be."""

    async def intend(self, turn: Turn, part: int, post: Post) -> None:
        """A part is about to be posted. Raises StaleTurn when the turn is not held any more."""

    async def save(self, turn_id: int, part: int, ref: str) -> None: ...

    async def drop(self, turn_id: int, part: int) -> None:
        """The part was certainly not posted."""

    async def conversation_of(self, scope: str, ref: str) -> ConversationKey | None:
        """The conversation, within a scope, with a part of a reply under this ref."""


class Runs(Protocol):
    """What turns cost, run by run.

    A turn without calls has one run, which is saved with the turn and nowhere else. Of a turn with
    calls each run is kept for itself, and the turn's own numbers are their sum.
    """

    async def save(self, turn_id: int, run: Run) -> None:
        """A run has ended. The same step of a turn saved again is the same run, known better."""

    async def of(self, turn_id: int) -> Sequence[Run]:
        """Every run of a turn that was paid for, the oldest first; usage None: nobody said."""


class Calls(Protocol):
    """What models had done, and what came of it."""

    async def intend(
        self, turn: Turn, calls: Sequence[tuple[Call, Decision | None]], now: float
    ) -> Sequence[MadeCall]:
        """All calls of a step are about to be made, in place of what was about to be before.

        Ids that the turn has had already are taken for the calls that have them. Raises StaleTurn
        when the turn is not held any more.
        """

    async def of(self, turn_id: int) -> Sequence[MadeCall]:
        """The calls of a turn, in the order they were made."""

    async def find(self, number: int) -> tuple[MadeCall, Message] | None:
        """A call, and the question that it was made for."""

    async def begin(self, turn: Turn, number: int, now: float) -> None:
        """The call is about to be made, for a turn that is held. Raises StaleTurn if it is not."""

    async def end(self, number: int, output: Output, now: float) -> None:
        """What came of it; what was saved first stays."""

    async def decide(self, number: int, decision: Decision) -> bool:
        """Whoever was asked has decided; False where that was done before."""

    async def drop_files(self, turn_id: int) -> None:
        """The files that came of a turn's calls have reached the person."""


class Choices(Protocol):
    """Settings that people choose for a scope."""

    async def save(self, scope: str, name: str, value: str, now: float) -> None: ...

    async def of(self, scopes: Sequence[str]) -> Sequence[Binding]:
        """All that people chose for these scopes, in one look; and in which there is material."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens that a model of a backend has taken."""

    backend: str | None
    model: str | None
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost: int = 0  # of those whose price is known, in billionths of a US dollar


class Looks(Protocol):
    """What is looked at, and counted, while people talk."""

    async def usage_of(self, conversation_id: int) -> Used: ...

    async def last_asked(self, scope: str, person: str) -> ConversationKey | None:
        """The conversation, within a scope, of a person's newest question."""

    async def began(self, key: ConversationKey, person: str) -> bool:
        """Whether a conversation began with a question of this person."""

    async def usage_of_person(self, scope: str, person: str, since: float = 0.0) -> Used:
        """Of the questions of one person, in all conversations within a scope."""

    async def usage_by_person(self, scope: str, limit: int) -> Sequence[tuple[str, Used]]:
        """Names, and the same of each; whoever had most answers first."""

    async def open_turns(self, key: ConversationKey, limit: int) -> Sequence[Turn]:
        """The open turns of a conversation, the first to be answered first."""

    async def turns_in(self, scope: str, limit: int) -> Sequence[Turn]:
        """The newest turns of all conversations within a scope, the oldest of them first."""

    async def spent(self, scope: str, since: float, person: str | None) -> Sequence[Spent]:
        """By model, on what was asked within a scope since then: of all, or of one person.

        The one that answered last first.
        """

    async def asked(
        self, turn: Turn, alias: str, scope: str, since: float, limit: int
    ) -> Sequence[float]:
        """When the author of `turn`, or this alias, asked in a scope since then, and before it.

        The newest first. It counts what was asked of a backend, or will be.
        """


class People(Protocol):
    """What there is of a person: what they think of answers, and all that can be forgotten."""

    async def vote(
        self, message_key: str, person: str, vote: Vote, reason: str, now: float
    ) -> bool:
        """One vote a person and answer, the last one; False when there is no such message."""

    async def erase(self, erasure: Erasure, pseudonym: str, now: float) -> int:
        """Delete what there is of a person, and return how many messages; all of it repeatable.

        Their open turns are cancelled; what servers keep goes to `leftovers`, and those sessions
        end, so that other people's conversations go on with what is left. The erasure is kept
        until `is_erased`.
        """

    async def is_erased(self, erasure: Erasure) -> bool:
        """Whether nothing is left; then the erasure is forgotten, too."""

    async def erasures(self) -> Sequence[Erasure]:
        """Those that are not done."""

    async def leftovers(self) -> Sequence[Kept]:
        """What is to be deleted at servers."""

    async def leave(self, leftover: Kept) -> None:
        """Note that it is to be deleted at its server."""

    async def drop_leftover(self, leftover: Kept) -> None:
        """It is deleted there."""

    async def purge(self, scope: str, besides: Sequence[str], before: float) -> int:
        """Delete what was said within a scope before a time, besides narrower scopes."""

    async def said_by(self, person: str, scope: str, limit: int) -> Sequence[Turn]:
        """Their newest turns within a scope, the oldest of them first."""


class Courses(Protocol):
    """Courses, who is in them, their exam windows, and what was done in them."""

    async def all(self) -> Sequence[Course]: ...

    async def version(self) -> tuple[int, int]:
        """Another one as soon as a course, or where it is held, is another."""

    async def add(self, course: Course, now: float) -> int:
        """Its id. Where it is held is for `hold` to say."""

    async def save(self, course: Course) -> bool:
        """False where somebody else was quicker."""

    async def hold(self, course: int, scope: str) -> bool:
        """It is held there, too; False where another one is."""

    async def leave(self, course: int, scope: str) -> None:
        """It is held there no longer."""

    async def member(self, course: int, person: str) -> Member | None: ...

    async def by_hand(self, course: int) -> Sequence[Member]:
        """Who has a role that was given by hand."""

    async def enrol(self, member: Member) -> None:
        """All that is known of her, in place of what was."""

    async def tell(self, course: int, person: str, told: str, now: float) -> None:
        """She was told what this is; `told`: a digest of the words."""

    async def decide(self, course: int, person: str, now: float, *, agrees: bool) -> None:
        """She agrees or not, and if so is old enough to."""

    async def appoint(self, course: int, person: str, role: Role | None) -> None:
        """Give a role by hand, or take it back."""

    async def begin_anew(self, scope: str, now: float, person: str | None = None) -> None:
        """What was said there before is no history any more, nor in sessions at servers.

        With `person`: in the conversations in which she asked.
        """

    async def drop(self, course: int, person: str) -> None: ...

    async def windows(self, course: int) -> Sequence[Window]:
        """All there ever were, the earliest first."""

    async def announce(self, window: Window) -> int:
        """Its id."""

    async def save_window(self, window: Window) -> bool:
        """False where somebody else was quicker."""

    async def newest_stamp(self) -> float | None:
        """The newest stamp of a platform among the last messages."""

    async def note(self, line: AuditLine) -> None: ...

    async def audit(self, course: int, limit: int) -> Sequence[AuditLine]:
        """The newest first."""

    async def audit_of(self, subject: str, verb: str) -> Sequence[AuditLine]:
        """What was done about a person, in all courses; the oldest first."""


@dataclass(frozen=True, slots=True)
class Storage:
    """All of it."""

    turns: Turns
    sessions: Sessions
    summaries: Summaries
    posts: Posts
    runs: Runs
    calls: Calls
    choices: Choices
    looks: Looks
    people: People
    memos: Memory
    notes: Notes
    shares: Shares
    cards: Cards
    endorsements: Endorsements
    ladders: Ladders
    courses: Courses
    materials: Materials
