"""What a course's questions tell research: who is who in it, and nobody outside of it.

A name is made with a salt that is drawn for one export and kept nowhere: not even who has the
database can make it again. Words are left out, whoever wrote them, and times are cut to the day.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime
from secrets import token_bytes
from zoneinfo import ZoneInfo

from bot.core.ports.records import CourseQuestion

COLUMNS = ("person", "day", "came_to", "hint", "vote", "asked_a_human")
_CHARS = 12  # of a name: 48 bits


def for_research(asked: Sequence[CourseQuestion], zone: str) -> list[tuple[str, ...]]:
    """A row a question, in an order that says nothing."""
    salt = token_bytes(32)
    return sorted(_row(one, salt, ZoneInfo(zone)) for one in asked)


def _row(one: CourseQuestion, salt: bytes, zone: ZoneInfo) -> tuple[str, ...]:
    name = hmac.digest(salt, one.person.encode("utf-8", "replace"), "sha256").hex()[:_CHARS]
    day = datetime.fromtimestamp(one.at, zone).date().isoformat()
    asked_human = "yes" if one.asked_human else "no"
    return name, day, one.kind or "nothing", str(one.level or ""), one.vote or "", asked_human
