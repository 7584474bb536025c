"""What counts as a try, and where it leads: one step further down, never two."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from bot.core.files import File
from bot.core.ladders import HintLevel, LadderStep, Why
from bot.core.messages import Message
from bot.rules.solutions import code_in

FEWEST_CHARS = 20  # of what was tried, in words
LASTS = 86_400.0  # seconds after the last step, until it begins at the first level again
_LEAST_CODE = 2  # lines
# As a program writes it, at the beginning of a line: whoever talks of an error has pasted none.
_ERROR = re.compile(
    r"^[ \t>`]*(?:[\w.]*(?:Error|Exception)\b:|\S+:\d+.*\berror\b|error(?:\[\w+\])?:).*$",
    re.MULTILINE,
)
_HINTED = re.compile(r"/(tried|skipped)/\d+$")


@dataclass(frozen=True, slots=True)
class Move:
    """What a message may take a step for; `digest` is of what was tried, empty of nothing."""

    why: Why = Why.BEGUN
    digest: str = ""


def hinted_id(question_id: str, why: Why, turn_id: int) -> str:
    """The id of what is said for the next hint: the same however often that is done."""
    return f"{_HINTED.sub('', question_id)}/{why}/{turn_id}"


def move_of(message: Message, files: Sequence[File] = ()) -> Move:
    """Words alone are a try where they were given as one; code or an error always is."""
    hinted = _HINTED.search(message.id)
    if hinted:
        why = Why(hinted[1])
        return Move(why, digest_of(message.own_words) if why is Why.TRIED else "")
    texts = (file.data.decode("utf-8", "replace") for file in files if file.is_text)
    said = "\n".join((message.own_words, *texts))
    code = code_in(said)
    shown = [*(code if len(code) >= _LEAST_CODE else ()), *_ERROR.findall(said)]
    return Move(Why.TRIED, digest_of("\n".join(dict.fromkeys(shown)))) if shown else Move()


def digest_of(words: str) -> str:
    """Alike for what differs in spaces and case alone."""
    return sha256("".join(words.split()).casefold().encode("utf-8", "replace")).hexdigest()


def level_of(steps: Sequence[LadderStep], now: float) -> HintLevel | None:
    """None: it begins anew."""
    return steps[-1].level if steps and now - steps[-1].at < LASTS else None


def counts(steps: Sequence[LadderStep], move: Move) -> bool:
    """A try that is new on this subject, or the one skip that it has."""
    if move.why is Why.SKIPPED:
        return all(step.why is not Why.SKIPPED for step in steps)
    return move.why is Why.TRIED and all(step.digest != move.digest for step in steps)


def next_step(
    steps: Sequence[LadderStep], move: Move, last: HintLevel, now: float
) -> tuple[HintLevel, Why] | None:
    """None: she stays where she is."""
    level = level_of(steps, now)
    if level is None:
        return HintLevel.NUDGE, Why.BEGUN
    if level >= last or not counts(steps, move):
        return None
    return HintLevel(level + 1), move.why
