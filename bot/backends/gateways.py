"""Completions in the shapes of gateways and of other APIs, put into the one that is read.

Ollama's own, Gemini's and Anthropic's come from servers whose address leads to another API than
was thought, and from relays that pass on what they got.
"""

from collections.abc import Mapping
from typing import Any

from bot.backends.frames import Frame
from bot.backends.reading import text_in, word

_WRAPS = ("data", "result", "response", "body")
_DELTAS = {"content_block_delta", "content_block_start"}


def as_completion(frame: Frame) -> Frame:
    """The frame with `choices`, where it has the words of one at all."""
    if frame.get("choices"):
        return frame
    for name in _WRAPS:
        inner = frame.get(name)
        if isinstance(inner, Mapping) and {"choices", *_WRAPS} & inner.keys():
            whole = {} if "choices" in inner else {"done": True}
            return as_completion({**whole, **inner})
    if isinstance(candidates := frame.get("candidates"), list) and candidates:
        return _of_gemini(frame, candidates[0])
    if (delta := _delta_in(frame)) is not None:
        return {**frame, "choices": [{"index": 0, "delta": delta}]}
    return frame


def _delta_in(frame: Frame) -> Any:
    """What Anthropic and Ollama say; None where that is nothing."""
    if word(frame.get("type")) in _DELTAS:
        return _of_anthropic(frame.get("delta") or frame.get("content_block"))
    if frame.get("type") == "message_delta":
        return frame.get("delta")
    if frame.get("type") == "message":
        return {"content": frame.get("content")}
    if isinstance(message := frame.get("message"), Mapping):
        return message
    text = word(frame.get("response"))
    return {"content": text} if text else None


def choice_in(frame: Frame) -> Mapping[str, Any] | None:
    """The first answer; others that come along are passed over."""
    choices = frame.get("choices")
    if isinstance(choices, Mapping):
        choices = [choices] if choices.keys() & {"message", "delta"} else [*choices.values()]
    for choice in choices if isinstance(choices, list) else ():
        if isinstance(choice, Mapping):
            index = choice.get("index")
            if not isinstance(index, int) or index == 0:
                return choice
    return None


def reason_in(choice: Mapping[str, Any], frame: Frame) -> str | None:
    """Why it ended, wherever that stands; None where it goes on."""
    for told in (choice, choice.get("delta"), frame):
        if not isinstance(told, Mapping):
            continue
        for name in ("finish_reason", "stop_reason", "finishReason", "done_reason"):
            reason = told.get(name)
            reason = reason.get("type") if isinstance(reason, Mapping) else reason
            if (found := word(reason)) and found.lower() not in {"null", "none"}:
                return found
    return "stop" if frame.get("done") is True else None


def _of_anthropic(block: Any) -> Any:
    if isinstance(block, Mapping) and "thinking" in str(block.get("type")):
        return {"reasoning": text_in([{"text": block.get("thinking")}])}
    return {"content": [block]} if isinstance(block, Mapping) else {}


def _of_gemini(frame: Frame, candidate: Any) -> Frame:
    told = candidate if isinstance(candidate, Mapping) else {}
    content = told.get("content")
    parts = content.get("parts") if isinstance(content, Mapping) else None
    choice = {"delta": {"content": parts}, "finish_reason": told.get("finishReason")}
    return {**frame, "choices": [choice]}
