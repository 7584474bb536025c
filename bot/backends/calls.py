"""Calls of tools as each API wants them, and as servers write them, which is in many ways.

Collected from public reports: no index, no id, index 0 for all, whole arguments in one piece or as
an object, a call of the old kind (`function_call`), calls at the end of an answer that "stopped".
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from bot.backends.reading import word
from bot.backends.spoken_calls import calls_said
from bot.core.prompts import Prompt
from bot.core.text import clean
from bot.core.tools import Call, Tool, ToolStep

Sealed = Sequence[Sequence[dict[str, Any]]]
"""Thoughts that nobody but their server can read, by the call they stand before."""

_SEALED = ("type", "id", "summary", "encrypted_content")
_ARGUMENTS = ("arguments", "parameters", "input", "args")
_SHAPED_WRONG = "{}"  # in place of arguments that are no JSON: servers read them again


def as_response_tools(tools: Sequence[Tool]) -> list[dict[str, Any]]:
    return [{"type": "function", **_described(tool), "strict": False} for tool in tools]


def as_chat_tools(tools: Sequence[Tool]) -> list[dict[str, Any]]:
    return [{"type": "function", "function": _described(tool)} for tool in tools]


def _described(tool: Tool) -> dict[str, Any]:
    parameters = dict(tool.parameters) or {"type": "object", "properties": {}}
    return {"name": tool.name, "description": clean(tool.description), "parameters": parameters}


def as_items(step: ToolStep, sealed: Sealed = ()) -> list[dict[str, Any]]:
    """The calls and their outputs, for a server that does not have the calls."""
    items: list[dict[str, Any]] = []
    for number, call in enumerate(step.calls):
        made = {
            "type": "function_call",
            "call_id": call.id,
            "name": call.tool,
            "arguments": _sendable(call.arguments),
        }
        items += [*(sealed[number] if number < len(sealed) else ()), made]
    return [*items, *as_outputs(step)]


def sealed_in(items: Sequence[Any]) -> Sealed:
    """What a server that keeps nothing wants back: its thoughts before each call, sealed."""
    before: list[list[dict[str, Any]]] = [[]]
    for item in items:
        if not isinstance(item, Mapping):
            continue
        if item.get("type") == "reasoning" and word(item.get("encrypted_content")):
            before[-1].append({name: item[name] for name in _SEALED if item.get(name) is not None})
        elif item.get("type") == "function_call":
            before.append([])
    return before[:-1] if any(before[:-1]) else ()


def as_outputs(step: ToolStep) -> list[dict[str, Any]]:
    return [
        {"type": "function_call_output", "call_id": call.id, "output": output}
        for call, output in zip(step.calls, step.outputs, strict=True)
    ]


def as_chat_messages(step: ToolStep) -> list[dict[str, Any]]:
    made = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.tool, "arguments": _sendable(call.arguments)},
        }
        for call in step.calls
    ]
    outputs = [
        {"role": "tool", "tool_call_id": call.id, "content": output}
        for call, output in zip(step.calls, step.outputs, strict=True)
    ]
    return [{"role": "assistant", "content": "", "tool_calls": made}, *outputs]


def in_words(steps: Sequence[ToolStep]) -> str:
    """What was done already, for a run that knows nothing of it."""
    lines = [
        f"{call.tool} {call.arguments}: {output}"
        for step in steps
        for call, output in zip(step.calls, step.outputs, strict=True)
    ]
    return "\n".join(["This was done for the question above already; do not do it again:", *lines])


def _sendable(arguments: str) -> str:
    try:
        return arguments if isinstance(json.loads(arguments), dict) else _SHAPED_WRONG
    except (ValueError, RecursionError):
        return _SHAPED_WRONG


def calls_in(items: Any, prompt: Prompt) -> tuple[Call, ...]:
    """The calls among the items of a Response."""
    given = items if isinstance(items, Iterable) and not isinstance(items, str | Mapping) else ()
    found = [
        _Begun(word(item.get("call_id")) or word(item.get("id")), _name(item), [_written(item)])
        for item in given
        if isinstance(item, Mapping) and item.get("type") == "function_call"
    ]
    return _named(found, prompt)


def calls_in_words(words: str, prompt: Prompt) -> tuple[Call, ...]:
    """Those that a model has written into its answer."""
    found = calls_said(words, prompt)
    return _named([_Begun(None, name, [_written({"arguments": a})]) for name, a in found], prompt)


@dataclass(slots=True)
class _Begun:
    """A call, as far as it has come."""

    id: str | None
    name: str
    pieces: list[str] = field(default_factory=list)

    @property
    def arguments(self) -> str:
        """Some send an empty object first, or all of it once more at the end."""
        written = _last_value("".join(self.pieces))
        unpacked = _unpacked(written) if written.startswith('"') else None
        return json.dumps(unpacked) if isinstance(unpacked, dict) else written

    @property
    def is_whole(self) -> bool:
        try:
            json.loads(self.arguments)
        except (ValueError, RecursionError):
            return False
        return True

    def go_on(self, name: str, written: str) -> None:
        if name != self.name and not any(self.pieces):
            self.name += name
        self.pieces.append(written)


@dataclass(slots=True)
class CallReader:
    """Puts the calls of a completion together, out of deltas or whole messages."""

    _begun: dict[Any, _Begun] = field(default_factory=dict)  # by index or id, the newest of each
    _all: list[_Begun] = field(default_factory=list)

    def take(self, message: Mapping[str, Any]) -> None:
        told = message.get("tool_calls")
        for piece in _listed(told):
            function = piece.get("function")
            self._take(piece, _unpacked(function) if isinstance(function, str) else function)
        if isinstance(old := message.get("function_call"), Mapping) and not told:
            self._take({"index": 0}, old)

    @property
    def is_begun(self) -> bool:
        return bool(self._all)

    def calls(self, prompt: Prompt) -> tuple[Call, ...]:
        return _named(self._all, prompt)

    def _take(self, piece: Mapping[str, Any], function: Any) -> None:
        told = function if isinstance(function, Mapping) else piece
        key, name = self._key(piece), _name(told)
        begun = self._begun.get(key)
        if begun is None or _is_another(begun, word(piece.get("id")), name):
            begun = self._begun[key] = _Begun(word(piece.get("id")), name)
            self._all.append(begun)
        begun.go_on(name, _written(told))

    def _key(self, piece: Mapping[str, Any]) -> Any:
        """By what pieces of one call are known; without anything, the newest goes on."""
        index = piece.get("index")
        if isinstance(index, int) and not isinstance(index, bool):
            return index
        return word(piece.get("id")) or next(reversed(self._begun), "first")


def _is_another(begun: _Begun, its_id: str | None, name: str) -> bool:
    """Whether a piece begins another call under an index that is taken; some number the pieces."""
    if its_id and begun.id and its_id != begun.id:
        return bool(name) or begun.is_whole
    is_new_name = bool(name and begun.name)
    return is_new_name and begun.is_whole and (its_id is None or its_id != begun.id)


def _named(found: Sequence[_Begun], prompt: Prompt) -> tuple[Call, ...]:
    """With ids that are unique in the turn: not every server gives any, or new ones."""
    taken = {call.id for step in prompt.steps for call in step.calls}
    return tuple(_calls(found, taken, f"call_{prompt.turn_id}_{len(prompt.steps)}"))


def _calls(found: Sequence[_Begun], taken: set[str], stem: str) -> Iterator[Call]:
    for number, begun in enumerate(one for one in found if one.name or one.arguments):
        its_id = begun.id if begun.id and begun.id not in taken else f"{stem}_{number}"
        taken.add(its_id)
        yield Call(its_id, begun.name, begun.arguments)


def _listed(told: Any) -> list[Mapping[str, Any]]:
    """The calls in a list, by their numbers, or one alone."""
    if isinstance(told, Mapping):
        told = [told] if told.keys() & {"function", "name"} else [*told.values()]
    return [one for one in told if isinstance(one, Mapping)] if isinstance(told, list) else []


def _unpacked(packed: str) -> Any:
    """JSON that was put into a string, perhaps twice; as it is where it is none."""
    with suppress(ValueError, RecursionError):
        inner = json.loads(packed)
        return json.loads(inner) if isinstance(inner, str) else inner
    return packed


def _last_value(text: str) -> str:
    """Of several objects the last; anything else is as it came."""
    begins, rest = "", text.strip()
    with suppress(ValueError, RecursionError):
        while rest[:1] == "{":
            begins, end = rest, json.JSONDecoder().raw_decode(rest)[1]
            rest = rest[end:].lstrip()
    return text if rest or not begins else begins


def _name(told: Mapping[str, Any]) -> str:
    """gpt-oss names the room that its template puts tools in, too."""
    return (word(told.get("name")) or "").strip().removeprefix("functions.")


def _written(told: Mapping[str, Any]) -> str:
    """The arguments as text, whether they come as text or as an object."""
    arguments = next((told[key] for key in _ARGUMENTS if told.get(key) is not None), None)
    if isinstance(arguments, str):
        return arguments
    return "" if arguments is None else json.dumps(arguments)
