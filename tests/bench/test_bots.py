"""The bench still fits the program, and the floor: each answers what it is asked."""

from pathlib import Path

import aiohttp
import pytest

from tests.bench.scenes import PLATFORMS, Stage


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize(
    ("kind", "backend"),
    [("product", "chat"), ("product", "responses"), ("chat", "chat"), ("streams", "responses")],
)
async def test_every_question_is_timed_from_the_door_to_the_platform(
    tmp_path: Path, platform: str, kind: str, backend: str
) -> None:
    async with aiohttp.ClientSession() as session:
        stage = Stage(session, tmp_path, is_quick=True)
        async with stage.bots(platform, kind, backend=backend, servers=1) as (bot,):
            wave = await bot.wave(3, delay=0.1)
    assert wave.lost == 0
    assert len(wave.to_model) == len(wave.to_platform) == 3
    assert min(wave.to_model + wave.to_platform) > 0
    assert wave.cpu > 0
