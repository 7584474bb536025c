"""What comes with status 200 and is no answer: a page, XML, plain words, or nothing at all."""

import re
from collections.abc import AsyncIterator

from bot.backends.error_bodies import failure_in
from bot.backends.failures import Repeatable, Where, recognised
from bot.core.errors import BotError

_MOST = 2000  # bytes that are looked at
_PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
# An event stream, or JSON, that was cut before it said anything: that may be otherwise next time.
_CUT = re.compile(r"[{\[\":]|(?:data|event|id|retry)\b")


def strange(what: str, address: str) -> Repeatable:
    """`what`: page, XML, text or nothing. The third is believed."""
    return Repeatable(
        f"{what} came from {address} in place of an answer",
        what,
        notice=_NO_ANSWER,
        believed=_BELIEVED[what],
    )


class Beginning:
    """Of a body, what it begins with, while it is read."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._read = b""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._chunks:
            if len(self._read) < _MOST:
                self._read += chunk[:_MOST]
            yield chunk

    def error(self, address: str) -> BotError | None:
        """What it means that nothing could be read of it; None where it was cut."""
        text = self._read.decode("utf-8", "replace").strip("\ufeff\x00 \r\n\t")
        if not text:
            return strange("nothing", address)
        if text.startswith("<"):
            return strange("page" if _PAGE.search(text) else "XML", address)
        if _CUT.match(text):
            return None
        known = recognised(failure_in(text, Where.BODY, address=address))
        return known or strange("text", address)


_NO_ANSWER = "What came from the AI service is no answer. I will try again and answer here."
_BELIEVED = {
    "page": "A web page comes from the AI service in place of an answer. The operator has to "
    "look at OPENAI_BASE_URL, and at what stands before it.",
    "XML": "XML comes from the AI service in place of an answer. The operator has to look at "
    "OPENAI_BASE_URL: another kind of service may be there.",
    "text": "Plain text comes from the AI service in place of an answer. The operator has to "
    "look at OPENAI_BASE_URL, and at what stands before it.",
    "nothing": "The AI service answers with nothing at all. The operator has to look at it, and at "
    "what stands before it.",
}
