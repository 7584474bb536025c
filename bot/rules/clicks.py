"""What the buttons below an answer mean, and what whoever clicks is told, on every platform."""

from bot.core.messages import Author, Vote
from bot.core.ports.door import Door

THANKS = "Thank you, that helps."
AGAIN = "I am answering once more."
GONE = "I no longer have that question."


async def ask_again(door: Door, message_key: str, click: str, author: Author) -> str:
    """Answer a message once more; `click` is the platform's id of the wish."""
    receipt = await door.regenerate(message_key, click, author)
    return AGAIN if receipt else GONE


async def take_vote(door: Door, message_key: str, person: str, vote: Vote, reason: str = "") -> str:
    """Keep what a person thinks of an answer."""
    return THANKS if await door.vote(message_key, person, vote, reason) else GONE
