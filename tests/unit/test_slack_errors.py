"""What the library's errors mean for us: was it done, was it not, or is nobody there."""

from collections.abc import Mapping
from types import SimpleNamespace

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError, SlackRequestError

from adapters.slack.errors import Rejected, check_response_url, slack_errors
from bot.core.errors import OutcomeUnknown, PlatformUnavailable, Undeliverable


def answered(status: int, error: str = "", headers: Mapping[str, str] | None = None) -> Exception:
    data = {"ok": False, "error": error} if error else {}
    response = SimpleNamespace(status_code=status, data=data, headers=headers or {})
    return SlackApiError("refused", response)  # type: ignore[no-untyped-call]


def meaning(error: Exception) -> Exception:
    ours = (PlatformUnavailable, OutcomeUnknown, Undeliverable)
    with pytest.raises(ours) as caught, slack_errors():
        raise error
    assert caught.value.__cause__ is error
    return caught.value


@pytest.mark.parametrize(
    "error",
    [
        answered(500, "internal_error"),
        answered(503),
        answered(200),  # a page instead of JSON
        answered(200, "fatal_error"),
        TimeoutError(),
        aiohttp.ServerDisconnectedError(),
        ConnectionResetError(),
    ],
)
def test_what_may_have_been_done_is_unknown(error: Exception) -> None:
    assert isinstance(meaning(error), OutcomeUnknown)


@pytest.mark.parametrize("code", ["channel_not_found", "is_archived", "msg_too_long", "whatever"])
def test_a_no_is_a_no_and_says_why(code: str) -> None:
    refused = meaning(answered(200, code))
    assert isinstance(refused, Rejected)
    assert refused.code == code


@pytest.mark.parametrize("code", ["invalid_auth", "token_expired", "service_unavailable"])
def test_what_can_be_mended_waits(code: str) -> None:
    assert isinstance(meaning(answered(200, code)), PlatformUnavailable)


@pytest.mark.parametrize(("header", "wait"), [("7", 7.0), ("soon", 30.0), (None, 30.0)])
def test_a_limited_rate_says_for_how_long(header: str | None, wait: float) -> None:
    headers = {"Retry-After": header} if header else {}
    refused = meaning(answered(429, "ratelimited", headers))
    assert isinstance(refused, PlatformUnavailable)
    assert refused.retry_after == wait


def test_a_refused_connection_did_nothing() -> None:
    key = SimpleNamespace(ssl=None, host="127.0.0.1", port=1)
    error = aiohttp.ClientConnectorError(key, ConnectionRefusedError())  # type: ignore[arg-type]
    assert isinstance(meaning(error), PlatformUnavailable)


def test_what_the_library_finds_wrong_was_not_sent() -> None:
    assert isinstance(meaning(SlackRequestError("no")), Rejected)


def test_a_response_url_that_is_used_up_says_so() -> None:
    check_response_url(200, "ok", {})
    with pytest.raises(Rejected, match="used_url"):
        check_response_url(404, "used_url", {})
    with pytest.raises(OutcomeUnknown):
        check_response_url(502, "bad gateway", {})
