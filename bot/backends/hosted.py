"""What a server of Responses can do itself: it searches the web, and says where it looked."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.backends.calls import as_response_tools
from bot.backends.reading import word
from bot.core.prompts import Prompt
from bot.core.quoting import one_line
from bot.words import say

_MOST = 8  # sources below an answer
_DOING = {"web_search_call": "searching the web"}
_HEAD = "Found on the web:"
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]|]{1,500}")
_STRANGE = re.compile(r"[\[\]()<>|*_`~]")  # what would be more than a title's words


def tools_of(prompt: Prompt) -> list[dict[str, Any]]:
    """Ours, and the server's own."""
    hosted = [{"type": name} for name in prompt.assistant.hosted]
    return [*as_response_tools(prompt.tools), *hosted]


def doing(kind: str) -> str:
    """What an event of a stream says that the server is doing itself; empty: nothing of that."""
    item, _, step = kind.removeprefix("response.").partition(".")
    return say(_DOING.get(item, "")) if step and step != "completed" else ""


def used_in(items: Any) -> tuple[str, ...]:
    """What the server did itself, by the names that assistants list: it charges for each time."""
    kinds = (word(item.get("type")) or "" for item in _mappings(items))
    return tuple(kind.removesuffix("_call") for kind in kinds if kind in _DOING)


def sources_in(items: Any) -> str:
    """A line for each page that the words name as their source, once."""
    found = dict(_cited(items))
    lines = [f"- [{title}]({address})" for address, title in list(found.items())[:_MOST]]
    return "\n".join([say(_HEAD), *lines]) if lines else ""


def _cited(items: Any) -> Iterator[tuple[str, str]]:
    for item in _mappings(items):
        for part in _mappings(item.get("content")):
            for note in _mappings(part.get("annotations")):
                address = word(note.get("url")) or ""
                if note.get("type") == "url_citation" and _ADDRESS.fullmatch(address):
                    title = _STRANGE.sub(" ", one_line(word(note.get("title")) or ""))
                    yield address, " ".join(title.split()) or address


def _mappings(found: Any) -> Iterable[Mapping[str, Any]]:
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
