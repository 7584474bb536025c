"""People who are in no server of the bot's: they pay nothing, so they ask nothing."""

import pytest

from bot.core.errors import NotAllowed
from bot.core.messages import Message
from tests.fakes.discord_things import User
from tests.integration import discord_stage
from tests.integration.discord_stage import Stage

stage, empty_stage = discord_stage.stage, discord_stage.empty_stage
_ONLY = "I only answer people of servers where I am"


async def asked_directly(stage: Stage, person: User) -> Message:
    dm = stage.server.open_dm(person)
    return await stage.accepted(await stage.server.say(dm, person, "free tokens?"))


async def asked_abroad(stage: Stage, person: User) -> Message:
    """With an app that only she has installed, in a server where the bot is not."""
    foreign = stage.server.add_guild("Elsewhere", joined=False).add_text_channel("general")
    asked = await stage.server.slash(foreign, person, "ask", {"question": "?"}, install="user")
    return await stage.accepted(asked.id)


@pytest.mark.parametrize("ask", [asked_directly, asked_abroad])
async def test_who_is_in_no_server_of_ours_is_refused_in_words(stage: Stage, ask: object) -> None:
    question = await ask(stage, stage.server.add_user("mallory"))  # type: ignore[operator]
    with pytest.raises(NotAllowed, match=_ONLY):
        await stage.door.admit(question)


async def test_she_is_told_so_where_she_asked(stage: Stage) -> None:
    mallory = stage.server.add_user("mallory")
    with pytest.raises(NotAllowed):
        await stage.door.admit(await asked_directly(stage, mallory))
    [told] = stage.shown(stage.server.open_dm(mallory))
    assert told.startswith(_ONLY)


@pytest.mark.parametrize("ask", [asked_directly, asked_abroad])
async def test_who_is_in_one_of_them_asks_from_anywhere(stage: Stage, ask: object) -> None:
    stage.guild.add_member(stage.ann)
    await stage.door.admit(await ask(stage, stage.ann))  # type: ignore[operator]


@pytest.mark.parametrize("ask", [asked_directly, asked_abroad])
async def test_the_operator_can_let_everybody_in(stage: Stage, ask: object) -> None:
    stage.door.chosen["discord", "outsiders"] = "on"
    await stage.door.admit(await ask(stage, stage.server.add_user("mallory")))  # type: ignore[operator]


async def test_who_has_left_is_soon_out(stage: Stage) -> None:
    stage.guild.add_member(stage.ann)
    await stage.door.admit(await asked_directly(stage, stage.ann))
    del stage.guild.members[stage.ann.id]
    stage.server.advance(601)
    with pytest.raises(NotAllowed):
        await stage.door.admit(await asked_directly(stage, stage.ann))
