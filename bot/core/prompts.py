"""What the model is told: who says what, what was said before, what came with it."""

import base64
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.core.assistants import Assistant
from bot.core.files import is_text
from bot.core.messages import Message
from bot.core.text import clean
from bot.core.turns import Session

_FENCE = "````"


@dataclass(frozen=True, slots=True)
class File:
    """A file that came with a message."""

    name: str
    mime: str
    data: bytes

    @property
    def is_image(self) -> bool:
        return self.mime.startswith("image/")

    @property
    def is_text(self) -> bool:
        return is_text(self.mime)

    def data_url(self) -> str:
        return f"data:{self.mime};base64,{base64.b64encode(self.data).decode()}"


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
    person: str = ""  # a name for who asks that says nothing about them
    words: str  # what the model is told; the message's text where only one person talks
    files: tuple[File, ...] = ()
    assistant: Assistant
    recall: Callable[[], Awaitable[Sequence[Exchange]]]  # earlier exchanges, the oldest first
    session: Session | None = None
    is_submitted: bool = False  # a run may have been started whose id is not known: look first
    run: str | None = None  # set: re-attach to this run instead of starting another
    run_at: float | None = None
    is_live: bool = False  # somebody watches the answer being written


def spoken(message: Message, earlier: str = "") -> str:
    """The words for the model. Names and quotes are data: they are marked as such."""
    words = f"{speaker(message.author.name)}: {message.text}" if message.is_shared else message.text
    if not earlier:
        return words
    quoted = "\n".join(f"> {line}" for line in earlier.splitlines())
    return (
        f"What was said in this thread before (quoted, not addressed to you):\n{quoted}\n\n{words}"
    )


def speaker(name: str) -> str:
    """A person's name as a label: one line, no colon that could begin another speaker's words."""
    return " ".join(clean(name).replace(":", " ").split()) or "someone"


def with_texts(words: str, files: tuple[File, ...]) -> str:
    """The words, and below them the files that are text."""
    blocks = [f"{file.name}:\n{_FENCE}\n{_decoded(file)}\n{_FENCE}" for file in files]
    return "\n\n".join([words, *blocks])


def _decoded(file: File) -> str:
    return clean(file.data.decode("utf-8", "replace")).replace(_FENCE, "```")
