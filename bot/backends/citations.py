"""What the words of an answer cite: pages, files of programs, documents of stores."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.backends.reading import mappings, word
from bot.core.prompts import FILE_MARK
from bot.core.quoting import one_line
from bot.words import say

_MOST = 8  # sources below an answer
_HEAD = "Found on the web:"
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]|]{1,500}")
_STRANGE = re.compile(r"[\[\]()<>|*_`~]")  # what would be more than a title's words
_INTO_CONTAINER = re.compile(r"!?\[([^\[\]\n]{0,200})\]\(sandbox:[^()\s]{0,500}\)")


@dataclass(frozen=True, slots=True)
class Cited:
    """A file in a container, that an answer names."""

    container: str
    file: str
    name: str


def sources_in(items: Any) -> str:
    """A line for each page that the words name as their source, once."""
    found = dict(_cited(items))
    lines = [f"- [{title}]({address})" for address, title in list(found.items())[:_MOST]]
    return "\n".join([say(_HEAD), *lines]) if lines else ""


def cited_in(items: Any) -> Iterator[Cited]:
    """The files of programs that the words name."""
    for note in _notes(items):
        ids = [word(note.get(name)) for name in ("container_id", "file_id")]
        if note.get("type") == "container_file_citation" and all(ids):
            container, file = map(str, ids)
            yield Cited(container, file, word(note.get("filename")) or file)


def containers_in(items: Any) -> Sequence[str]:
    """Where programs ran, each once."""
    ran = [word(item.get("container_id")) or "" for item in mappings(items)]
    return [*dict.fromkeys(filter(None, [*ran, *(one.container for one in cited_in(items))]))]


def with_marks(items: Any) -> Any:
    """Items whose words have a mark where they cite a file of a store."""
    return [_marked(item) for item in mappings(items)] if isinstance(items, list) else items


def without_links(text: str) -> str:
    """Words without addresses that lead into a container, where nobody can follow."""
    return _INTO_CONTAINER.sub(r"\1", text)


def _marked(item: Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(item.get("content"), list):
        return item
    return {**item, "content": [_with_marks(part) for part in item["content"]]}


def _with_marks(part: Any) -> Any:
    """A mark names its file by an id; where it would stand twice, it stands once."""
    notes = mappings(part.get("annotations")) if isinstance(part, Mapping) else ()
    text = part.get("text") if notes else None
    if not isinstance(text, str):
        return part
    cited = {
        (note["index"], mark): None
        for note in notes
        if note.get("type") == "file_citation" and type(note.get("index")) is int
        if FILE_MARK.fullmatch(mark := f"【{note.get('file_id')}】")
    }
    for at, mark in sorted(cited, reverse=True):
        text = f"{text[: max(at, 0)]}{mark}{text[max(at, 0) :]}"
    return {**part, "text": text}


def _cited(items: Any) -> Iterator[tuple[str, str]]:
    for note in _notes(items):
        address = word(note.get("url")) or ""
        if note.get("type") == "url_citation" and _ADDRESS.fullmatch(address):
            title = _STRANGE.sub(" ", one_line(word(note.get("title")) or ""))
            yield address, " ".join(title.split()) or address


def _notes(items: Any) -> Iterator[Mapping[str, Any]]:
    """What stands beside the words of an answer."""
    for item in mappings(items):
        for part in mappings(item.get("content")):
            yield from mappings(part.get("annotations"))
