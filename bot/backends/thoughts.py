"""What a model says, without its thoughts and without marks that its server should have taken out.

Marks may be cut anywhere. Only what leads an answer is thought: one that explains `<think>` stays.
Seen in the wild: think blocks (Ollama, llama.cpp, vLLM without a parser, many relays), the channels
of gpt-oss, `[THINK]` of Mistral, ends of turns, OpenAI's citation marks, OGX's file marks.
"""

import json
import re
from contextlib import suppress

from bot.core.text import open_fence

# What models and templates call it. The weak words are thoughts where an answer comes behind them.
_TAG = r"[a-z_:]{0,20}?(?:think(?:ing)?|thoughts?|reasoning)[a-z_]{0,20}"
_WEAK_TAG = r"(?:analysis|reflection|reason|rationale|scratchpad|monologue|plan|chain_of_thought)"
_PIPED = r"(?:think|thought|reason)[a-z]{0,8}"
_OPENER = re.compile(
    rf"<{_TAG}(?:\s[^<>]{{0,200}})?>|<details type=.?reasoning[^<>]{{0,200}}>"
    rf"|\[(?:{_PIPED})\]|◁think▷|<unused94>thought|\[unused16\]|<\|channel>thought"
    rf"|<\|(?:(?:begin|start)_(?:of_)?)?{_PIPED}(?:_start|_begin)?\|>|<\|inner_prefix\|>",
    re.IGNORECASE,
)
_CLOSER = re.compile(
    rf"<\s?[/\\]\s?{_TAG}\s?>|</details>|\[/(?:{_PIPED})\]|◁/think▷|<unused95>|\[unused17\]"
    rf"|<channel\|>|<\|(?:/|end_?(?:of_?)?){_PIPED}\|>|<\|{_PIPED}_end\|>|<\|inner_suffix\|>",
    re.IGNORECASE,
)
_WEAK_OPENER = re.compile(rf"<{_WEAK_TAG}>", re.IGNORECASE)
_WEAK_CLOSER = re.compile(rf"</{_WEAK_TAG}>", re.IGNORECASE)
# A server that took the marks of gpt-oss out, and left the names of its channels.
_BARE_OPENER, _BARE_CLOSER = re.compile("analysis(?=[A-Z])"), re.compile("assistantfinal")
_CHANNEL = re.compile(
    r"(?:<\|start\|>[a-z ]{0,20})?<\|channel\|>\s{0,3}([a-z]+)[^<]{0,80}"
    r"(?:<\|constrain\|>[^<]{0,20})?<\|message\|>",
    re.IGNORECASE,
)
_LEADING = (*((_OPENER, _CLOSER), (_BARE_OPENER, _BARE_CLOSER), (_WEAK_OPENER, _WEAK_CLOSER)),)
_END_OF_CHANNEL = re.compile(r"<\|(?:end|return|call)\|>|(?=<\|(?:start|channel)\|>)")
_END_OF_TURN = re.compile(
    r"<[|｜][\w▁/]{1,40}[|｜]>|</s>|<(?:end_of_turn|end_of_utterance|eos|pad)>|<turn\|>|\[/INST\]"
)
_WRAPPER = re.compile(r"<(/?)(?:answer|response|output|final_answer)>\s{0,9}", re.IGNORECASE)
# What a template begins an answer with.
_HEAD = re.compile(
    r"[\s\ufeff\u200b-\u200d\u2060]+|<(?:s|bos)>|\[/INST\]|<start_of_turn>model|<\|turn>model"
    r"|<\|(?:start_header_id|header_start)\|>assistant<\|(?:end_header_id|header_end)\|>"
    r"|<\|im_start\|>assistant|<[|｜](?:assistant|begin[▁_]of[▁_]\w{4,9}|START_RESPONSE)[|｜]>",
    re.IGNORECASE,
)
_DROPPED = re.compile(
    r"<\|file-[\w-]{1,80}\|>|<\|(?:begin|end)_of_box\|>|【[^【】\n]{0,80}†[^【】\n]{0,80}】"
    r"|【turn\d[\w, ]{0,80}】|\[citation:[\d, ]{1,20}\]|</?co(?:: ?[\d,]{1,20})?>"
    r"|:contentReference\[oaicite:\d{1,4}\](?:\{index=\d{1,4}\})?"
    r"|\ue200([^\ue200\ue201]{0,400})\ue201|[\ue201-\ue206]"
)
_FIRST = re.compile(r"[<\[◁【\ue200-\ue206]|:(?=c|\Z)")  # of a mark
_CUT = re.compile(  # a mark whose end has not come yet
    # One that is whole at the end, too: what follows says what it is.
    r"(?:<[/\\ ]{0,3}[a-z:_ ]{0,50}[\d,]{0,20}>?|<(?:start_of_turn|unused94)>[a-z]{0,8}"
    r"|<[a-z_:]{3,40}\s[^<>]{0,200}"
    r"|<[|｜][\w▁/-]{0,90}[|｜]?|<\|(?:channel|turn)>[a-z]{0,8}|<(?:turn|channel)\|"
    r"|<\|(?:start_header_id|header_start|im_start)\|>[a-z]{0,9}(?:<[^<>]{0,16})?"
    r"|\[/?[a-z\d:, ]{0,30}\]?"
    r"|◁[^▷]{0,9}"
    r"|:(?:c\w{0,16}(?:\[[^\]]{0,16}(?:\](?:\{[^}]{0,12})?)?)?)?"
    r"|【[^【】\n]{0,170}"
    r"|\ue200[^\ue200\ue201]{0,400}"
    r"|<\|start\|>[a-z ]{0,20}(?:<[^<>]{0,12})?"
    r"|(?:<\|start\|>[a-z ]{0,20})?<\|channel\|>[^<]{0,90}(?:<\|constrain\|>[^<]{0,20})?"
    r"(?:<[^<>]{0,12})?)\Z",
    re.IGNORECASE,
)
_LONGEST_CLOSER = 60  # characters
_MOST_HELD = 1000  # characters
_MOST_THOUGHTS = 20_000  # characters that are kept
_STRIDE = 1000  # characters looked at together: what is left of them is copied at each mark


