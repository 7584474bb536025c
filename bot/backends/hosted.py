"""What a server of Responses does itself: it searches the web, paints, and runs programs."""

import base64
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.backends.calls import as_response_tools
from bot.backends.reading import usage_in, word
from bot.core.answers import remarked
from bot.core.files import MOST_BYTES, FileRefused
from bot.core.prompts import Prompt, as_remark
from bot.core.quoting import one_line
from bot.core.text import clean
from bot.core.tools import Call, EndedCall, Output
from bot.rules.handing import handed
from bot.words import say

CODE = "code_interpreter"
WORDLESS = "Here it is."  # in place of words, where there are only files

_MOST = 8  # sources below an answer
_CHARS = 4000  # of what came of it, as it is kept
_DOING = {
    "web_search_call": "searching the web",
    "image_generation_call": "painting a picture",
    "code_interpreter_call": "running a program",
}
_INCLUDED = {CODE: "code_interpreter_call.outputs"}
_INTO_CONTAINER = re.compile(r"!?\[([^\[\]\n]{0,200})\]\(sandbox:[^()\s]{0,500}\)")
_NOTHING_NEW = {"completed", "partial_image"}
_HEAD = "Found on the web:"
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]|]{1,500}")
_STRANGE = re.compile(r"[\[\]()<>|*_`~]")  # what would be more than a title's words
_FORBIDDEN = re.compile(r"moderation|policy|safety|blocked", re.IGNORECASE)
_NOT_PAINTED = "The picture did not come about."
NOT_ALLOWED = "The AI service did not paint the picture: its rules forbid it."


@dataclass(frozen=True, slots=True)
class Cited:
    """A file in a container, that an answer names."""

    container: str
    file: str
    name: str


def tools_of(prompt: Prompt, given: Sequence[str] = ()) -> dict[str, Any]:
    """Ours, and the server's own, as parts of a request. `given`: files for its programs."""
    hosted: list[dict[str, Any]] = [{"type": name} for name in prompt.assistant.hosted]
    for one in hosted:
        if one["type"] == CODE:
            one["container"] = {"type": "auto"} | ({"file_ids": [*given]} if given else {})
    tools = [*as_response_tools(prompt.tools), *hosted]
    include = [_INCLUDED[name] for name in prompt.assistant.hosted if name in _INCLUDED]
    parts = {"tools": tools, "include": include}
    return {name: value for name, value in parts.items() if value}


def uploads_in(response: Mapping[str, Any]) -> Iterator[str]:
    """The files that were given to a run's programs."""
    for tool in _mappings(response.get("tools")):
        container = tool.get("container")
        ids = container.get("file_ids") if isinstance(container, Mapping) else None
        yield from filter(None, map(word, ids if isinstance(ids, list) else ()))


def containers_in(items: Any) -> Sequence[str]:
    """Where programs ran, each once."""
    ran = [word(item.get("container_id")) or "" for item in _mappings(items)]
    return [*dict.fromkeys(filter(None, [*ran, *(one.container for one in cited_in(items))]))]


def cited_in(items: Any) -> Iterator[Cited]:
    """The files of programs that the words name."""
    for note in _notes(items):
        ids = [word(note.get(name)) for name in ("container_id", "file_id")]
        if note.get("type") == "container_file_citation" and all(ids):
            container, file = map(str, ids)
            yield Cited(container, file, word(note.get("filename")) or file)


def without_links(text: str) -> str:
    """Words without addresses that lead into a container, where nobody can follow."""
    return _INTO_CONTAINER.sub(r"\1", text)


def doing(kind: str) -> str:
    """What an event of a stream says that the server is doing itself; empty: nothing of that."""
    item, _, step = kind.removeprefix("response.").partition(".")
    return say(_DOING.get(item, "")) if step and step not in _NOTHING_NEW else ""


def at_work(items: Any) -> str:
    """The same, as a look at a run that has not ended says it."""
    begun = [one for one in _mappings(items) if one.get("type") in _DOING]
    if not begun or begun[-1].get("status") in {"completed", "failed", "incomplete"}:
        return ""
    kind = begun[-1]["type"]
    return say(_DOING[kind])


def ended_in(response: Mapping[str, Any]) -> tuple[EndedCall, ...]:
    """What the server did itself in a run, and what it says that this took."""
    ended = [
        _READ[item["type"]](item, place)
        for place, item in enumerate(_mappings(response.get("output")))
        if item.get("type") in _READ
    ]
    painted = [place for place, one in enumerate(ended) if one.call.tool == "image_generation"]
    if painted and (used := _painting_used(response)):
        ended[painted[0]] = replace(ended[painted[0]], **used)
        for place in painted[1:]:  # the server counts them together
            ended[place] = replace(ended[place], model=used["model"])
    return tuple(ended)


