"""What a server of Responses can do itself: how it is asked for, and seen while it is at work."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.backends.calls import as_response_tools
from bot.backends.reading import mappings, word
from bot.core.assistants import FILE_SEARCH
from bot.core.prompts import Prompt
from bot.rules.finding import MOST_GIVEN
from bot.words import say

CODE = "code_interpreter"
IMAGES = "image_generation"

_DOING = {
    "web_search_call": "searching the web",
    "image_generation_call": "painting a picture",
    "code_interpreter_call": "running a program",
    "file_search_call": "looking in the course material",
}
_INCLUDED: Mapping[str, str] = {
    CODE: "code_interpreter_call.outputs",
    FILE_SEARCH: "file_search_call.results",
}
_NOTHING_NEW = {"completed", "partial_image"}


def tools_of(prompt: Prompt, given: Sequence[str] = ()) -> dict[str, Any]:
    """Ours, and the server's own, as parts of a request. `given`: files for its programs."""
    container = {"type": "auto"} | ({"file_ids": [*given]} if given else {})
    stores = {"vector_store_ids": [*prompt.stores], "max_num_results": MOST_GIVEN}
    about: dict[str, dict[str, Any]] = {CODE: {"container": container}, FILE_SEARCH: stores}
    names = [one for one in prompt.assistant.hosted if one != FILE_SEARCH or prompt.stores]
    hosted = [{"type": name, **about.get(name, {})} for name in names]
    tools = [*as_response_tools(prompt.tools), *hosted]
    include = [_INCLUDED[name] for name in names if name in _INCLUDED]
    parts = {"tools": tools, "include": include}
    return {name: value for name, value in parts.items() if value}


def uploads_in(response: Mapping[str, Any]) -> Iterator[str]:
    """The files that were given to a run's programs."""
    for tool in mappings(response.get("tools")):
        container = tool.get("container")
        ids = container.get("file_ids") if isinstance(container, Mapping) else None
        yield from filter(None, map(word, ids if isinstance(ids, list) else ()))


def doing(kind: str) -> str:
    """What an event of a stream says that the server is doing itself; empty: nothing of that."""
    item, _, step = kind.removeprefix("response.").partition(".")
    return say(_DOING.get(item, "")) if step and step not in _NOTHING_NEW else ""


def at_work(items: Any) -> str:
    """The same, as a look at a run that has not ended says it."""
    begun = [one for one in mappings(items) if word(one.get("type")) in _DOING]
    if not begun or word(begun[-1].get("status")) in {"completed", "failed", "incomplete"}:
        return ""
    kind = begun[-1]["type"]
    return say(_DOING[kind])
