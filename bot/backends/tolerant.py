"""JSON as servers really write it: in UTF-16, with commas too many, in single quotes."""

import codecs
import json
import re
from collections.abc import AsyncIterator
from typing import Any

_MARK = re.compile(r"""["']|,(?=\s*[}\]])|\b(?:True|False|None)\b""")
_STRING = {
    '"': re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL),
    "'": re.compile(r"'(?:[^'\\]|\\.)*'", re.DOTALL),
}
_WORDS = {"True": "true", "False": "false", "None": "null", ",": ""}
_ENOUGH = 4  # bytes that tell the encoding
_WIDE = {(False, True): "utf-16-be", (True, False): "utf-16-le"}


def parsed(text: str) -> Any:
    """The JSON, mended where needed. Raises ValueError, or RecursionError where it is too deep."""
    try:
        return json.loads(text, strict=False)
    except ValueError:
        stripped = text.strip(" \r\n\t\ufeff\x00")
        if stripped[:1] not in ("{", "[") or stripped[-1:] not in ("}", "]"):
            raise
        return json.loads(_mended(stripped), strict=False)


def as_text(body: bytes) -> str:
    encoding = _encoding_of(body[:_ENOUGH]) or "utf-8"
    return body.decode(encoding, "replace").removeprefix("\ufeff")


async def as_utf8(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same body in UTF-8, whatever it came in."""
    begun = b""
    async for chunk in chunks:
        begun += chunk
        if len(begun) >= _ENOUGH:
            break
    encoding = _encoding_of(begun)
    if encoding is None:
        yield begun
        async for chunk in chunks:
            yield chunk
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    yield decoder.decode(begun).encode("utf-8", "replace")
    async for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "replace")


def _encoding_of(begun: bytes) -> str | None:
    """Wide where it says so, or where each other byte is empty; None where it is UTF-8."""
    if begun.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    first, second = begun[0:_ENOUGH:2], begun[1:_ENOUGH:2]
    return _WIDE.get((all(first), all(second))) if not (any(first) and any(second)) else None


def _mended(text: str) -> str:
    at, mended = 0, list[str]()
    while found := _MARK.search(text, at):
        mended.append(text[at : found.start()])
        mark, at = found[0], found.end()
        if mark in _STRING:
            whole = _STRING[mark].match(text, found.start())
            if whole is None:
                break  # cut: it cannot be mended
            mark, at = whole[0], whole.end()
            mended.append(mark if mark[0] == '"' else _in_double_quotes(mark[1:-1]))
        else:
            mended.append(_WORDS[mark])
    return "".join([*mended, text[at:]])


def _in_double_quotes(words: str) -> str:
    inner = words.replace("\\'", "'")
    return '"' + re.sub(r'(?<!\\)"', '\\"', inner) + '"'
