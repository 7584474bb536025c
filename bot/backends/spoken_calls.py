"""Calls that a model writes into its answer, where its server does not take them out.

Open models each have marks of their own for it, and servers without a parser for one hand on what
was said. It counts only where tools were offered, as their names and nothing else, at the end of
the answer, outside of a block of code, and not where it repeats what the model was given to read.
"""

import ast
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bot.core.prompts import Prompt
from bot.core.text import open_fence

Found = tuple[str, Any]
"""The name of a tool, and its arguments as they were written."""

NAMES = ("name", "tool_name", "function_name", "recipient_name", "tool", "function", "action")
ARGUMENTS = ("arguments", "parameters", "args", "input", "tool_input", "action_input", "params")
_THOUGHTS = re.compile(r"\A\s*<(think\w*)>.*?</\1>", re.DOTALL)
_PARAMETER = re.compile(
    r"<parameter(?:=|\s+name=)\"?([\w.-]+)\"?[^>]*>(.*?)</parameter>"
    r"|<arg_key>(.*?)</arg_key>\s*<arg_value>(.*?)</arg_value>",
    re.DOTALL,
)
_FENCED = re.compile(
    r"\A```(?:json|python|py|tool_code|tool_call|xml)?\s*\n(.*?)\n?```\Z", re.DOTALL
)
_REST = re.compile(
    r"(?:\s|</?[\w:]*(?:tool_calls?|function_calls)>|<[|｜][^|｜<>]{1,40}[|｜]>|</s>|\[/TOOL_CALLS\])*\Z"
)
_MOST = 200_000  # characters that are looked at


def calls_said(words: str, prompt: Prompt) -> Sequence[Found]:
    """What an answer asks for in its own words; nothing, where it says anything else."""
    offered = {tool.name for tool in prompt.tools}
    if not offered or len(words) > _MOST:
        return ()
    text = _THOUGHTS.sub("", words).strip()
    found = [(plain(name), given) for name, given in _marked(text, prompt) or _bare(text)]
    known = bool(found) and all(name in offered for name, _ in found)
    return found if known and not _is_repeated(text, prompt) else ()


def _marked(text: str, prompt: Prompt) -> Sequence[Found]:
    """Behind a mark, up to the end of the answer; words may stand before it."""
    for pattern, read in _MARKS:
        matches = list(pattern.finditer(text))
        if not matches or in_code(text[: matches[0].start()]):
            continue
        if _REST.match(text, matches[-1].end()):
            return [one for match in matches for one in read(match, prompt)]
    return ()


def _bare(text: str) -> Sequence[Found]:
    """Without any mark it is all that is said, as JSON or as lines of Python."""
    text = _unfenced(text)
    if text[:1] in {"{", "["} and (found := [*_in_json(_value(text), is_bare=True)]):
        return found
    return [*_in_python(text)]


def in_code(before: str) -> bool:
    """Whether what stands behind these words is shown as code."""
    return bool(open_fence(before)) or before.count("`") % 2 == 1


def _is_repeated(text: str, prompt: Prompt) -> bool:
    """Whether the model says what a tool or a person has said."""
    given = [prompt.words, *(one for step in prompt.steps for one in step.outputs)]
    start = min((at for mark in "<[{" if (at := text.find(mark)) >= 0), default=0)
    return any(text[start:] in one for one in given)


def plain(name: str) -> str:
    """Without what templates put around it."""
    return re.sub(r"\A(?:functions?|tools?)[.:]|:\d+\Z", "", name.strip())


def _value(text: str) -> Any:
    """What JSON it is, or what Python's own way of writing it; what follows is passed over."""
    try:
        return json.JSONDecoder(strict=False).raw_decode(text.strip())[0]
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None


def _in_json(value: Any, *, is_bare: bool = False) -> Iterator[Found]:
    """`is_bare`: any JSON might come; without arguments it is no call then."""
    if isinstance(value, list):
        for one in value:
            yield from _in_json(one, is_bare=is_bare)
    elif isinstance(value, Mapping):
        inner = value.get("tool_calls", value.get("tool_call", value.get("function")))
        if isinstance(inner, Mapping | list):
            yield from _in_json(inner, is_bare=is_bare)
            return
        name = next((value[key] for key in NAMES if isinstance(value.get(key), str)), None)
        given = next((value[key] for key in ARGUMENTS if key in value), None)
        if name and (given is not None or not is_bare):
            yield name, given


def _in_python(text: str) -> Iterator[Found]:
    """Calls with named values, one a line or in a list."""
    try:
        body = ast.parse(text).body if re.match(r"\[?[\w.]+\(", text) else []
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    said = [line.value for line in body if isinstance(line, ast.Expr)]
    several = [call for one in said for call in (one.elts if isinstance(one, ast.List) else [one])]
    calls = [call for call in several if isinstance(call, ast.Call) and not call.args]
    if len(said) == len(body) and len(calls) == len(several):
        for call in calls:
            try:
                values = {str(word.arg): ast.literal_eval(word.value) for word in call.keywords}
            except ValueError:
                continue
            yield ast.unparse(call.func), values


