"""What an error says, in any of the shapes that servers and gateways give to it.

Only by the names of fields: some servers repeat the request, with people's words, in their errors.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.backends.failures import Failure, Where
from bot.backends.tolerant import parsed

_CODES = ("code", "error_code", "err_code", "status", "status_code", "statusCode", "__type")
_WORDS = re.compile(
    r"message$|msg$|detail|description$|^(?:error|errors|reason|title|raw|faultstring)$",
    re.IGNORECASE,
)
# What may hold the error, or one more: a gateway wraps that of whom it asked.
_INNER = re.compile(
    r"error|^(?:detail|metadata|raw|message|fault|response|base_resp|body|data)", re.IGNORECASE
)
_MOST_WORDS = 2000  # characters of what a server says that are looked at
_MOST_OBJECTS = 12
_ERRORS = range(400, 600)


def failure_in(body: Any, where: Where, **known: Any) -> Failure:
    told = list(_objects(body))
    code = next(filter(None, (_first(one, *_CODES) for one in told)), "")
    statuses = (_as_status(one.get(name)) for one in told for name in _CODES)
    known["status"] = known.get("status") or next(filter(None, statuses), 0)
    words = dict.fromkeys(word for one in told for word in _words_of(one))
    return Failure(
        where=where,
        code=code,
        kind=next(filter(None, (_first(one, "type") for one in told)), ""),
        param=next(filter(None, map(_param, told)), ""),
        message=(" ".join(words) if told else _text(body))[:_MOST_WORDS],
        **known,
    )


def says_failed(frame: Mapping[str, Any]) -> bool:
    """Whether a body that came with status 200 says so by a code of its own."""
    base = frame.get("base_resp")
    code = base.get("status_code") if isinstance(base, Mapping) else frame.get("error_code")
    return frame.get("success") is False or code not in (None, 0, "0", "")


def _objects(body: Any) -> Iterator[Mapping[str, Any]]:
    """The objects of an error, the innermost of the first first."""
    left, found = [body], list[Mapping[str, Any]]()
    while left and len(found) < _MOST_OBJECTS:
        one = left.pop(0)
        if isinstance(one, str) and one.lstrip().startswith(("{", "[")):
            one = _parsed(one)
        if isinstance(one, list):
            left += [{"message": each} if isinstance(each, str) else each for each in one[:3]]
        elif isinstance(one, Mapping):
            found.append(one)
            left += [value for name, value in one.items() if _INNER.search(str(name))]
    yield from sorted(found, key=lambda one: "message" not in one)


def _parsed(text: str) -> Any:
    try:
        return parsed(text)
    except (ValueError, RecursionError):
        return None


def _words_of(told: Mapping[str, Any]) -> Iterator[str]:
    for name, value in told.items():
        if isinstance(value, str) and value and _WORDS.search(str(name)):
            yield value[:_MOST_WORDS]


def _first(told: Mapping[str, Any], *names: str) -> str:
    return next(filter(None, (_text(told.get(name)) for name in names)), "")


def _param(told: Mapping[str, Any]) -> str:
    """FastAPI tells the way to it."""
    loc = told.get("loc")
    steps = [str(one) for one in loc if one != "body"] if isinstance(loc, list) else []
    return _text(told.get("param")) or ".".join(steps)[:_MOST_WORDS]


def _text(value: Any) -> str:
    is_plain = isinstance(value, str | int | float) and not isinstance(value, bool)
    return str(value)[:_MOST_WORDS] if is_plain else ""


def _as_status(code: Any) -> int:
    """Gateways repeat the status of whom they asked as a code."""
    try:
        status = int(code)
    except (TypeError, ValueError, OverflowError):
        return 0
    return status if status in _ERRORS else 0
