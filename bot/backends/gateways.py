"""Completions in the shapes of gateways and of other APIs, put into the one that is read.

Ollama's own, Gemini's, Anthropic's, Cohere's, Bedrock's and others come from servers whose address
leads to another API than was thought, and from relays that pass on what they got.
"""

from collections.abc import Mapping
from typing import Any

from bot.backends.frames import Frame
from bot.backends.reading import text_in, word

_WRAPS = ("data", "result", "response", "body")
_ENDS = ("message_delta", "message-end")
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
    if isinstance(output := frame.get("output"), Mapping) and output:  # DashScope, Bedrock
        told = output if "choices" in output else {"choices": [output]}
        return {**frame, **told}
    if (delta := _delta_in(frame)) is not None:
        return {**frame, "choices": [{"index": 0, "delta": delta}]}
    return frame


def _delta_in(frame: Frame) -> Any:
    """What those say that have no choices; None where that is nothing."""
    kind = word(frame.get("type")) or word(frame.get("event_type"))
    if kind in _DELTAS:
        return _of_anthropic(frame.get("delta") or frame.get("content_block"))
    if kind in _ENDS:
        return frame.get("delta")
    for look in (_of_cohere, _of_bedrock, _of_native):
        if (delta := look(frame)) is not None:
            return delta
    if frame.get("type") == "message":
        return {"content": frame.get("content")}
    if isinstance(message := frame.get("message"), Mapping):
        return message
    text = word(frame.get("response")) or word(frame.get("generated_text"))
    return {"content": text} if text else None


def choice_in(frame: Frame, index: int | None = None) -> Mapping[str, Any] | None:
    """The answer of that number, or the first there is; others that come along are passed over."""
    choices = frame.get("choices")
    if isinstance(choices, Mapping):
        choices = [choices] if choices.keys() & {"message", "delta"} else [*choices.values()]
    told = [one for one in choices if isinstance(one, Mapping)] if isinstance(choices, list) else []
    if index is None:
        return min(told, key=number_of, default=None)
    return next((one for one in told if number_of(one) == index), None)


def number_of(choice: Mapping[str, Any]) -> int:
    index = choice.get("index")
    return index if type(index) is int else 0


def reason_in(choice: Mapping[str, Any], frame: Frame) -> str | None:
    """Why it ended, wherever that stands; None where it goes on."""
    inner = (frame.get(name) for name in ("details", "messageStop", "output"))
    for told in (choice, choice.get("delta"), frame, *inner):
        if not isinstance(told, Mapping):
            continue
        for name in ("finish_reason", "stop_reason", "finishReason", "done_reason", "stopReason"):
            reason = told.get(name)
            reason = reason.get("type") if isinstance(reason, Mapping) else reason
            if (found := word(reason)) and found.lower() not in {"null", "none"}:
                return found
    if frame.get("stop_type") == "limit":  # llama.cpp
        return "length"
    is_done = True in (frame.get("done"), frame.get("stop"))
    return "stop" if is_done or word(frame.get("generated_text")) else None


def _of_anthropic(block: Any) -> Any:
    if isinstance(block, Mapping) and "thinking" in str(block.get("type")):
        return {"reasoning": text_in([{"text": block.get("thinking")}])}
    return {"content": [block]} if isinstance(block, Mapping) else {}


def _of_cohere(frame: Frame) -> Any:
    if frame.get("event_type") == "text-generation":
        return {"content": frame.get("text")}
    delta = frame.get("delta") if frame.get("type") == "content-delta" else None
    return delta.get("message") if isinstance(delta, Mapping) else None


def _of_bedrock(frame: Frame) -> Any:
    block = frame.get("contentBlockDelta")
    return {"content": [block.get("delta")]} if isinstance(block, Mapping) else None


def _of_native(frame: Frame) -> Any:
    """As TGI and llama.cpp write it of themselves."""
    if isinstance(token := frame.get("token"), Mapping):
        return {} if token.get("special") is True else {"content": token.get("text")}
    return {"content": frame.get("content")} if isinstance(frame.get("stop"), bool) else None


def _of_gemini(frame: Frame, candidate: Any) -> Frame:
    told = candidate if isinstance(candidate, Mapping) else {}
    content = told.get("content")
    parts = content.get("parts") if isinstance(content, Mapping) else None
    choice = {"delta": {"content": parts}, "finish_reason": told.get("finishReason")}
    return {**frame, "choices": [choice]}
