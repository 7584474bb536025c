"""What a platform's messages are to an answer: the parts of a reply, and the ways they take."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from bot.core.controls import Button
from bot.core.files import File
from bot.core.messages import Message, nonce_of
from bot.core.stopwatch import Stopwatch

FIRST_FILE = 100  # the number of the first part that is a file; no answer has as many others


@dataclass(frozen=True, slots=True)
class Way:
    """One way for an answer to take: to a place, in a shape which that place may refuse."""

    place: str
    shape: str = ""

    def __str__(self) -> str:
        return f"{self.place}/{self.shape}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Where a part stands, as it is kept; without a ref it was about to be posted."""

    way: str = ""
    ref: str | None = None
    intended_at: float = 0.0  # seconds since the epoch: when it was last about to be posted
    dead: tuple[str, ...] = ()  # messages it stood in before, which could not be changed

    def anew(self) -> Self:
        """Its message cannot be changed any more: another takes its place.

        One that was removed before its ref was known leaves an empty one.
        """
        return replace(self, ref=None, dead=(*self.dead, self.ref or ""))

    @property
    def was_removed(self) -> bool:
        """Whether somebody was quicker to remove it than we were to hear of it."""
        return "" in self.dead


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What a part is to show."""

    text: str
    is_final: bool = False  # the last word, and the last part of it
    is_answer: bool = False  # holds words of an answer, which an exam keeps back
    controls: Sequence[Button] = ()  # below it
    file: File | None = None  # in place of a text


@dataclass(frozen=True, slots=True)
class PagePart:
    """A part as it stands on the page, which is a platform of ours."""

    ref: str
    text: str = ""
    controls: Sequence[Button] = ()
    name: str = ""  # of a file, which stands in place of a text


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a reply on its way to a platform, and all by which it is known again there.

    It is none of `others`, the refs of whatever else was shown for the same question. When it was
    intended is in doubt by as much as our clock and the platform's differed when the question was
    taken: it was posted after `not_before`, and is on its way since `intended_at` at the latest.
    `age` runs from before the intent was saved; what is only looked for has none.
    """

    nonce: str
    number: int = 0
    way: str = ""
    others: frozenset[str] = frozenset()
    intended_at: float = 0.0
    not_before: float = 0.0
    age: Stopwatch | None = None


def nonce_of_post(question: Message, number: int, post: Post) -> str:
    """The same for ever, on any machine; another one for each message that takes its place."""
    return nonce_of(question, "/".join([str(number), *post.dead[-1:]]))
