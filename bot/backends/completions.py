"""What has come of a completion so far, out of frames in whatever shape."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.backends.call_beginnings import Unspoken
from bot.backends.calls import CallReader, calls_in_words
from bot.backends.frames import DONE, Frame
from bot.backends.gateways import as_completion, choice_in, number_of, reason_in
from bot.backends.reading import CUT_OFF, NO_ANSWER, remark_on, text_in, thoughts_in, usage_in, word
from bot.backends.thoughts import Sieve
from bot.core.answers import Answer, TextDelta, Usage, remarked
from bot.core.errors import BackendRefused, RunLost
from bot.core.prompts import Prompt
from bot.core.tools import Call
from bot.words import say


@dataclass(slots=True)
class Completion:
    sieve: Sieve = field(default_factory=Sieve)
    unspoken: Unspoken = field(default_factory=Unspoken)
    id: str | None = None
    model: str | None = None
    usage: Usage | None = None
    reason: str = ""  # why it ended
    is_ended: bool = False
    calls: CallReader = field(default_factory=CallReader)
    _index: int | None = None  # of several answers, the one that is read
    _words: list[str] = field(default_factory=list)  # as they came
    _thoughts: list[str] = field(default_factory=list)  # that came apart from the words

    def take(self, frame: Frame) -> TextDelta | None:
        """Note what a frame says; returns the words of it that may be shown."""
        if frame is DONE:
            self.is_ended = True
            return None
        frame = as_completion(frame)
        self.id = word(frame.get("id")) or self.id
        self.model = word(frame.get("model")) or self.model
        self.usage = usage_in(frame.get("usage")) or self.usage
        choice = choice_in(frame, self._index)
        if reason := reason_in(choice or {}, frame):
            self.reason, self.is_ended = reason, True
        if choice is None:  # the tokens are counted when all is said
            self.is_ended |= "usage" in frame and self.usage is not None
            return None
        shown = self._take_words(choice)
        if self._index is None and (any(self._words) or self.calls.is_begun):
            self._index = number_of(choice)  # whichever speaks first is read to its end
        return shown

    def _take_words(self, choice: Mapping[str, Any]) -> TextDelta | None:
        delta, message = _first(choice.get("delta")), choice.get("message")
        message = message or _first(choice.get("messages"))
        if isinstance(delta, Mapping):
            return self._take_message(delta)
        if isinstance(delta, str):
            return self._show(delta)
        if isinstance(message, str):
            message = {"content": message}
        if isinstance(message, Mapping) and not self.sieve.said:
            self.is_ended = True  # all of it, whether a stream was asked for or not
            return self._take_message(message)
        return self._show(text_in(choice.get("text")))

    def _take_message(self, message: Mapping[str, Any]) -> TextDelta | None:
        content = message.get("content")
        self.calls.take(message)
        for name in ("reasoning_content", "reasoning", "thinking"):
            if isinstance(thought := message.get(name), str):
                self._thoughts.append(thought)
                break
        if isinstance(content, list):
            self._thoughts.append(thoughts_in(content))
        audio = message.get("audio")
        heard = audio.get("transcript") if isinstance(audio, Mapping) else None
        return self._show(text_in(content) or text_in(message.get("refusal")) or text_in(heard))

    def _show(self, words: str) -> TextDelta | None:
        self._words.append(words)
        shown = self.sieve.feed(words) if words else ""
        is_anew = bool(words) and self.sieve.is_retracted
        return self.unspoken.take(shown, is_anew=is_anew)

    def called(self, prompt: Prompt) -> tuple[Call, ...]:
        """The calls that it wants, wherever its server has put them."""
        return self.calls.calls(prompt) or calls_in_words("".join(self._words), prompt)

    def break_off(self) -> bool:
        """The server says that it cannot go on; whether there are words that can be shown."""
        self.sieve.end()
        self.is_ended, self.reason = True, "error"
        return bool(self.sieve.said)

    def finished(self, usage: Usage | None) -> Answer:
        """The answer; raises what it means where there is none."""
        self.sieve.end()
        text = self.sieve.said
        remark = remark_on(text, self.reason)
        if not text and remark != say(CUT_OFF):
            detail = f"an empty answer, finish_reason {self.reason or '-'}"
            raise RunLost(detail) if remark else BackendRefused(detail, notice=NO_ANSWER)
        thoughts = "\n\n".join(filter(None, ("".join(self._thoughts), self.sieve.thoughts)))
        whole = remarked(text, remark)
        return Answer(whole, model=self.model, usage=usage, remark=remark, thoughts=thoughts)


def _first(told: Any) -> Any:
    """What some put into a list of one."""
    return told[0] if isinstance(told, list) and told else told
