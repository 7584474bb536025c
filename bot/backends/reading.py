"""What an answer says, read with tolerance: no type is believed, and nothing but words is needed.

Shared by whole answers and streams, and by each API.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bot.core.answers import Usage
from bot.core.errors import BackendRefused
from bot.words import say

NO_ANSWER = "The model gave no answer to this. Please put it another way."
CUT_OFF = "*(The answer was cut off at its length limit.)*"
BROKE_OFF = "*(The answer may have broken off here.)*"
_REST_BLOCKED = "*(The AI service blocked the rest of the answer.)*"
_BLOCKED = "The AI service blocked the answer to this."

_WHOLE = {
    *("", "stop", "end_turn", "eos", "eos_token", "stop_sequence", "end", "done", "complete"),
    *("completed", "finished", "tool_calls", "function_call", "tool_use", "normal", "success"),
}
_LENGTH = ("length", "max_tokens", "token_limit", "max_output_tokens", "max_messages")
_BLOCKED_FOR = (
    *("filter", "safety", "recitation", "blocklist", "prohibited", "spii", "sensitive", "refusal"),
    *("guardrail", "moderation", "policy"),
)
_THOUGHT_TYPES = {"thinking", "reasoning", "reasoning_text", "thought", "redacted_thinking"}
_MOST_TOKENS = 1e12


def remark_on(text: str, reason: object) -> str:
    """What we say below an answer that ended for this reason; nothing where it is whole.

    A reason that nobody knows may mean that the answer broke off.
    """
    why = reason.lower() if isinstance(reason, str) else ""
    if why in _WHOLE:
        return ""
    if any(word in why for word in _BLOCKED_FOR):
        if not text:
            raise BackendRefused(f"blocked: {why}", notice=_BLOCKED)
        return say(_REST_BLOCKED)
    return say(CUT_OFF if any(word in why for word in _LENGTH) else BROKE_OFF)


def text_in(content: Any) -> str:
    """The words of `content`: text, or parts of it, of which thoughts are left out."""
    return "".join(_texts(content, are_thoughts=False))


def thoughts_in(content: Any) -> str:
    return "".join(_texts(content, are_thoughts=True))


def _texts(content: Any, *, are_thoughts: bool) -> Iterator[str]:
    for part in content if isinstance(content, list) else [content]:
        if isinstance(part, str):
            yield "" if are_thoughts else part
        elif isinstance(part, Mapping) and is_thought(part) == are_thoughts:
            yield _text_of(part)


def is_thought(part: Mapping[str, Any]) -> bool:
    return word(part.get("type")) in _THOUGHT_TYPES or part.get("thought") is True


def _text_of(part: Mapping[str, Any]) -> str:
    for name in ("text", "thinking", "refusal", "content", "value"):
        value = part.get(name)
        if isinstance(value, str):
            return value
        if isinstance(value, Mapping):
            return _text_of(value)
        if isinstance(value, list):
            return "".join(_text_of(one) for one in value if isinstance(one, Mapping))
    return ""


def usage_in(told: Any) -> Usage | None:
    """The tokens that a server counted, by either API's names; None where it counted none."""
    if not isinstance(told, Mapping):
        return None
    before = _number(told, "prompt_tokens", "input_tokens")
    after = _number(told, "completion_tokens", "output_tokens")
    if before is None and after is None:
        return None
    details = ("prompt_tokens_details", "input_tokens_details")
    written = ("completion_tokens_details", "output_tokens_details")
    return Usage(
        input_tokens=before or 0,
        cached_tokens=_detail(told, details, "cached_tokens"),
        output_tokens=after or 0,
        reasoning_tokens=_detail(told, written, "reasoning_tokens"),
    )


def word(value: Any) -> str | None:
    """An id or a name, if it is one."""
    return value if isinstance(value, str) and value else None


def _detail(told: Mapping[str, Any], places: tuple[str, str], name: str) -> int:
    for place in places:
        if isinstance(inner := told.get(place), Mapping):
            return _number(inner, name) or 0
    return 0


def _number(told: Mapping[str, Any], *names: str) -> int | None:
    """The first that is a number; what is none is not counted."""
    for name in names:
        value = told.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if math.isfinite(value) and 0 <= value < _MOST_TOKENS:
            return int(value)
    return None


def mappings(found: Any) -> Sequence[Mapping[str, Any]]:
    """The objects in a list, if it is one."""
    given = found if isinstance(found, Iterable) and not isinstance(found, str | Mapping) else ()
    return [one for one in given if isinstance(one, Mapping)]
