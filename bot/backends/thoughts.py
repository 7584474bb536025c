"""What a model says, without its thoughts and without marks that its server should have taken out.

Marks may be cut anywhere. What leads an answer, or a line or a sentence of it outside of code, is
thought; one that explains `<think>` amid its words stays.
Seen in the wild: think blocks (Ollama, llama.cpp, vLLM without a parser, many relays), the channels
of gpt-oss, `[THINK]` of Mistral, ends of turns, OpenAI's citation marks, OGX's file marks.
"""

import json
from contextlib import suppress

from bot.backends.marks import (
    CHANNEL,
    CLOSER,
    CUT,
    DROPPED,
    END_OF_CHANNEL,
    END_OF_TURN,
    FIRST,
    HEAD,
    LEADING,
    OPENER,
    WEAK_CLOSER,
    WEAK_OPENER,
    WRAPPER,
)
from bot.core.text import open_fence

_ENDS_SENTENCE = ".!?…。！？"
_LONGEST_CLOSER = 60  # characters
_MOST_AMID = 50  # thoughts amid an answer: each takes a look at all that was said
_MOST_HELD = 1000  # characters
_MOST_THOUGHTS = 20_000  # characters that are kept
_STRIDE = 1000  # characters looked at together: what is left of them is copied at each mark


