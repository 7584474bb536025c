"""What a model calls the tools of a server: `server__tool`, in letters and at most 64 of them."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256

from bot.core.tool_settings import SERVER_MARK

_MOST_CHARS = 64
_DIGITS = 8  # of a hash, where letters had to go and would not tell two apart
_STRANGE = re.compile(r"[^A-Za-z0-9_-]")


def names_of(server: str, names: Sequence[str]) -> Mapping[str, str]:
    """The server's own name by the one we give: the same for ever, and no two alike."""
    plain = {name: _STRANGE.sub("_", f"{server}{SERVER_MARK}{name}") for name in names}
    count = Counter(plain.values())
    return {
        _hashed(name, given) if _is_spoilt(server, name, given, count[given]) else given: name
        for name, given in plain.items()
    }


def _is_spoilt(server: str, name: str, given: str, count: int) -> bool:
    """Too long, or another's as well; who has kept all letters of a name keeps the name."""
    is_changed = given != f"{server}{SERVER_MARK}{name}"
    return len(given) > _MOST_CHARS or (is_changed and count > 1)


def _hashed(name: str, given: str) -> str:
    digits = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    return f"{given[: _MOST_CHARS - _DIGITS - 1]}_{digits}"
