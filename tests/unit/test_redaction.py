"""What is secret is said nowhere: neither what is set, nor what looks like it."""

import asyncio
import logging
from types import SimpleNamespace

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
    ],
)
def test_what_is_secret_or_looks_like_it_is_left_out(text: str) -> None:
    said = Redactor([SECRET])(f"before {text} after")
    assert said.startswith("before ")
    assert said.endswith(" after")
    assert "[secret]" in said
    for part in ("abcdef", "feed", "abc.def", "aW50ZXJ", "abcDEF", "hunter2x", SECRET):
        assert part not in said


@given(st.text("abcdefghij .:/-_", max_size=60))
def test_ordinary_words_stay(text: str) -> None:
    assert Redactor(["short"])(text) == text


def test_a_librarys_error_is_told_by_its_class_status_and_the_systems_reason() -> None:
    headers = CIMultiDictProxy(CIMultiDict({"Authorization": "Bearer xoxb-1-abcdef"}))
    info = aiohttp.RequestInfo(URL("https://files.example/x"), "GET", headers)
    assert brief(aiohttp.ClientResponseError(info, (), status=503)) == "ClientResponseError 503"
    assert brief(ConnectionRefusedError(111, "Connection refused")).endswith("Connection refused")


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
