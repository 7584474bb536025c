"""What every server says in the same words."""

import math
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_RESET = "x-ratelimit-reset-"
_NUMBER = r"\d{1,9}(?:\.\d{1,9})?"
_WITH_UNITS = re.compile(
    rf"(?=\d)(?:(?P<h>{_NUMBER})h)?(?:(?P<m>{_NUMBER})m(?!s))?"
    rf"(?:(?P<s>{_NUMBER})s)?(?:(?P<ms>{_NUMBER})ms)?"
)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds until it may be tried again (RFC 9110, 10.2.3), where they are named.

    Gateways write them with units as well, or twice, or in milliseconds under a name of their own.
    A date is counted from the server's own: its clock need not be ours.
    """
    written = (headers.get("Retry-After") or "").strip()
    if until := time_told(written):
        now = time_told(headers.get("Date"))
        return max(until - now, 0.0) if now is not None else None
    if not written and (milliseconds := headers.get("Retry-After-Ms")):
        written = f"{milliseconds}ms"
    return _seconds(written.partition(", ")[0])


def reset_after(headers: Mapping[str, str]) -> float | None:
    """Seconds until a limit is lifted, as OpenAI's `x-ratelimit-reset-*` tell it beside a 429.

    Of several limits the spent ones count; where no header says which those are, the shortest wait.
    """
    waits, spent = list[float](), list[float]()
    for name, value in headers.items():
        if not name.lower().startswith(_RESET) or (wait := _seconds(value.strip())) is None:
            continue
        waits.append(wait)
        left = headers.get(name.lower().replace("-reset-", "-remaining-")) or ""
        if left.strip() in {"0", "0.0"}:
            spent.append(wait)
    return max(spent) if spent else min(waits, default=None)


def _seconds(written: str) -> float | None:
    if found := _WITH_UNITS.fullmatch(written):
        return sum(float(found[unit] or 0) * size for unit, size in _UNITS.items())
    try:
        seconds = float(written)
    except ValueError:
        return None
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def time_told(date: str | None) -> float | None:
    """What a `Date` says, in seconds since the epoch."""
    try:
        return parsedate_to_datetime(date or "").timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
