"""The one door through which the OpenAI library's errors come, as ours.

What decides is whether the request may have been carried out. Refused connections and the
answers 400 to 429 say that it was not; a timeout, a broken connection and the answers 5xx leave
it open. What the library does in each case was measured: it returns a `str` for an HTML page (and
stumbles over one in place of a list: AttributeError), lets `JSONDecodeError` through, and raises
bare `httpx2` errors while a stream is read.
"""

import json
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx2
import openai
from openai import BaseModel

from bot.core.errors import (
    BackendRefused,
    BackendUnavailable,
    BotError,
    ContextTooLong,
    OutcomeUnknown,
    brief,
)

T = TypeVar("T")

_CONTEXT_CODES = {"context_length_exceeded", "exceed_context_size_error"}
_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
_ACTIVE_RUN = re.compile(r"active run|run \S+ is active")
_PAYMENT_REQUIRED = 402
_LOCK_WAIT = 2.0  # seconds; the server says "in a few seconds"


@contextmanager
def openai_errors(missing: type[BotError] = BackendRefused) -> Iterator[None]:
    """Map the library's errors; `missing` is what a 404 means here."""
    try:
        yield
    except openai.APIStatusError as error:
        raise _from_status(error, missing) from error
    except openai.APIConnectionError as error:
        raise _from_connection(error, error.__cause__) from error
    except httpx2.TransportError as error:
        raise _from_connection(error, error) from error
    except (openai.OpenAIError, json.JSONDecodeError, AttributeError) as error:
        raise OutcomeUnknown(f"no readable answer: {brief(error)}") from error


def expect(value: object, kind: type[T]) -> T:
    """The value, if it is what the server should send.

    An HTML page arrives as a `str`, and any JSON at all as an object without its fields.
    """
    if not isinstance(value, kind):
        raise OutcomeUnknown(f"the server sent no {kind.__name__} but a {type(value).__name__}")
    if isinstance(value, BaseModel) and "id" not in value.model_fields_set:
        raise OutcomeUnknown(f"the server sent a {kind.__name__} without an id")
    return value


def _from_status(error: openai.APIStatusError, missing: type[BotError]) -> BotError:
    detail = f"{error.status_code} {error.code or ''} {error.message} ({error.request_id})"
    match error.status_code:
        case 401 | 403 as status:  # without the server's message, which may repeat the key
            detail = f"{status} {error.code or ''} ({error.request_id})"
            return BackendRefused(detail, notice=_WRONG_KEY)
        case 404:
            is_model = error.code == "model_not_found" or "model" in error.message.lower()
            return BackendRefused(detail, notice=UNKNOWN_MODEL) if is_model else missing(detail)
        case 402 | 429:
            return _from_limit(error, detail)
        case status if status in (408, 409) or status >= 500:  # noqa: PLR2004
            return OutcomeUnknown(detail, retry_after=_retry_after(error))
    return _from_bad_request(error, detail)


def _from_limit(error: openai.APIStatusError, detail: str) -> BotError:
    if error.status_code == _PAYMENT_REQUIRED or error.code == "insufficient_quota":
        return BackendRefused(detail, notice=_NO_CREDIT)
    return BackendUnavailable(detail, notice=_BUSY, retry_after=_retry_after(error))


def _from_bad_request(error: openai.APIStatusError, detail: str) -> BotError:
    if error.code == "conversation_locked" or _ACTIVE_RUN.search(error.message):
        # An earlier run is alive, perhaps our own: keep the intent, wait, and look again.
        return OutcomeUnknown(detail, notice=_BUSY, retry_after=_LOCK_WAIT)
    if is_about_context(error.code, error.type, error.message):
        return ContextTooLong(detail)
    return BackendRefused(detail)


def is_about_context(code: object, kind: object, message: str) -> bool:
    """Whether a server says that the input does not fit; not all of them have a code for it."""
    if {code, kind} & _CONTEXT_CODES:
        return True
    return "context" in message and any(word in message for word in ("length", "size", "window"))


def _from_connection(error: Exception, cause: BaseException | None) -> BotError:
    if isinstance(cause, _NEVER_SENT):
        return BackendUnavailable(f"cannot connect: {brief(cause)}")
    return OutcomeUnknown(f"connection broke: {brief(cause or error)}")


def _retry_after(error: openai.APIStatusError) -> float | None:
    header: Any = error.response.headers.get("retry-after", "")
    try:
        seconds = float(header)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None


_WRONG_KEY = "The model's server does not accept this bot's key. The operator has to mend that."
UNKNOWN_MODEL = "The model's server does not know the model this bot is set to use."
_NO_CREDIT = "This bot has no credit left with the model's server. The operator has to mend that."
_BUSY = "The model's server is busy. I will keep trying and answer here."
