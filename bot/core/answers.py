"""What a backend says while it answers, and what it says in the end."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from enum import StrEnum

from bot.core.tools import Call, EndedCall


class Status(StrEnum):
    """What the bot is doing about a message, in the words a person is shown."""

    QUEUED = "queued"
    THINKING = "thinking"
    USING_TOOL = "using a tool"
    WRITING = "writing"
    WAITING = "waiting for the server"
    RETRYING = "trying again"


class Kind(StrEnum):
    """What an answer is: the model's words, or ours in their place."""

    ANSWER = "answer"
    NOTICE = "notice"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one run, and what they cost.

    Input, cached, output and reasoning are the server's own counts. No server says which part of
    the input was what: history, instructions, tools and material are estimates (see
    `bot.core.text.estimate_tokens`), which with what was new make up `input_tokens`.
    """

    input_tokens: int = 0
    history_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    instructions_tokens: int = 0
    tools_tokens: int = 0  # what they are told to be, and what came of them
    material_tokens: int = 0  # files and passages
    cost: int | None = None  # billionths of a US dollar, when it ended; None: nobody knows

    @property
    def new_tokens(self) -> int:
        """What was asked."""
        known = (self.history_tokens, self.instructions_tokens, self.tools_tokens)
        return max(self.input_tokens - sum(known) - self.material_tokens, 0)


@dataclass(frozen=True, slots=True)
class Answer:
    """Only its words are ever sent back to a model: it copies what it finds in its own turns."""

    text: str  # what a person reads
    kind: Kind = Kind.ANSWER
    model: str | None = None
    usage: Usage | None = None  # None: the server did not say
    remark: str = ""  # what of the text, at its end, is ours: such as that it was cut off
    thoughts: str = ""  # the model's on its way, where people want to see them
    hosted: tuple[EndedCall, ...] = ()  # what the server did itself for it

    @property
    def words(self) -> str:
        """The model's own."""
        return self.text.removesuffix(self.remark).rstrip() if self.remark else self.text


_MOST_THOUGHTS = 1500  # characters that are shown


def with_thoughts(answer: Answer, fold: Callable[[str], str]) -> str:
    """The text, and before it what the model thought, where that is kept: folded away."""
    if not answer.thoughts:
        return answer.text
    thoughts = "\n".join(line for line in answer.thoughts.splitlines() if line.strip())
    if len(thoughts) > _MOST_THOUGHTS:
        thoughts = f"{thoughts[:_MOST_THOUGHTS]} …"
    return f"{fold(thoughts)}\n\n{answer.text}"


def remarked(words: str, remark: str) -> str:
    """An answer's text, with what we have to say below it."""
    return "\n\n".join(part for part in (words, remark) if part)


@dataclass(frozen=True, slots=True)
class SessionOpened:
    """The backend keeps this conversation under this id from now on."""

    session: str
    cursor: str | None = None  # its newest item


@dataclass(frozen=True, slots=True)
class RunIntended:
    """The next thing the backend does is a POST that starts a run.

    The turn is saved before the backend goes on: after a crash it looks before it asks again.
    """


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The computation has an id, under which it can be polled, also by another process."""

    run: str
    cursor: str | None = None  # the newest item of the session before the answer


@dataclass(frozen=True, slots=True)
class StatusChanged:
    status: Status
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str
    is_anew: bool = False  # in place of all that came before: those were thoughts


@dataclass(frozen=True, slots=True)
class Finished:
    answer: Answer
    run: str | None = None  # its id, where it was not known before
    cursor: str | None = None  # the newest item of the session, where the backend keeps one


@dataclass(frozen=True, slots=True)
class CallsMade:
    """The run wants something done first. Asked again, with all outputs, the backend goes on."""

    calls: tuple[Call, ...]
    run: str | None = None  # its id, where it was not known before
    cursor: str | None = None  # as in `Finished`
    usage: Usage | None = None  # None: the server did not say, or will, at the end of the run
    model: str | None = None
    hosted: tuple[EndedCall, ...] = ()  # as in `Answer`


AnswerEvent = (
    SessionOpened | RunIntended | RunStarted | StatusChanged | TextDelta | CallsMade | Finished
)
AnswerEvents = AsyncGenerator[AnswerEvent, None]
