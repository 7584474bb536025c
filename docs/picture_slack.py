"""Draws docs/slack.svg from what `homeroom run` really posted in the tests' Slack.

Usage: make picture.
"""

import asyncio
import sys
from pathlib import Path

from docs.classroom import ALOUD, COLOURS, FURTHER, PRIVATELY, running
from docs.drawing import LIGHT, Post, draw
from tests.e2e.program import until
from tests.fakes import JSON
from tests.fakes.slack_server import APP_TOKEN, FakeSlack, Message

ROOM, PEOPLE = "C0PHYSICS", {"U0ADA": "Ada", "U0BEN": "Ben"}


async def main(picture: Path) -> None:
    async with FakeSlack() as slack:
        for person, name in PEOPLE.items():
            slack.add_user(person, name)
        slack.add_channel(ROOM, "physics")
        reached = {
            "SLACK_BOT_TOKEN": slack.bot.token,
            "SLACK_APP_TOKEN": APP_TOKEN,
            "SLACK_API_URL": slack.api_url,
        }
        async with running(reached):
            await until(lambda: slack.sockets.opened)
            await converse(slack)
        posts = [post_of(slack, message) for message in slack.messages(ROOM)]
    picture.write_text(draw("# physics", posts, LIGHT), encoding="utf-8")


async def converse(slack: FakeSlack) -> None:
    """A mention, a follow-up without one by somebody else, and a question asked privately."""
    ada, ben = PEOPLE
    thread = await slack.say(ROOM, ada, f"{slack.bot.mention} {ALOUD}")
    await until(lambda: whole_answers(slack) == 1)
    await slack.say(ROOM, ben, FURTHER, thread_ts=thread)
    await until(lambda: whole_answers(slack) == 2)  # noqa: PLR2004
    await slack.command("/ask", PRIVATELY, ada, ROOM)
    await until(lambda: any(message.ephemeral for message in slack.messages(ROOM)))


def whole_answers(slack: FakeSlack) -> int:
    """Buttons stand below a whole answer, and below nothing else."""
    return sum(bool(labels(message)) for message in slack.messages(ROOM))


def post_of(slack: FakeSlack, message: Message) -> Post:
    who = PEOPLE.get(message.user, "Homeroom")
    words = [block["text"] for block in message.blocks if block["type"] == "markdown"]
    text = "".join(words) or message.markdown_text or message.text
    return Post(
        who,
        text.replace(slack.bot.mention, "@Homeroom"),
        COLOURS[who],
        badge="APP" if message.bot_id else "",
        note="Only visible to you (asked with /ask)" if message.ephemeral else "",
        is_reply=message.thread_ts not in (None, message.ts),
        buttons=labels(message),
    )


def labels(message: Message) -> list[str]:
    """What is written on the buttons below a message."""
    elements = (one for block in message.blocks for one in block.get("elements", []))
    return [label for element in elements for label in labels_of(element)]


def labels_of(element: JSON) -> list[str]:
    if element["type"] == "feedback_buttons":
        return [element[f"{kind}_button"]["text"]["text"] for kind in ("positive", "negative")]
    return [element["text"]["text"]]


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
