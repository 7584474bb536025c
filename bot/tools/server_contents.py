"""What a server gives back, as an output: its text, and what else there is as files."""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from mimetypes import guess_extension
from typing import Any

from bot.core.files import MOST_BYTES, MOST_FILES, File, media_type
from bot.core.quoting import one_line
from bot.core.tools import Output


@dataclass(frozen=True, slots=True)
class ServerResult:
    """As it came, block by block."""

    blocks: Sequence[Mapping[str, Any]]
    structured: Any = None
    is_error: bool = False

    def output(self) -> Output:
        said = list(_said(self.blocks))
        texts = [one for one in said if isinstance(one, str)]
        files = [one for one in said if isinstance(one, File)]
        if not said and self.structured is not None:
            texts = [json.dumps(self.structured, ensure_ascii=False)]
        texts += [f"({file.name} was left out: too many files)" for file in files[MOST_FILES:]]
        texts += [f"(with it came the file {file.name})" for file in files[:MOST_FILES]]
        return Output("\n".join(texts) or "Done.", tuple(files[:MOST_FILES]), self.is_error)


def _said(blocks: Sequence[Mapping[str, Any]]) -> Iterator[str | File]:
    for number, block in enumerate(blocks, 1):
        match block:
            case {"type": "text", "text": str(text)}:
                yield text
            case {"type": "image" | "audio" as kind, "data": str(data)}:
                yield _file(f"{kind}-{number}", _mime(block), data)
            case {"type": "resource", "resource": {"text": str(text)}}:
                yield text
            case {"type": "resource", "resource": {"blob": str(data), "uri": uri} as resource}:
                yield _file(str(uri).rpartition("/")[2].partition(".")[0], _mime(resource), data)
            case {"type": "resource_link", "uri": uri}:
                yield f"{one_line(str(block.get('name') or ''))} {one_line(str(uri))}".strip()
            case _:
                yield "(something came that I cannot show)"


def _mime(block: Mapping[str, Any]) -> str:
    return str(block.get("mime_type") or "application/octet-stream")


def _file(stem: str, mime: str, data: str) -> File | str:
    if len(data) * 3 // 4 > MOST_BYTES:
        return "(a file was left out: it is larger than 10 MB)"
    try:
        found = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return "(a file was left out: it came damaged)"
    mime = media_type(found) or mime
    return File(f"{one_line(stem) or 'file'}{guess_extension(mime) or ''}", mime, found)
