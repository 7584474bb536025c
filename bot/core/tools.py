"""What an assistant can do besides talking: tools, the calls of them, what comes of a call."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.core.files import File
from bot.core.messages import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One thing that can be done, as a model is told of it, and how it may be used."""

    name: str  # [A-Za-z0-9_-], 1 to 64 of them
    description: str
    parameters: Mapping[str, Any] = field(default_factory=dict)  # JSON schema of an object
    status: str = ""  # what people see meanwhile: "looking in the calendar"
    seconds: float = 30.0  # for one call
    most: int = 10  # calls a turn
    may: str = ""  # traits of those who may have it used, as in the setting `allow`; "": all
    must_confirm: bool = False  # the asker is asked first, and it runs in a turn of its own
    is_repeatable: bool = False  # whether, killed in the middle, it may be done again


@dataclass(frozen=True, slots=True)
class Call:
    """What a model wants done."""

    id: str  # unique in its turn
    tool: str
    arguments: str  # JSON, as the model wrote it: nothing is certain about it


@dataclass(frozen=True, slots=True)
class Output:
    """What came of a call. It is data: neither words nor files of it command anything."""

    text: str
    files: tuple[File, ...] = ()  # for the person, and the conversation
    is_error: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedCall:
    """What a model's server has done by itself, and what came of it."""

    call: Call
    output: Output
    notice: str = ""  # what of it the person is told, in a sentence: that it came to nothing, say
    place: str = ""  # where it was done, if it can be gone on with there: a container
    is_charged: bool = True  # False: it was done where something was done, and paid, before
    model: str | None = None  # which did it, if it was another one
    input_tokens: int = 0  # of that model
    output_tokens: int = 0
    seconds: int | None = None  # of what was heard; None: nobody said


Progress = Callable[[str], Awaitable[None]]
"""Shows a line of what is being done; never raises."""


async def _nowhere() -> str:
    return ""


async def _nothing() -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """For whom, and where, a tool is used."""

    turn_id: int
    conversation_id: int
    message: Message  # the question, with its author and place
    assistant: str  # its name
    say: Progress
    # The scopes whose material is found from there.
    reach: Callable[[], Awaitable[Sequence[str]]] = _nothing
    material: tuple[str, ...] = ()  # documents of it that alone are looked at, where some are named
    zone: Callable[[], Awaitable[str]] = _nowhere  # the asker's, such as Europe/Berlin, where known


class Decision(StrEnum):
    """Of a person who is asked before a call is made."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeCall:
    """A call as it is kept. Times are seconds since the epoch."""

    number: int  # by which people name it
    turn_id: int
    step: int  # of its turn
    call: Call
    decision: Decision | None = None  # None: nobody has to be asked
    made_at: float
    begun_at: float | None = None  # begun and not ended: it may have been done
    ended_at: float | None = None
    output: Output | None = None
    is_hosted: bool = False  # done by the model's server itself: no run waits for its output
    container: str = ""  # where, there


@dataclass(frozen=True, slots=True)
class ToolStep:
    """Calls that were made at once, and what the model is told of each, in the same order."""

    calls: tuple[Call, ...]
    outputs: tuple[str, ...]
    run: str | None = None  # that they were made in, and its session
    session: str | None = None