def _json(match: re.Match[str], _prompt: Prompt) -> Iterator[Found]:
    yield from _in_json(_value(match["body"]))


def _named(match: re.Match[str], prompt: Prompt) -> Iterator[Found]:
    """The name in the mark, and behind it JSON or a mark for each argument."""
    name, body = plain(match["name"]), _unfenced(match["body"].strip())
    if body[:1] == "{":
        yield name, _value(body)
    else:
        yield name, _parameters(name, body, prompt)


def _unfenced(text: str) -> str:
    fenced = _FENCED.match(text)
    return fenced[1].strip() if fenced else text


def _parameters(name: str, body: str, prompt: Prompt) -> Mapping[str, Any]:
    """As text where the tool wants text; else what JSON says it is."""
    tool = next((one for one in prompt.tools if one.name == name), None)
    wanted = (tool.parameters if tool else {}).get("properties", {})
    given: dict[str, Any] = {}
    for match in _PARAMETER.finditer(body):
        key, written = (match[1] or match[3]).strip(), (match[2] or match[4] or "").strip()
        value = _value(written)
        is_text = wanted.get(key, {}).get("type") == "string" or value is None
        given[key] = written if is_text and written != "null" else value
    return given


Reader = Callable[[re.Match[str], Prompt], Iterator[Found]]


def _mark(pattern: str, read: Reader) -> tuple[re.Pattern[str], Reader]:
    return re.compile(pattern, re.DOTALL), read


# The more that a mark says, the earlier it is looked for.
_MARKS = (
    # Kimi
    _mark(
        r"<\|tool_call_begin\|>(?P<name>[^<]+?)<\|tool_call_argument_begin\|>(?P<body>.*?)"
        r"<\|tool_call_end\|>",
        _named,
    ),
    # DeepSeek, with the kind before the name and without
    _mark(
        r"<｜tool▁call▁begin｜>function<｜tool▁sep｜>(?P<name>[^\n<]+)\n(?P<body>.*?)"
        r"<｜tool▁call▁end｜>",
        _named,
    ),
    _mark(
        r"<｜tool▁call▁begin｜>(?P<name>[^\n<]+)<｜tool▁sep｜>(?P<body>.*?)"
        r"<｜tool▁call▁end｜>",
        _named,
    ),
    # gpt-oss
    _mark(
        r"<\|channel\|>\s*commentary\s+to=(?P<name>[\w.-]+)[^{]*?<\|message\|>(?P<body>\{.*?\})"
        r"(?:<\|call\|>|\Z)",
        _named,
    ),
    # Qwen's coders, Llama, and who learnt from them
    _mark(
        r"<function=(?P<name>[\w.-]+)>(?P<body>.*?)(?:</function>|\Z)",
        _named,
    ),
    # MiniMax, and Claude of old
    _mark(r"<invoke\s+name=\"(?P<name>[\w.-]+)\">(?P<body>.*?)</invoke>", _named),
    # GLM
    _mark(
        r"<tool_call>\s*(?P<name>[\w.-]+)\s*(?P<body>(?:<arg_key>.*?)?)(?:</tool_call>|\Z)", _named
    ),
    # Hermes, Qwen
    _mark(r"<tool_call>\s*(?P<body>.*?)\s*(?:</tool_call>|\Z)", _json),
    # Mistral, the newer and the older
    _mark(
        r"\[TOOL_CALLS\]\s*(?P<name>[\w.-]+)(?:\[ARGS\])?\s*(?P<body>\{.*?\})"
        r"(?=\[TOOL_CALLS\]|\Z)",
        _named,
    ),
    _mark(r"\[TOOL_CALLS\]\s*(?P<body>[\[{].*)", _json),
    # Llama, Granite, Phi, xLAM, Cohere
    _mark(r"<\|python_tag\|>\s*(?P<body>\{.*)", _json),
    _mark(r"<\|tool_call\|>\s*(?P<body>[\[{].*)", _json),
    _mark(r"(?:\A|\n)functools\s*(?P<body>\[.*)", _json),
    _mark(r"<tool_calls?>\s*(?P<body>\[.*?\])\s*</tool_calls?>", _json),
    _mark(r"(?:\A|\n)Action:\s*(?:```json)?\s*(?P<body>\[.*?\])\s*(?:```|\Z)", _json),
    _mark(r"<\|START_ACTION\|>\s*(?P<body>\[.*?\])\s*<\|END_ACTION\|>", _json),
)  # fmt: skip
