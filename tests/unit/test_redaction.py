"""What is secret is said nowhere: neither what is set, nor what looks like it."""

import asyncio
import logging
from types import SimpleNamespace
from urllib.parse import quote

import aiohttp
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from adapters.slack.errors import slack_errors
from bot.core.errors import BotError, brief
from bot.core.redaction import Redactor
from bot.logs import set_up_logs

SECRET = "correct horse battery"


@pytest.mark.parametrize(
    "text",
    [
        "xoxb-1234567890-abcdef",
        "xoxe.xoxp-1-abcdef",
        "xapp-1-A0-99-feed",
        "sk-proj-abcdefgh12345",
        "Authorization: Bearer abc.def-123",
        "https://discord.com/api/v10/webhooks/123456/aW50ZXJhY3Rpb246VE9LRU4",
        "https://discord.com/api/v10/interactions/123456/aW50ZXJhY3Rpb246VE9LRU4/callback",
        "https://hooks.slack.com/commands/T1/2/abcDEF",
        "postgresql://homeroom:hunter2x@db.example/homeroom",
        f"key={SECRET}.",
        f"key={quote(SECRET)}",
        SECRET[:9] + "\n    " + SECRET[9:],  # a line that was broken
        SECRET[:9] + "\\n" + SECRET[9:],
        "authorization: bearer abcdef123",
        "Authorization: Basic aW50ZXJhY3Rpb24=",
        "api-key: 0123456abcdef",
        "{'x-api-key': '0123456abcdef'}",
        "(b'x-api-key', b'0123456abcdef')",
        "https://models.example/v1?api_key=abcdef123456&x=1",
        "https://models.example/v1?x=1&key=abcdef123456",
        "https://hooks.example/in?sig=abcdef12345",
        "AIzaSyabcdef1234567890",
        "hf_abcdef1234567890",
        "ghp_abcdef1234567890",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdef",
        "xoxd-abcdef%2Bfeed12",
        "webhooks%2F123456%2FabcdefGHI",
        "host=db.example user=homeroom password=hunter2x",
        "password='hunter2x and more'",
        "postgresql://homeroom:hunter2x/y@z@db.example/homeroom",
    ],
)
def test_what_is_secret_or_looks_like_it_is_left_out(text: str) -> None:
    said = Redactor([SECRET])(f"before {text} after")
    assert said.startswith("before ")
    assert said.endswith(" after")
    assert "[secret]" in said
    for part in ("abcdef", "feed", "abc.def", "aW50ZXJ", "abcDEF", "hunter2x", SECRET, "battery"):
        assert part not in said


@given(st.text("abcdefghij .:/-_", max_size=60))
def test_ordinary_words_stay(text: str) -> None:
    assert Redactor(["short"])(text) == text


def test_a_librarys_error_is_told_by_its_class_status_and_the_systems_reason() -> None:
    headers = CIMultiDictProxy(CIMultiDict({"Authorization": "Bearer xoxb-1-abcdef"}))
    info = aiohttp.RequestInfo(URL("https://files.example/x"), "GET", headers)
    assert brief(aiohttp.ClientResponseError(info, (), status=503)) == "ClientResponseError 503"
    assert brief(ConnectionRefusedError(111, "Connection refused")).endswith("Connection refused")


@pytest.mark.parametrize(
    "text",
    [
        "tokens=1234567 key=slack:T01:C01GEN turn=123456",
        "Unexpected token: identifier. A secret, however, is none; basic understanding",
        "http://127.0.0.1:8080/v1/responses answered ada@a.example",
        '{"url":"http://127.0.0.1:8080/v1","mail":"ada@a.example"}',
        "the bearer of this; task-manager risk-assessment",
    ],
)
def test_what_an_operator_has_to_read_stays(text: str) -> None:
    assert Redactor([SECRET])(text) == text


@pytest.mark.parametrize("status", [*range(400, 600, 7), 503])
def test_an_answer_with_any_status_says_nothing_of_its_request(status: int) -> None:
    headers = CIMultiDictProxy(CIMultiDict({"Authorization": "Bearer opaque-token"}))
    info = aiohttp.RequestInfo(URL("https://files.example/opaque-path"), "GET", headers)
    with pytest.raises(BotError) as raised, slack_errors():
        raise aiohttp.ClientResponseError(info, (), status=status)
    assert "opaque" not in f"{raised.value} {raised.value.notice}"


@pytest.mark.parametrize("style", ["console", "json"])
def test_no_line_of_the_log_has_a_secret_not_even_a_vendors_or_a_traceback(
    style: str, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logs("debug", style, Redactor([SECRET]))
    log = structlog.get_logger()
    log.info("seen", error=SECRET, more={"deep": [SECRET]}, thing=SimpleNamespace(key=SECRET))
    try:
        _ = {"": 0}[SECRET]
    except KeyError:
        log.exception("crashed")
        logging.getLogger("aiohttp").warning("of a vendor: %s", SECRET)
    written = capsys.readouterr().err
    assert SECRET not in written
    assert written.count("[secret]") >= 5


async def test_a_time_out_says_what_it_is() -> None:
    with pytest.raises(TimeoutError) as raised:
        await asyncio.wait_for(asyncio.Event().wait(), 0)
    assert brief(raised.value) == "TimeoutError"