def below(items: Any, ended: Sequence[EndedCall]) -> str:
    """What stands below an answer: where it looked, and what came to nothing."""
    notices = [one.notice for one in ended if one.notice]
    return remarked(sources_in(items), as_remark(notices))


def sources_in(items: Any) -> str:
    """A line for each page that the words name as their source, once."""
    found = dict(_cited(items))
    lines = [f"- [{title}]({address})" for address, title in list(found.items())[:_MOST]]
    return "\n".join([say(_HEAD), *lines]) if lines else ""


def _cited(items: Any) -> Iterator[tuple[str, str]]:
    for note in _notes(items):
        address = word(note.get("url")) or ""
        if note.get("type") == "url_citation" and _ADDRESS.fullmatch(address):
            title = _STRANGE.sub(" ", one_line(word(note.get("title")) or ""))
            yield address, " ".join(title.split()) or address


def _notes(items: Any) -> Iterator[Mapping[str, Any]]:
    """What stands beside the words of an answer."""
    for item in _mappings(items):
        for part in _mappings(item.get("content")):
            yield from _mappings(part.get("annotations"))


def _searched(item: Mapping[str, Any], place: int) -> EndedCall:
    action = item.get("action")
    query = action.get("query") if isinstance(action, Mapping) else ""
    output = Output("", is_error=item.get("status") == "failed")
    return EndedCall(call=_call(item, place, query), output=output)


def _painted(item: Mapping[str, Any], place: int) -> EndedCall:
    """A picture, if it is whole; one that is half painted is none."""
    call = _call(item, place, item.get("revised_prompt"))
    if item.get("status") not in {"completed", None} or item.get("error"):
        error = item.get("error")
        words = str(error) if isinstance(error, Mapping) else ""
        notice = say(NOT_ALLOWED if _FORBIDDEN.search(words) else _NOT_PAINTED)
        output = Output(clean(words)[:_CHARS], is_error=True)
        return EndedCall(call=call, output=output, notice=notice, is_charged=False)
    files, refused = handed({f"picture-{place + 1}.png": _decoded(item.get("result"))})
    notices = [FileRefused.because(name, why).notice for name, why in refused]
    output = Output("", tuple(files), is_error=not files)
    return EndedCall(call=call, output=output, notice=" ".join(notices))


def _ran(item: Mapping[str, Any], place: int) -> EndedCall:
    """A program, with what it wrote, and the pictures that came with that."""
    outputs = _mappings(item.get("outputs"))
    said = "\n".join(filter(None, (word(one.get("logs")) for one in outputs)))
    drawn = [word(one.get("url")) or "" for one in outputs]
    data = [_decoded(one.partition("base64,")[2]) for one in drawn if one.startswith("data:")]
    files, _ = handed({f"plot-{place + 1}-{n}.png": one for n, one in enumerate(data, 1)})
    failed = item.get("status") not in {"completed", None}
    output = Output(clean(said)[:_CHARS], tuple(files), is_error=failed)
    return EndedCall(
        call=_call(item, place, item.get("code")),
        output=output,
        place=word(item.get("container_id")) or "",
    )


def _decoded(written: Any) -> bytes:
    """Of base64; more than a picture may have is not unpacked, and is too large all the same."""
    if not isinstance(written, str):
        return b""
    try:
        return base64.b64decode(written[: 2 * MOST_BYTES], validate=True)
    except ValueError:
        return b""


def _call(item: Mapping[str, Any], place: int, about: Any) -> Call:
    named = word(item.get("id")) or f"{item['type']}-{place}"
    return Call(named, item["type"].removesuffix("_call"), clean(str(about or ""))[:_CHARS])


def _painting_used(response: Mapping[str, Any]) -> dict[str, Any]:
    told = response.get("tool_usage")
    used = usage_in(told.get("image_gen")) if isinstance(told, Mapping) else None
    tools = [one for one in _mappings(response.get("tools")) if one.get("type") == _IMAGES]
    model = next((word(one.get("model")) for one in tools), None)
    if used is None or model is None or not used.output_tokens:
        return {}
    counts = {"input_tokens": used.input_tokens, "output_tokens": used.output_tokens}
    return {"model": model, **counts}


_IMAGES = "image_generation"
_READ: Mapping[str, Callable[[Mapping[str, Any], int], EndedCall]] = {
    "web_search_call": _searched,
    "image_generation_call": _painted,
    "code_interpreter_call": _ran,
}


def _mappings(found: Any) -> Sequence[Mapping[str, Any]]:
    given = found if isinstance(found, Iterable) and not isinstance(found, str | Mapping) else ()
    return [one for one in given if isinstance(one, Mapping)]
