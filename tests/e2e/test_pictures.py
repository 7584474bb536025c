"""The pictures in the README show what is posted today: `make picture` draws them again."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from docs import picture_discord, picture_slack

DOCS = Path(picture_slack.__file__).parent


@pytest.mark.parametrize(
    ("draw", "name"),
    [(picture_slack.main, "slack.svg"), (picture_discord.main, "discord.svg")],
    ids=["slack", "discord"],
)
async def test_the_picture_shows_what_the_program_posts(
    draw: Callable[[Path], Awaitable[None]], name: str, tmp_path: Path
) -> None:
    await draw(tmp_path / name)
    drawn, kept = ((folder / name).read_text("utf-8") for folder in (tmp_path, DOCS))
    assert drawn == kept
