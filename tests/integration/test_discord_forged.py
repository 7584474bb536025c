"""Presses that no button of theirs stands behind: forged ids, others' questions, others' places."""

import pytest

from tests.fakes.discord_interactions import Interaction
from tests.fakes.discord_things import Message, User
from tests.integration import discord_core
from tests.integration.discord_core import DiscordCore

core = discord_core.core
VERBS = ("again", "up", "stop", "publish", "confirm", "endorse")


async def pressed(core: DiscordCore, on: Message, custom_id: str, user: User) -> Interaction:
    """As a client that sends what it likes: the id is put below the message for the moment."""
    button = on.components[0]["components"][0]
    button["custom_id"] = custom_id
    return await core.server.click(on, custom_id, user)


@pytest.mark.parametrize("verb", VERBS)
async def test_a_forged_press_does_nothing_to_what_another_asked_alone(
    core: DiscordCore, verb: str
) -> None:
    mallory = core.server.add_user("mallory")
    async with core.running() as process:
        hers = await core.slash("ask", question="my secret", private=True)
        await core.until(lambda: "my secret" in hers.text)
        asked = await core.ask("hello", mallory)
        await core.reply(asked)
        [shown] = core.replies(asked)
        [row] = await process.rows("SELECT message_key FROM turns ORDER BY id LIMIT 1")
        genuine = next(one for one in shown.custom_ids if "again" in one)
        own = genuine.rpartition(":again:")
        forged = f"{own[0]}:{verb}:{row['message_key']}"
        press = await pressed(core, shown, forged, mallory)
        await process.queue.idle()
        assert len(core.model.runs) == 2
        assert await process.rows("SELECT turn_id FROM votes") == []
        told = [press.text, *(one.content for one in core.server.from_bot(core.room))]
        assert not [words for words in told if "my secret" in words]
        assert "my secret" in hers.text
