"""A platform, as the work sees it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

from bot.core.answers import Status
from bot.core.catalogue import Chosen
from bot.core.files import File
from bot.core.messages import Attachment, ConversationKey, Message
from bot.core.ports.door import Door
from bot.core.posts import Part, Saying, Way
from bot.core.quoting import Quote
from bot.core.standing import Standing
from bot.core.text import as_quote

T = TypeVar("T")
Help = AsyncIterator[T]
"""What helps an answer and must never prevent it: what comes within a moment is taken, and whatever
goes wrong is left out. What decides is awaited instead, and may wait and fail."""


Fetch = Callable[[Message, Attachment], Awaitable[bytes]]
"""Downloads a file. Raises FileRefused, which says why that can never be."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a platform can show."""

    max_chars: int | None = None  # of one message
    edit_interval: float | None = None  # seconds between previews; None: whole answers only
    max_parts: int | None = None  # an answer of more is sent as its beginning and a file
    render: Callable[[str], str] = str  # what a text becomes there, which can be longer
    fold: Callable[[str], str] = as_quote  # what is not the first thing to read


class Adapter(Protocol):
    """A platform: where people talk. What only some can do is `Seated` and `Reads`."""

    platform: str

    def limits(self, question: Message) -> Limits:
        """What can be shown where `question` was asked."""

    def open(self, door: Door) -> None:
        """Learn, before anything else, whom to hand messages to and ask about settings.

        A process that only answers opens its adapters as well, and never listens.
        """

    async def listen(self) -> None:
        """Hand every message to `door.accept`, which returns when it is safely written down.

        Returns when the platform has nothing more to say, which most never do. When it is
        cancelled nothing more is heard; what is being answered can still be posted.
        """

    def ways(self, question: Message) -> Sequence[Way]:
        """The ways an answer can take, the best first; those to one place stand together."""

    def unasked(self, place: ConversationKey, person: str) -> Mapping[str, str]:
        """The origin of what the bot says of its own accord: in a place, or to one person alone."""

    async def post(self, question: Message, saying: Saying, part: Part) -> str:
        """Post a part of the reply on its way; returns its ref.

        Its controls stand below it, where the platform can draw them. It is no file: see `Gives`.

        A text longer than `limits.max_chars` is the whole of a long answer: it is sent as a file.

        Raises OutcomeUnknown when it may have been posted, PlatformUnavailable when it was not,
        and where it is refused for good: ShapeRefused, or WayClosed. What is neither certain is
        tried in the next shape.
        """

    async def edit(self, question: Message, ref: str, saying: Saying) -> None:
        """Make a message show this. Raises NotEditable where it cannot be changed any more."""

    async def find(self, question: Message, part: Part) -> str | None:
        """The ref of a part that may have been posted; None if it certainly was not.

        Only what can be nothing else of ours is taken for it. Raises OutcomeUnknown where that
        cannot be told.
        """

    async def show_status(self, question: Message, status: Status, detail: str = "") -> None:
        """Show what is being done about `question`; a status that cannot be shown is no error."""

    async def traits(self, question: Message, named: Collection[str]) -> Collection[str]:
        """What lists of who may ask can name of this person and place, such as `role:4`.

        `named`: what the lists name; the rest is not looked for, since some of it costs a request.
        """

    async def traits_in(
        self, question: Message, space: str, named: Collection[str]
    ) -> Collection[str] | None:
        """What lists can name of this person in a server or workspace, wherever she asks.

        No older than 50 seconds. None: she is certainly not there. Raises TransientError where
        that cannot be told.
        """

    async def reaches(self, asked: Message, place: ConversationKey) -> bool:
        """Whether the bot itself can post in a channel; `asked`: by somebody of its space."""

    async def standing(self, question: Message, chosen: Chosen) -> Standing:
        """What this person is there: kept out by the platform's own rules, or of which rank."""

    async def turn_away(self, question: Message, words: str, *, is_repeated: bool) -> None:
        """Tell this person alone that nothing comes of it.

        What is repeated is only told where she waits for a word, as after a command.
        """

    async def end(self, question: Message) -> None:
        """The turn is over, however it ended: nothing says any more that something is done."""

    async def close(self) -> None:
        """Nothing will be posted any more."""


@runtime_checkable
class Seated(Protocol):
    """A platform that tells everything to everybody: several processes divide it among them."""

    async def seats(self) -> Sequence[str]:
        """What can be listened to apart, each by one process only."""

    async def sit(self, seat: str) -> None:
        """As `Adapter.listen`, but to this seat alone."""


@dataclass(frozen=True, slots=True)
class Health:
    """`silent_for`: seconds since its platform was last heard of; None: never."""

    is_connected: bool
    silent_for: float | None


@runtime_checkable
class Connected(Protocol):
    """A platform that is reached over a connection, which may be gone for a while."""

    async def health(self) -> Health | None:
        """None where nothing is listened to, as by a process that stands by for a seat."""


@runtime_checkable
class Reads(Protocol):
    """A platform on which more stands than the question."""

    def earlier(self, question: Message) -> Help[Quote]:
        """What people said there before the bot was spoken to, the oldest first.

        In a thread its whole talk; elsewhere, where a question has no words of its own, the last
        that was said before it.
        """

    async def fetch(self, question: Message, attachment: Attachment) -> bytes:
        """Download a file. Raises FileRefused, which says why that can never be."""


@runtime_checkable
class Gives(Protocol):
    """A platform on which a reply can have files."""

    async def give(self, question: Message, file: File, *, part: Part) -> str:
        """Post a file, which is a part of the reply; returns its ref.

        It is found, and raises, as what is posted.
        """


@runtime_checkable
class Zoned(Protocol):
    """A platform that knows where people are by the clock."""

    async def zone_of(self, question: Message) -> str:
        """Whoever asks lives in this zone, such as Europe/Berlin; empty where nobody knows."""


@runtime_checkable
class Naming(Protocol):
    """A platform whose channels people call by names."""

    async def name_of(self, place: ConversationKey) -> str:
        """What the channel of a conversation is called; raises BotError where it does not say."""


@runtime_checkable
class Lingual(Protocol):
    """A platform that knows in which language people read it."""

    async def language_of(self, question: Message) -> str:
        """A tag such as `de` or `zh-CN`; empty where nobody knows."""


@runtime_checkable
class Windowed(Protocol):
    """A platform of which a process shows a part only, such as a terminal."""

    def shows(self, key: ConversationKey) -> bool:
        """Whether what is answered there is seen here; else it waits until it is."""
