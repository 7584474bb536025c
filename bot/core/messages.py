"""What people say to the bot, and where they say it."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from typing import Self
from urllib.parse import quote, unquote

from bot.core.named import Named

_ASIDE = "?"
_SUMS = "?sums"
SUMS = quote(_SUMS, safe="")  # how the key of such a conversation ends
_SPOKEN = "~"
_CHARS_OF_NONCE = 25  # the shortest limit among the platforms (Discord's)
EVERYBODY = "all"  # the words of a stop that is for what anybody asked


@dataclass(frozen=True, slots=True)
class ConversationKey:
    """Where a conversation takes place; written `platform:space:channel:thread`.

    Each part may be any text, lone surrogates included: `parse(str(key)) == key`.
    """

    platform: str
    space: str
    channel: str
    thread: str = ""

    def __str__(self) -> str:
        parts = (self.platform, self.space, self.channel, self.thread)
        return ":".join(quote(part, safe="", errors="surrogatepass") for part in parts)

    @classmethod
    def parse(cls, written: str) -> Self:
        with suppress(UnicodeDecodeError):
            parts = [unquote(part, errors="surrogatepass") for part in written.split(":")]
            if len(parts) in (3, 4):
                return cls(*parts)
        raise ValueError(f"not a conversation key (platform:space:channel:thread): {written!r}")

    def aside(self) -> Self:
        """A conversation about this one, which does not wait for its turns."""
        return replace(self, thread=f"{self.thread}{_ASIDE}")

    def sums(self) -> Self:
        """Where this one is summed up: a conversation aside in which nobody talks."""
        return replace(self, thread=f"{self.thread}{_SUMS}")

    @property
    def is_sums(self) -> bool:
        return self.thread.endswith(_SUMS)

    def own(self, person: str) -> Self:
        """A conversation that one person has here, whatever is said by others."""
        return replace(self, thread=f"{self.thread}@{person}")

    def spoken_by(self, person: str) -> Self:
        """What one person says for all to hear, where each has a conversation of their own.

        It is not the one they have in private, whose words nobody else may see.
        """
        return replace(self, thread=f"{self.thread}{_SPOKEN}{person}")

    def is_spoken_by(self, person: str) -> bool:
        return self.thread.endswith(f"{_SPOKEN}{person}")

    def subject(self) -> Self:
        """What a conversation aside is about."""
        return replace(self, thread=self.thread.removesuffix(_SUMS).removesuffix(_ASIDE))

    def of_person(self, person: str) -> str:
        """A name for a person that is the same wherever in a space they speak."""
        return f"{self.platform}:{self.space}:{person}"

    def scopes(self) -> tuple[str, ...]:
        """Every scope this conversation lies in, the closest first, the platform last."""
        parts = str(self).split(":")
        return tuple(":".join(parts[:length]) for length in range(len(parts), 0, -1))


@dataclass(frozen=True, slots=True)
class Author:
    """Who said it. The name is the person's own words: data, never an instruction."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that was sent along with a message. It is fetched when the message is answered."""

    id: str
    name: str
    mime: str
    size: int  # bytes
    url: str
    source: str = ""  # where it hangs, in its platform's words: addresses grow old


@dataclass(frozen=True, slots=True)
class Message:
    """One thing a person said, or one command a person gave, to the bot."""

    key: ConversationKey
    id: str  # unique on its platform
    author: Author
    text: str
    command: str | None = None  # "stop" in "/stop"; the text is then what followed it
    client_id: str | None = None  # a second id, where a platform sends one message twice
    is_shared: bool = False  # several people talk here: the model is told who says what
    attachments: tuple[Attachment, ...] = ()
    # What the adapter needs to reply, in its own words; nobody else looks into it.
    origin: Mapping[str, str] = field(default_factory=dict)
    quoted: str = ""  # how the text begins, where it begins with what others said
    # The ids of those others; empty where one is not known.
    quoted_of: tuple[str, ...] = field(default=(), compare=False)
    named: tuple[Named, ...] = field(default=(), compare=False)  # people and links in the text
    # When it was said or pressed, by its platform's own clock; None: that tells no time.
    sent_at: float | None = None
    # Seconds within which its platform may tell more of it; not kept, and no part of what is said.
    may_grow: float = field(default=0.0, compare=False)

    @property
    def own_words(self) -> str:
        """What the person wrote, without what is quoted."""
        return self.text.removeprefix(self.quoted).strip()

    def completed_by(self, other: Self) -> Self:
        """With what another telling of the same message has more; itself where that is nothing."""
        known = {one.id for one in self.attachments}
        files = tuple(one for one in other.attachments if one.id not in known)
        has_more = len(other.text) > len(self.text) and self.own_words in other.text
        is_fuller = len(other.quoted) > len(self.quoted) or has_more
        words = other if is_fuller and other.text else self
        if not files and words is self:
            return self
        return replace(self.reworded(words), attachments=(*self.attachments, *files))

    def reworded(self, other: Self) -> Self:
        """With another's words: what it says, quotes and commands."""
        words = replace(self, text=other.text, command=other.command)
        words = replace(words, quoted=other.quoted, quoted_of=other.quoted_of)
        return replace(words, named=other.named)

    @property
    def unique_key(self) -> str:
        return f"{self.key.platform}:{self.id}"

    @property
    def unique_client_key(self) -> str | None:
        return self.client_id and f"{self.key.platform}:{self.client_id}"


class Vote(StrEnum):
    """What a person thinks of an answer."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an adapter learns when a message is safely written down."""

    turn_id: int | None  # None: this message was written down before
    conversation_id: int = 0
    ahead: int = 0  # turns that are answered before this one

    @property
    def is_duplicate(self) -> bool:
        return self.turn_id is None


def nonce_of(question: Message, part: int | str) -> str:
    """Our id of a part of a reply: the same for ever, on any machine."""
    return sha256(f"{question.unique_key}/{part}".encode()).hexdigest()[:_CHARS_OF_NONCE]
