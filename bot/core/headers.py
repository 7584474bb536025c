"""What every server says in the same words."""

import math
from collections.abc import Mapping
from email.utils import parsedate_to_datetime


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds until it may be tried again (RFC 9110, 10.2.3), where they are named.

    The header's other form, a date, is used by none of the servers we speak to.
    """
    try:
        seconds = float(headers.get("Retry-After") or "")
    except ValueError:
        return None
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def time_told(date: str | None) -> float | None:
    """What a `Date` says, in seconds since the epoch."""
    try:
        return parsedate_to_datetime(date or "").timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
