"""What the bot says first, where somebody has brought it."""

from collections.abc import Sequence

from bot.words import say


def greeting(ways: Sequence[str]) -> str:
    """Who it is, and how it is asked there."""
    lines = [
        say(
            "I am a program that answers questions. An AI writes my answers, and they may be wrong."
        ),
        "",
        say("How to ask me:"),
    ]
    return "\n".join([*lines, *(f"- {say(way)}" for way in ways)])
