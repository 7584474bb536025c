import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import redirect_stderr
from errno import ENOSPC
from io import StringIO

import pytest
import structlog

from bot.logs import set_up_logs

SECRET = "sk-never-to-be-seen"


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    yield
    logging.captureWarnings(capture=False)
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)


def fail(words: str) -> None:
    del words
    raise RuntimeError("no luck")


@pytest.mark.parametrize("style", ["console", "json"])
def test_a_traceback_shows_no_local_variable(
    style: str, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logs("debug", style)
    question = "what a person said"
    try:
        fail(SECRET)
    except RuntimeError:
        structlog.get_logger().exception("turn_crashed", turn=1)
        logging.getLogger("vendor").exception("it crashed")
    written = capsys.readouterr().err
    assert written.count("RuntimeError: no luck") == 2
    assert SECRET not in written
    assert question not in written


def test_every_line_is_json_whoever_wrote_it(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("info", "json")
    structlog.get_logger().info("message_accepted", turn=7)
    logging.getLogger("vendor").error("two\nlines: %s", "x")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old", UserWarning, stacklevel=1)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["level"] for line in lines] == ["info", "error", "warning"]
    assert (lines[0]["event"], lines[0]["turn"]) == ("message_accepted", 7)
    assert lines[1]["event"] == "two\nlines: x"
    assert all(line["timestamp"].endswith("Z") for line in lines)


def test_vendors_are_heard_from_warnings_upwards_only(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("debug", "console")
    logging.getLogger("httpx").info("POST with what a person said")
    logging.getLogger("httpx").warning("careful")
    written = capsys.readouterr().err
    assert "careful" in written
    assert "POST" not in written


def test_a_level_keeps_what_is_below_it_out(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("error", "console")
    structlog.get_logger().warning("turn_postponed")
    structlog.get_logger().error("reply_abandoned")
    written = capsys.readouterr().err
    assert "reply_abandoned" in written
    assert "turn_postponed" not in written


class FullDisk(StringIO):
    tried = 0

    def write(self, text: str, /) -> int:
        self.tried += 1
        raise OSError(ENOSPC, "No space left on device")


def test_no_work_ends_over_a_line_of_the_log_that_cannot_be_written() -> None:
    with redirect_stderr(FullDisk()) as disk:
        set_up_logs("info", "json")
        structlog.get_logger().info("answer_saved")
    assert disk.tried
