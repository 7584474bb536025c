"""The one door through which the OpenAI library's errors come, as ours.

What decides is whether the request may have been carried out. Refused connections and the
answers 400 to 429 say that it was not; a timeout, a broken connection and the answers 5xx leave
it open. What the library does in each case was measured: it returns a `str` for an HTML page (and
stumbles over one in place of a list: AttributeError), lets `JSONDecodeError` through, and raises
bare `httpx2` errors while a stream is read.
"""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, TypeVar

import httpx2
import openai
from openai import BaseModel

from bot.backends.error_bodies import failure_in
from bot.backends.failures import Failure, Where, judge
from bot.backends.tolerant import as_text, parsed
from bot.core.errors import BackendRefused, BackendUnavailable, BotError, OutcomeUnknown, brief
from bot.core.headers import reset_after, retry_after

T = TypeVar("T")

NO_KEY = "none"  # what the library is given where there is none: it wants one
_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
_SHORT_KEY = 8  # characters; one that is shorter may be a word


@contextmanager
def openai_errors(
    missing: type[BotError] | None = None, sent: frozenset[str] = frozenset()
) -> Iterator[None]:
    """Map the library's errors. `missing`: what a 404 means here; `sent`: see `Failure`."""
    try:
        yield
    except openai.APIStatusError as error:
        require_same_method(error.response)
        raise judge(failure_of(error.response, sent), missing) from error
    except openai.APIConnectionError as error:
        raise _from_connection(error, error.__cause__) from error
    except (httpx2.RequestError, httpx2.InvalidURL) as error:
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


def failure_of(response: httpx2.Response, sent: frozenset[str] = frozenset()) -> Failure:
    """What an answer with an error says; a page for a browser says nothing but its status."""
    wait = retry_after(response.headers)
    if wait is None and response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        wait = reset_after(response.headers)  # which some servers send with everything
    return failure_in(
        _body_of(response),
        Where.RESPONSE,
        status=response.status_code,
        retry_after=wait,
        sent=sent,
        **place_of(response),
    )


def place_of(response: httpx2.Response) -> dict[str, Any]:
    """Where an answer came from, for the operator."""
    request = response.request
    return {
        "address": f"{request.method} {request.url.copy_with(query=None, userinfo=b'')}",
        "request_id": response.headers.get("x-request-id", ""),
        "has_key": _key_of(response) != NO_KEY,
    }


def require_same_method(response: httpx2.Response) -> None:
    """A redirect that turned a POST into a GET has asked nothing."""
    asked = [*response.history, response][0].request
    if response.request.method != asked.method:
        detail = f"{asked.url} redirects to {response.request.url.copy_with(query=None)}"
        raise BackendRefused(detail, notice=_MOVED)


def _key_of(response: httpx2.Response) -> str:
    return response.request.headers.get("authorization", "").removeprefix("Bearer ")


def _body_of(response: httpx2.Response) -> Any:
    text, key = as_text(response.content), _key_of(response)
    if len(key) >= _SHORT_KEY:
        text = text.replace(key, "…")  # some servers repeat it
    try:
        return parsed(text)
    except (ValueError, RecursionError):
        return "" if text.lstrip().startswith("<") else text


def _from_connection(error: Exception, cause: BaseException | None) -> BotError:
    causes = list(_causes(cause or error))
    for mistake, notice in _MISTAKES.items():
        for one in causes:
            if isinstance(one, mistake):
                return BackendRefused(brief(one), notice=notice)
    if isinstance(cause, _NEVER_SENT):
        return BackendUnavailable(f"cannot connect: {brief(cause)}")
    return OutcomeUnknown(f"connection broke: {brief(cause or error)}")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or getattr(error, "os_error", None)


_MOVED = "The AI service has moved. The operator has to set OPENAI_BASE_URL to where it is now."
# What the operator has to mend, and what does not pass by waiting.
_MISTAKES: dict[type[BaseException], str] = {
    ssl.SSLCertVerificationError: (
        "I do not trust the certificate of the AI service. The operator has to mend it, or to "
        "name its issuer in SSL_CERT_FILE."
    ),
    ssl.SSLError: (
        "The AI service does not speak TLS as it should. The operator has to look at "
        "OPENAI_BASE_URL: it may be http:// and not https://."
    ),
    httpx2.UnsupportedProtocol: (
        "The address of the AI service is not usable. The operator has to look at "
        "OPENAI_BASE_URL, which begins with http:// or https://."
    ),
    httpx2.ProxyError: (
        "The proxy that stands before the AI service is not usable. The operator has to look "
        "at http_proxy, https_proxy and no_proxy; a proxy's address begins with http://."
    ),
}
_MISTAKES[httpx2.TooManyRedirects] = _MOVED
_MISTAKES[httpx2.InvalidURL] = _MISTAKES[httpx2.UnsupportedProtocol]
