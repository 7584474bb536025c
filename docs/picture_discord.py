"""Draws docs/discord.svg from what `homeroom run` really posted in the tests' Discord.

Usage: make picture.
"""

import asyncio
import sys
from pathlib import Path

from docs.classroom import ALOUD, COLOURS, FURTHER, PRIVATELY, running
from docs.drawing import DARK, Post, draw
from tests.e2e.program import until
from tests.fakes.discord_server import FakeDiscord
from tests.fakes.discord_things import Channel, Message, walk

_BUTTON = 2
_CHARS_OF_QUOTE = 60


async def main(picture: Path) -> None:
    async with FakeDiscord() as discord:
        room = discord.add_guild("School").add_text_channel("physics")
        reached = {
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_URL": discord.api_url,
            "DISCORD_GATEWAY_URL": discord.gateway_url,
        }
        async with running(reached):
            await until(lambda: discord.syncs and discord.identifies)
            await converse(discord, room)
        posts = [post_of(discord, message) for message in shown(room)]
    picture.write_text(draw("# physics", posts, DARK), encoding="utf-8")


async def converse(discord: FakeDiscord, room: Channel) -> None:
    """A mention, a reply to the answer by somebody else, and a question asked privately."""
    ada, ben = discord.add_user("Ada"), discord.add_user("Ben")
    await discord.say(room, ada, ALOUD, mentions=[discord.bot])
    await until(lambda: whole_answers(room) == 1)
    await discord.say(room, ben, FURTHER, reply_to=discord.from_bot(room)[0])
    await until(lambda: whole_answers(room) == 2)  # noqa: PLR2004
    await discord.slash(room, ada, "ask", {"question": PRIVATELY, "private": True})
    await until(lambda: whole_answers(room) == 3)  # noqa: PLR2004


def shown(room: Channel) -> list[Message]:
    """What stands there for all to see, and for Ada alone."""
    return [message for message in room.messages.values() if not message.loading]


def whole_answers(room: Channel) -> int:
    """The buttons to vote with stand below a whole answer, and below nothing else."""
    return sum("Regenerate" in labels(message) for message in shown(room))


def post_of(discord: FakeDiscord, message: Message) -> Post:
    who = message.author.name
    return Post(
        who,
        message.content.replace(discord.bot.mention, "@Homeroom"),
        COLOURS[who],
        badge="APP" if message.author.bot else "",
        note=note_of(discord, message),
        buttons=labels(message),
    )


def note_of(discord: FakeDiscord, message: Message) -> str:
    if message.ephemeral:
        return "Only you can see this (asked with /ask private: True)"
    if message.reference is None:
        return ""
    asked = discord.message(message.channel, message.reference)
    words = asked.content.replace(discord.bot.mention, "@Homeroom").replace("*", "")
    cut = words if len(words) <= _CHARS_OF_QUOTE else f"{words[:_CHARS_OF_QUOTE].rstrip()}…"
    return f"↱ {asked.author.name}: {cut}"


def labels(message: Message) -> list[str]:
    """What is written on the buttons below a message."""
    buttons = [one for one in walk(message.components) if one["type"] == _BUTTON]
    return [one.get("label") or one["emoji"]["name"] for one in buttons]


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
