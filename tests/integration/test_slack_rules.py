"""`homeroom.toml` says who is answered in Slack."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.slack_bot import ALICE, BOB, CHANNEL
from tests.integration.slack_core import SlackCore, slack_core


@pytest.fixture
async def core(tmp_path: Path) -> AsyncIterator[SlackCore]:
    async with slack_core(tmp_path) as core:
        yield core


def settings(core: SlackCore, **scopes: str) -> None:
    """Write `homeroom.toml`: what is set for all of Slack, and for the channel."""
    names = {"everywhere": "slack", "here": f"slack:T01TEST:{CHANNEL}"}
    tables = [f'[settings."{names[scope]}"]\n{lines}\n' for scope, lines in scopes.items()]
    (core.folder / "homeroom.toml").write_text("\n".join(tables))


@pytest.mark.parametrize(
    "scopes",
    [
        {"everywhere": f'deny = "user:{ALICE}"'},
        {"here": 'allow = "group:S1, user:U99"'},
        {"everywhere": 'allow = "channel:C99"', "here": f'allow = "channel:{CHANNEL}"'},
    ],
)
async def test_who_is_not_on_the_lists_of_the_file_is_told_so_alone_and_not_answered(
    core: SlackCore, scopes: dict[str, str]
) -> None:
    core.slack.add_usergroup("S1", "staff", [BOB])
    settings(core, **scopes)
    async with core.running():
        thread = await core.ask("why?")
        (note,) = await core.told()
    assert "not open to you here" in note
    assert not core.model.runs
    assert not core.replies(thread)


async def test_who_is_on_a_list_of_the_file_is_answered(core: SlackCore) -> None:
    core.slack.add_usergroup("S1", "staff", [ALICE])
    core.slack.state.users[ALICE]["is_restricted"] = True
    settings(core, everywhere='allow = "group:S1"\nguests = "on"', here=f'deny = "user:{BOB}"')
    async with core.running():
        await core.answers(await core.ask("why?"))
    assert len(core.model.runs) == 1


async def test_another_bot_is_answered_where_the_file_lists_it_and_only_so_often(
    core: SlackCore,
) -> None:
    core.slack.add_user("U03BOT", "other", is_bot=True)
    settings(core, here='bots = "B03"\nfollow = "channel"')
    async with core.running():
        thread = await core.slack.say(CHANNEL, "U03BOT", "tick", bot_id="B03")
        for count in range(1, 6):
            await core.answers(thread, count)
            await core.slack.say(CHANNEL, "U03BOT", "tock", thread, bot_id="B03")
            await core.acked()
        await core.slack.say(CHANNEL, BOB, "enough", thread)
        *_, last = await core.answers(thread, 6)
    assert last == "You said: bob: enough"
    assert len(core.model.runs) == 6
