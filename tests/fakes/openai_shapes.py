"""The same completion in the shapes that other servers give to it: a person reads no difference."""

import json
from collections.abc import Callable, Sequence

from tests.fakes import JSON, sse

Frames = Sequence[bytes]
_PREFIX = b"data: "


def _each(change: Callable[[JSON], JSON]) -> Callable[[Frames], Frames]:
    def reshaped(frames: Frames) -> Frames:
        return [_changed(frame, change) for frame in frames]

    return reshaped


def _changed(frame: bytes, change: Callable[[JSON], JSON]) -> bytes:
    data = frame.strip().removeprefix(_PREFIX)
    return frame if data == b"[DONE]" else sse(change(json.loads(data)))


def _bare(chunk: JSON) -> JSON:
    return {name: chunk[name] for name in ("choices", "usage") if name in chunk}


def _without_reason(chunk: JSON) -> JSON:
    choices = [{**choice, "finish_reason": None} for choice in chunk["choices"]]
    return {**chunk, "choices": choices}


def _in_parts(chunk: JSON) -> JSON:
    choices = []
    for choice in chunk["choices"]:
        words = choice["delta"].get("content")
        parts = {"content": [{"type": "text", "text": words}]} if words else {}
        choices.append({**choice, "delta": {**choice["delta"], **parts}})
    return {**chunk, "choices": choices}


def _oddly_counted(chunk: JSON) -> JSON:
    return {**chunk, "usage": "none"}


def _among_pings(frames: Frames) -> Frames:
    noise = b": ping\n\nretry: 3000\n\ndata:\n\nevent: ping\ndata: {}\n\n"
    return [noise + frame for frame in frames]


def _with_carriage_returns(frames: Frames) -> Frames:
    return [frame.replace(b"\n", b"\r\n") for frame in frames]


def _after_thoughts(frames: Frames) -> Frames:
    thoughts = ("<thi", "nk>hm", "</th", "ink>\n\n")
    chunks = [{"choices": [{"index": 0, "delta": {"content": words}}]} for words in thoughts]
    return [*map(sse, chunks), *frames]


def _in_one_line(frames: Frames) -> Frames:
    """Two events in each."""
    bare = [frame.strip() for frame in frames]
    return [b"".join(bare[at : at + 2]) + b"\n\n" for at in range(0, len(bare), 2)]


def _packed(frames: Frames) -> Frames:
    return [_packed_once(frame) for frame in frames]


def _packed_once(frame: bytes) -> bytes:
    data = frame.strip().removeprefix(_PREFIX)
    return frame if data == b"[DONE]" else sse(json.dumps(data.decode()))


def _as_cohere(chunk: JSON) -> JSON:
    choice: JSON = next(iter(chunk["choices"]), {"delta": {}, "finish_reason": None})
    if choice["finish_reason"]:
        return {"type": "message-end", "delta": {"finish_reason": "COMPLETE"}}
    words = choice["delta"].get("content") or ""
    return {"type": "content-delta", "delta": {"message": {"content": {"text": words}}}}


def _in_a_list(chunk: JSON) -> JSON:
    choices = [{**choice, "delta": [choice["delta"]]} for choice in chunk["choices"]]
    return {**chunk, "choices": choices}


SHAPES: dict[str, Callable[[Frames], Frames]] = {
    "": lambda frames: frames,
    "pings": _among_pings,
    "CRLF": _with_carriage_returns,
    "thoughts first": _after_thoughts,
    "no id": _each(_bare),
    "no reason": _each(_without_reason),
    "parts": _each(_in_parts),
    "odd usage": _each(_oddly_counted),
    "two in a line": _in_one_line,
    "packed": _packed,
    "Cohere": _each(_as_cohere),
    "lists": _each(_in_a_list),
}
