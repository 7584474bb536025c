"""What of an answer is shown while it is written: not what begins like a call in its words.

Nothing is taken from the answer itself: what proves to be no call stands there once it is whole.
"""

import re
from collections.abc import Collection
from typing import Self

from bot.backends.spoken_calls import ARGUMENTS, NAMES, in_code, plain
from bot.core.answers import TextDelta
from bot.core.prompts import Prompt

_MARKS = (
    "<tool_call", "<function=", "<function_calls>", "<invoke", "<minimax:tool_call>",
    "<|tool_call", "<|python_tag|>", "<|START_ACTION|>", "<|channel|>", "<｜tool▁call",
    "[TOOL_CALLS]", "\nfunctools[", "\nAction: ```json", "\nAction: [",
)  # fmt: skip
_LONGEST = max(map(len, _MARKS))
_FIRST = re.compile(r"[<\[]|\n(?=[fA]|\Z)")  # of a mark
# Without any mark: behind the line that opens a block of code, if there is one.
_HEAD = re.compile(r"\A\s*(?:`{1,2}\Z|```(?:\w*\Z|\w*\s+))?")
_JSON = re.compile(r"[\[{][\[{\s]*(?:\Z|[\"'](?P<word>\w*)(?:\Z|(?P<end>[\"'])))")
_CALL = re.compile(r"\[?(?P<word>[\w.]+)(?:\Z|(?P<end>\())")
_LINE = re.compile(r"(?P<word>\w+)(?::?\s*\Z|(?P<end>\[|:\s*[`\[]))")
_KEYS = (*NAMES, *ARGUMENTS, "type", "id", "tool_call_id", "tool_call", "tool_calls")


class Unspoken:
    """Holds back what a call could begin with; `offered`: the names of tools."""

    def __init__(self, offered: Collection[str] = ()) -> None:
        self._offered = offered
        self._shown: list[str] = []
        self._rest = ""
        self._is_call = False

    @classmethod
    def of(cls, prompt: Prompt) -> Self:
        return cls([tool.name for tool in prompt.tools])

    def take(self, words: str, *, is_anew: bool) -> TextDelta | None:
        """What may be shown after the next words; `is_anew`: they take the place of all before."""
        if is_anew:
            self._shown, self._rest, self._is_call = [], "", False
        if self._offered and not self._is_call:
            self._rest += words
            end = self._end()
            words, self._rest = self._rest[:end], self._rest[end:]
            self._shown.append(words)
        elif self._is_call:
            words = ""
        return TextDelta(words, is_anew) if words or is_anew else None

    def _end(self) -> int:
        if not any(self._shown) and self._is_bare():
            return 0
        for match in _FIRST.finditer(self._rest):
            begun = self._rest[match.start() : match.start() + _LONGEST]
            like = [one for one in _MARKS if begun.startswith(one) or one.startswith(begun)]
            if like and not in_code("".join(self._shown) + self._rest[: match.start()]):
                self._is_call = any(map(begun.startswith, like))
                return match.start()
        return len(self._rest)

    def _is_bare(self) -> bool:
        """Whether all that is said may become a call without any mark."""
        text = _HEAD.sub("", self._rest)
        if not text:
            return True
        ways = ((_JSON, _KEYS), (_CALL, self._offered), (_LINE, ("functools", "Action")))
        for pattern, known in ways:
            if match := pattern.match(text):
                word = plain(match["word"] or "")
                self._is_call |= bool(match["end"]) and word in known
                if self._is_call or (not match["end"] and any(w.startswith(word) for w in known)):
                    return True
        return False
