"""How urgent it is what a moderator has flagged; it is never judged by words of our own."""

import re
from collections.abc import Collection

from bot.core.cards import Matter

_LETTERS = re.compile(r"[^a-z]")
# Within the names that servers give it: somebody is in danger now, or threatens others.
_URGENT = ("selfharm", "suicid", "threat", "minors")


def matter_of(flags: Collection[str]) -> Matter | None:
    """None where nothing was flagged."""
    names = [_LETTERS.sub("", flag.casefold()) for flag in flags]
    if any(part in name for name in names for part in _URGENT):
        return Matter.ALERT
    return Matter.NOTE if names else None
