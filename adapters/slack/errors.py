"""The one door through which the Slack library's errors come, as ours.

What decides is whether the request may have been carried out. `ok: false` and refused connections
say that it was not; a timeout, a broken connection, a page that is no JSON and the answers 5xx
leave it open.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.core.errors import ConfigError, PlatformSilent, PlatformUnavailable, Undeliverable, brief
from bot.core.headers import retry_after

_RETRY_AFTER = 30.0  # seconds, where Slack limits the rate without saying for how long

# "It is possible some aspect of the operation succeeded before the error was raised."
_AMBIGUOUS = {"fatal_error", "internal_error", "request_timeout"}
# What Slack says of a token that opens nothing, or not what it was set for.
DEAD_TOKEN = {
    "account_inactive",
    "invalid_auth",
    "not_allowed_token_type",
    "token_expired",
    "token_revoked",
}
# What passes, or what an operator can mend while the answer waits.
_PASSING = {
    "service_unavailable",
    "team_added_to_org",
    "accesslimited",
    "invalid_auth",
    "not_authed",
    "token_expired",
}


class Rejected(Undeliverable):
    """Slack understood the request and says no: `code` is the reason. It was not carried out."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        super().__init__(detail or code)


@contextmanager
def slack_errors() -> Iterator[None]:
    try:
        yield
    except SlackApiError as error:
        raise _from_answer(error.response, code_of(error)) from error
    except SlackClientError as error:  # what the library itself finds wrong with a request
        raise Rejected("invalid_request", str(error)) from error
    except aiohttp.ClientConnectorError as error:
        raise PlatformUnavailable(f"cannot connect: {brief(error)}") from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise PlatformSilent(f"connection broke: {brief(error)}") from error


@contextmanager
def token_errors(setting: str) -> Iterator[None]:
    """At the start a token that is refused is a wrong setting, and not what may pass."""
    with slack_errors():
        try:
            yield
        except SlackApiError as error:
            if (code := code_of(error)) not in DEAD_TOKEN:
                raise
            raise ConfigError(f"{setting}: Slack refuses this token ({code})") from error


def code_of(error: SlackApiError) -> str:
    """Slack's word for what is wrong; empty where it said none."""
    data = getattr(error.response, "data", None)
    return str(data.get("error") or "") if isinstance(data, dict) else ""


def check_response_url(status: int, body: str, headers: Any) -> None:
    """Map what a response_url answers: no library stands between."""
    if status == 200:  # noqa: PLR2004
        return
    raise _from_status(status, _code_in(body), headers)


def _code_in(body: str) -> str:
    """It answers in JSON, or says the bare word."""
    with suppress(ValueError, AttributeError):
        return str(json.loads(body).get("error") or "")
    return body.strip()[:80]


def _from_answer(response: Any, code: str) -> PlatformUnavailable | PlatformSilent | Rejected:
    """The library hands out its own response, or the bare one where it could not read the body."""
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    return _from_status(status, code, getattr(response, "headers", {}))


def _from_status(
    status: int, code: str, headers: Any
) -> PlatformUnavailable | PlatformSilent | Rejected:
    detail = f"{status} {code}"
    if status == 429 or code in ("ratelimited", "rate_limited"):  # noqa: PLR2004
        wait = retry_after(headers)
        return PlatformUnavailable(detail, retry_after=_RETRY_AFTER if wait is None else wait)
    if status >= 500 or not code or code in _AMBIGUOUS:  # noqa: PLR2004
        return PlatformSilent(detail)
    return PlatformUnavailable(detail) if code in _PASSING else Rejected(code, detail)