class Sieve:
    """Takes an answer as it comes, in any pieces; gives what of it may be shown.

    `is_thinking`: this server is known to send thoughts first, and only the mark after them.
    `question`: one that names such a mark wants it explained; then, of a model that began without
    thoughts, none are looked for amid the answer.
    """

    def __init__(self, *, is_thinking: bool = False, question: str = "") -> None:
        self.is_retracted = False  # what the last piece gave takes the place of all before it
        self.has_stray_closer = False
        self._said: list[str] = []
        self._thought: list[str] = []
        self._rest = ""  # may be the beginning of a mark
        self._held = ""  # marks that end a turn, unless more comes
        self._until = CLOSER if is_thinking else None
        self._is_asked = bool(OPENER.search(question))
        self._is_sure = not is_thinking  # else they may prove to be the answer
        self._amid: tuple[str, int] | None = (
            None  # of thoughts amid an answer: mark, and how many before
        )
        self._looks = 0  # at what was said
        self._is_wrapped = False  # as an answer, in a mark that stands round it
        self._explains = False  # a mark that closes thoughts was part of the answer

    @property
    def said(self) -> str:
        return "".join(self._said).strip()

    @property
    def thoughts(self) -> str:
        return "".join(self._thought)[:_MOST_THOUGHTS].strip()

    def feed(self, piece: str) -> str:
        """The next piece; returns what can be shown of it."""
        self.is_retracted = False
        if self._said and not (self._rest or self._held or self._until or FIRST.search(piece)):
            self._said.append(piece)
            return piece
        given = ""
        for at in range(0, len(piece), _STRIDE):
            self._rest += piece[at : at + _STRIDE]
            was_retracted, self.is_retracted = self.is_retracted, False
            words = self._sift(is_end=False)
            given = words if self.is_retracted else given + words
            self.is_retracted |= was_retracted
        return given

    def end(self) -> str:
        """Nothing more comes; returns what was held back and can be shown after all."""
        self.is_retracted = False
        given = self._sift(is_end=True)
        is_all = self._thought[:1] and WEAK_OPENER.match(self._thought[0]) and not self._said
        if self._until and self._amid:  # they have no end: it was the answer
            return self._restore(*self._amid)
        if is_all or (self._until and not self._is_sure):
            self._rest, self._thought, self._said = "".join(self._thought), [], [""]
            self._until = None
            given = self._sift(is_end=True)
        return given

    def _restore(self, mark: str, count: int) -> str:
        self._rest, self._thought = "".join([mark, *self._thought[count:]]), self._thought[:count]
        self._until, self._looks = None, _MOST_AMID
        return self._sift(is_end=True)

    def _sift(self, *, is_end: bool) -> str:
        count = len(self._said)
        while self._rest and (self._think(is_end) if self._until else self._speak(is_end)):
            count = 0 if self.is_retracted else count
        return "".join(self._said[count:])

    def _think(self, is_end: bool) -> bool:  # noqa: FBT001
        """Take in thoughts; True where something else begins behind them."""
        end = self._until.search(self._rest) if self._until else None
        if end is None:
            kept = "" if is_end else self._rest[-_LONGEST_CLOSER:]
            self._thought.append(self._rest[: len(self._rest) - len(kept)])
            self._rest = kept
            return False
        weak = self._until is WEAK_CLOSER
        self._thought.append(self._rest[: end.end() if weak else end.start()])
        self._rest, self._until, self._is_sure = self._rest[end.end() :], None, True
        self._amid = None
        return True

    def _speak(self, is_end: bool) -> bool:  # noqa: FBT001
        """Give words up to the next mark, or pass that; True where there is more to look at."""
        if not self._said:
            self._rest = self._rest.lstrip()
        if self._begins_thought() or self._pass_head():
            return True
        if not is_end and not self._said and _may_be_bare(self._rest):
            return False
        first = FIRST.search(self._rest)
        at = first.start() if first else len(self._rest)
        if at or not first:
            return self._say(at)
        if not is_end and CUT.match(self._rest):
            return False
        return self._pass_mark() or self._say(1)

    def _begins_thought(self) -> bool:
        """Where nothing was said yet, or amid an answer; channels may follow each other."""
        if self._said and not self._held:
            return self._begins_amid()
        if channel := CHANNEL.match(self._rest):
            self._held, self._rest = "", self._rest[channel.end() :]
            self._until = None if channel[1].lower() == "final" else END_OF_CHANNEL
            return True
        if self._said:
            return False
        for opener, closer in LEADING:
            if begun := opener.match(self._rest):
                self._is_sure = opener is OPENER
                self._rest = self._rest[begun.end() :] if self._is_sure else self._rest
                self._until = closer
                return True
        return False

    def _begins_amid(self) -> bool:
        if self._is_asked and not self._thought:
            return False
        begun = OPENER.match(self._rest) or CHANNEL.match(self._rest)
        if begun is None or self._looks >= _MOST_AMID or not self._is_between():
            return False
        self._amid = (begun[0], len(self._thought))
        self._until = CLOSER if begun.re is OPENER else END_OF_CHANNEL
        self._rest = self._rest[begun.end() :]
        return True

    def _is_between(self) -> bool:
        """Whether what was said ends with a line or a sentence, and not within code."""
        self._looks += 1
        said = "".join(self._said)
        line = said.rpartition("\n")[2]
        is_end = not line.strip() or line[-1] in _ENDS_SENTENCE
        is_code = line.startswith(("    ", "\t")) or line.count("`") % 2 or open_fence(said)
        return is_end and not is_code

    def _pass_head(self) -> bool:
        """Whether the rest began with what a template puts before an answer, or round one."""
        if self._said:
            return False
        head = HEAD.match(self._rest)
        if head is None and self._thought:
            head = WRAPPER.match(self._rest)
            self._is_wrapped |= head is not None
        if head:
            self._rest = self._rest[head.end() :]
        return head is not None

    def _pass_mark(self) -> bool:
        """Whether the rest began with a mark that is no part of the answer."""
        if mark := DROPPED.match(self._rest):
            self._rest = _words_of(mark[1] or "") + self._rest[mark.end() :]
            return True
        mark = END_OF_TURN.match(self._rest)
        if mark is None and self._is_wrapped:
            mark = WRAPPER.match(self._rest)
        if mark:
            self._held = (self._held + mark[0])[-_MOST_HELD:]
            self._rest = self._rest[mark.end() :]
            return True
        mark = CLOSER.match(self._rest)
        if mark is None or not self._is_stray(self._rest[mark.end() :]):
            return False
        self._thought += self._said
        self._said, self._rest = [], self._rest[mark.end() :]
        self.is_retracted = self.has_stray_closer = True
        return True

    def _say(self, count: int) -> bool:
        """Give so many characters of the rest. Spaces behind the end of a turn wait with it."""
        words, self._rest = self._rest[:count], self._rest[count:]
        if self._held and not words.strip():
            self._held = (self._held + words)[-_MOST_HELD:]
        elif words:
            self._said.append(self._held + words)
            self._held = ""
        return bool(self._rest)

    def _is_stray(self, behind: str) -> bool:
        """Whether a mark that closes thoughts stands there without one that opened them.

        One in code, in quotation marks, or amid the words of a sentence is being explained.
        """
        said = "" if self._explains else "".join(self._said)
        is_code = open_fence(said) or said.rpartition("\n")[2].count("`") % 2
        is_quoted = said[-1:] in {'"', "'", "“", "‘", "«"}
        is_amid = said[-1:] in {" ", "("} and behind[:1] not in {"", "\n"}
        self._explains |= bool(is_code or is_quoted or is_amid or OPENER.search(said))
        return not self._explains


def sifted(text: str) -> Sieve:
    """A whole answer, read to its end."""
    sieve = Sieve()
    sieve.feed(text)
    sieve.end()
    return sieve


def _may_be_bare(rest: str) -> bool:
    return "analysis".startswith(rest[:8]) and len(rest) <= len("analysis")


def _words_of(mark: str) -> str:
    """Of OpenAI's marks, what a reader is meant to see: an entity's name, a link's words."""
    kind, _, what = mark.partition("\ue202")
    if kind == "entity":
        with suppress(ValueError, LookupError, TypeError):
            return str(json.loads(what)[1])
    return what.partition("\ue202")[0] if kind == "url" else ""