class Sieve:
    """Takes an answer as it comes, in any pieces; gives what of it may be shown.

    `is_thinking`: this server is known to send thoughts first, and only the mark after them.
    """

    def __init__(self, *, is_thinking: bool = False) -> None:
        self.is_retracted = False  # what the last piece gave takes the place of all before it
        self.has_stray_closer = False
        self._said: list[str] = []
        self._thought: list[str] = []
        self._rest = ""  # may be the beginning of a mark
        self._held = ""  # marks that end a turn, unless more comes
        self._until = _CLOSER if is_thinking else None
        self._is_sure = not is_thinking  # else they may prove to be the answer
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
        if self._said and not (self._rest or self._held or self._until or _FIRST.search(piece)):
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
        is_all = self._thought[:1] and _WEAK_OPENER.match(self._thought[0]) and not self._said
        if is_all or (self._until and not self._is_sure):
            self._rest, self._thought, self._said = "".join(self._thought), [], [""]
            self._until = None
            given = self._sift(is_end=True)
        return given

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
        weak = self._until is _WEAK_CLOSER
        self._thought.append(self._rest[: end.end() if weak else end.start()])
        self._rest, self._until, self._is_sure = self._rest[end.end() :], None, True
        return True

    def _speak(self, is_end: bool) -> bool:  # noqa: FBT001
        """Give words up to the next mark, or pass that; True where there is more to look at."""
        if not self._said:
            self._rest = self._rest.lstrip()
        if self._begins_thought() or self._pass_head():
            return True
        if not is_end and not self._said and _may_be_bare(self._rest):
            return False
        first = _FIRST.search(self._rest)
        at = first.start() if first else len(self._rest)
        if at or not first:
            return self._say(at)
        if not is_end and _CUT.match(self._rest):
            return False
        return self._pass_mark() or self._say(1)

    def _begins_thought(self) -> bool:
        """Only where nothing was said yet, but for the channels, which may follow each other."""
        if self._said and not self._held:
            return False
        if channel := _CHANNEL.match(self._rest):
            self._held, self._rest = "", self._rest[channel.end() :]
            self._until = None if channel[1].lower() == "final" else _END_OF_CHANNEL
            return True
        if self._said:
            return False
        for opener, closer in _LEADING:
            if begun := opener.match(self._rest):
                self._is_sure = opener is _OPENER
                self._rest = self._rest[begun.end() :] if self._is_sure else self._rest
                self._until = closer
                return True
        return False

    def _pass_head(self) -> bool:
        """Whether the rest began with what a template puts before an answer, or round one."""
        if self._said:
            return False
        head = _HEAD.match(self._rest)
        if head is None and self._thought:
            head = _WRAPPER.match(self._rest)
            self._is_wrapped |= head is not None
        if head:
            self._rest = self._rest[head.end() :]
        return head is not None

    def _pass_mark(self) -> bool:
        """Whether the rest began with a mark that is no part of the answer."""
        if mark := _DROPPED.match(self._rest):
            self._rest = _words_of(mark[1] or "") + self._rest[mark.end() :]
            return True
        mark = _END_OF_TURN.match(self._rest)
        if mark is None and self._is_wrapped:
            mark = _WRAPPER.match(self._rest)
        if mark:
            self._held = (self._held + mark[0])[-_MOST_HELD:]
            self._rest = self._rest[mark.end() :]
            return True
        mark = _CLOSER.match(self._rest)
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
        self._explains |= bool(is_code or is_quoted or is_amid or _OPENER.search(said))
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
