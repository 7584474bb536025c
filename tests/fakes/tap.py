"""What a model's servers were told, opened up: no name of anybody present may be in it.

Every body is looked at as it came, with its escapes read, and with whatever in it is base64.
"""

import base64
import binascii
import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from tests.fakes.openai_server import FakeOpenAI

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")


@dataclass(frozen=True)
class Person:
    """Somebody whose name and id cannot occur by chance."""

    id: str
    name: str
    mail: str = ""

    @property
    def marks(self) -> Sequence[str]:
        """What gives her away."""
        return [one for one in (self.id, self.name, self.mail) if one]


VERA = Person("7340919283746510", "Zyxqanna Vorpelmund", "zyxqanna.vorpelmund@uni.example")
KWAME = Person("7340919283746511", "Qwobalti Drizzenthal", "qwobalti@uni.example")
UMLAUT = Person("7340919283746512", "Jövrik Plönzquist")
A_TUTOR, A_STUDENT = Person("tomq73409", "Tombrix Zyvorp"), Person("eveq73408", "Evqanna Drizz")
PEOPLE = (VERA, KWAME, UMLAUT, A_TUTOR, A_STUDENT)
FILE_NAME = "vorpelmund-hw3-final.py"
LINK = "https://class.slack.com/archives/C73409192/p1700000000000100"


def leaks(server: FakeOpenAI, marks: Sequence[str]) -> list[str]:
    """Which of these words a server was told, however they were written."""
    told = "\n".join(_opened(server))
    folded = _folded(told)
    return [mark for mark in marks if any(form in folded for form in _forms(mark))]


def _opened(server: FakeOpenAI) -> Iterator[str]:
    for request in server.requests:
        yield from _texts(request.body or request.other)


def _texts(body: Any) -> Iterator[str]:
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    yield text
    yield unquote(text)
    for found in _BASE64.findall(text):
        yield _from_base64(found)


def _from_base64(written: str) -> str:
    try:
        return base64.b64decode(written + "=" * (-len(written) % 4), altchars=b"-_").decode(
            "utf-8", "replace"
        )
    except (binascii.Error, ValueError):
        return ""


def _forms(mark: str) -> Iterator[str]:
    yield _folded(mark)
    yield quote(mark).casefold()
    yield base64.b64encode(mark.encode()).decode().rstrip("=").casefold()


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return "".join(one for one in plain if not unicodedata.combining(one)).casefold()
