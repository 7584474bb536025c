"""What the bot says first, where somebody has brought it."""

from collections.abc import Sequence

from bot.words import say


def greeting(ways: Sequence[str]) -> str:
    """Who it is, how it is asked there, what to try, and where help is."""
    lines = [
        say(
            "I am a program that answers questions. An AI writes my answers, and they may be wrong."
        ),
        "",
        say("How to ask me:"),
    ]
    to_try = (
        say("“Explain entropy to a beginner.”"),
        say("“What is wrong with this?”, with your code or a picture of your work"),
        say("“Quiz me on what we have talked about.”"),
    )
    return "\n".join(
        [
            *(*lines, *(f"- {say(way)}" for way in ways)),
            *("", say("Three things to try:"), *(f"- {one}" for one in to_try), ""),
            say("`/help` says what else I can do, and whom to ask when something is wrong."),
        ]
    )
