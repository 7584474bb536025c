"""What lets whoever has it answer in the bot's name, closed before it is written down.

The key is drawn by the installation at its first use, and mixed with SECRET_KEY where that is set:
then the database alone opens nothing. What no key opens is as if it had never been told.
"""

import base64
import hmac
from collections.abc import Mapping
from dataclasses import replace
from secrets import token_hex
from typing import TYPE_CHECKING

from bot.core.erasures import SHORT_LIVED
from bot.core.messages import Message
from bot.core.recent import RecentMap
from storage.database import Fetch

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

_DRAW = """
INSERT INTO memos (name, value) VALUES (:name, :drawn) ON CONFLICT (name) DO NOTHING
"""
_KEY = "SELECT value FROM memos WHERE name = :name"
_NAME = {"name": "sealing:key"}
_MARK = "sealed:"


class Sealing:
    def __init__(self, fetch: Fetch, secret: str = "") -> None:
        self._fetch = fetch
        self._secret = secret
        self._fernet: Fernet | None = None
        self._closed = RecentMap[str, str](most=200)  # a turn is saved several times

    async def close(self, message: Message) -> Message:
        open_ones = {name: word for name, word in _held(message).items() if not _is_closed(word)}
        if not open_ones:
            return message
        fernet = await self._opened()
        for word in open_ones.values():
            if self._closed.get(word) is None:
                self._closed.put(word, _MARK + fernet.encrypt(word.encode()).decode())
        closed = {name: self._closed.get(word) or "" for name, word in open_ones.items()}
        return replace(message, origin={**message.origin, **closed})

    async def open(self, message: Message) -> Message:
        closed = {name: word for name, word in _held(message).items() if _is_closed(word)}
        if not closed:
            return message
        fernet = await self._opened()
        words = {name: _read(fernet, word.removeprefix(_MARK)) for name, word in closed.items()}
        kept = {name: word for name, word in message.origin.items() if name not in closed}
        return replace(message, origin=kept | {name: word for name, word in words.items() if word})

    async def _opened(self) -> "Fernet":
        if self._fernet is None:
            # Imported here: these are 7 MB, which only a platform needs that tells such things.
            from cryptography.fernet import Fernet  # noqa: PLC0415

            # Whoever draws first draws it for all.
            await self._fetch(_DRAW, {**_NAME, "drawn": token_hex(32)})
            key = str((await self._fetch(_KEY, _NAME))[0]["value"])
            mixed = hmac.digest(key.encode(), self._secret.encode(), "sha256")
            self._fernet = Fernet(base64.urlsafe_b64encode(mixed))
        return self._fernet


def _held(message: Message) -> Mapping[str, str]:
    return {name: message.origin[name] for name in SHORT_LIVED if message.origin.get(name)}


def _is_closed(word: str) -> bool:
    return word.startswith(_MARK)


def _read(fernet: "Fernet", sealed: str) -> str:
    from cryptography.fernet import InvalidToken  # noqa: PLC0415 - as above

    try:
        return fernet.decrypt(sealed.encode()).decode()
    except InvalidToken:
        return ""
