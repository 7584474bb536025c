"""The tools that are always there."""

from dataclasses import replace

import pytest

from bot.tools.basics import calculate, now_by
from bot.tools.functions import Function
from tests.unit.tooling import NOW, call, use


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("Asia/Tokyo", "Saturday, 2026-11-28, 15:36:40, UTC+0900 (Asia/Tokyo)"),
        ("America/Los_Angeles", "Friday, 2026-11-27, 22:36:40, UTC-0800"),
        ("Mars/Olympus", "There is no time zone “Mars/Olympus”"),
        ("../../etc/passwd", "There is no time zone"),
        ("a" * 10_000, "There is no time zone"),
        ("\x00", "There is no time zone"),
    ],
)
async def test_now_tells_day_and_time_in_a_zone(zone: str, words: str) -> None:
    output = await Function.of(now_by(lambda: NOW))(call("now", f'{{"zone": "{zone}"}}'), use())
    assert words in output.text or zone == "\x00"
    assert output.is_error == ("There is no" in words)


async def test_a_zone_that_nobody_names_is_the_askers() -> None:
    async def zone() -> str:
        return "Asia/Tokyo"

    now = Function.of(now_by(lambda: NOW))
    hers = replace(use(), zone=zone)
    assert "15:36:40, UTC+0900 (Asia/Tokyo)" in (await now(call("now"), hers)).text
    named = await now(call("now", '{"zone": "Europe/Berlin"}'), hers)
    assert "07:36:40, UTC+0100 (Europe/Berlin)" in named.text


async def test_without_a_zone_it_is_the_installations() -> None:
    output = await Function.of(now_by(lambda: NOW))(call("now"), use())
    assert "2026-11-2" in output.text


async def test_what_cannot_be_calculated_is_said_to_the_model() -> None:
    function = Function.of(calculate)
    assert (await function(call("calculate", '{"expression": "1/4"}'), use())).text == "0.25"
    refused = await function(call("calculate", '{"expression": "x"}'), use())
    assert refused.is_error
    assert "That is no arithmetic I know." in refused.text
