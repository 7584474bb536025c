"""Which commands there are, in the words a person reads, and how a line gives one.

What each of them does stands in `bot/work/commands/`.
"""

import re
from collections.abc import Mapping
from functools import cache

from bot.words import in_any, say

PURPOSES: Mapping[str, str] = {
    "assistant": "Show the assistants, or choose one by name for this conversation",
    "assignment": "Choose which assignment of your course you ask about",
    "class": "Set up a course here, and run it: for those who teach",
    "hearts": "Show how many questions you have left in a course, and when more come back",
    "confirm": "Let something be done that I asked you about, by its number",
    "decline": "Do not let something be done that I asked you about, by its number",
    "help": "Show what I can do",
    "hint": "Get the next hint on what you asked: say what you have tried",
    "human": "Ask a person of the course's staff",
    "language": "Show in which language I speak to you, or choose another",
    "materials": "Show the course material here; those who teach here `add` and `remove` it",
    "new": "Begin a new conversation; I forget what was said before",
    "plain": "Have answers plainly: whole, without buttons; `on` or `off`",
    "privacy": "Show who reads what you write, and where it is kept; or have it, or delete it",
    "sources": "Show the passages that the last answer here was taken from",
    "staff": "Do what waits for the staff of a course",
    "status": "Show what waits to be answered here, and what is being done about it",
    "stop": "Stop the answer to you that is being written, and those that wait; `all`: everybody's",
    "usage": "Show how many tokens this conversation has used",
}

_COMMAND = re.compile(r"/([^\W\d_]+)(?:\s+(.*))?", re.DOTALL)
# What keyboards and habits set round a word that stands alone.
_MARKS = r"[\s*_~`.,:;!?…–—-]*"
_ALONE = re.compile(rf"{_MARKS}(/?)([^\W\d_]+){_MARKS}")
_WITHOUT_SLASH = frozenset({"help", "stop", "new"})  # alone, behind a mention of the bot
_HARMLESS = frozenset({"help"})  # alone wherever it stands; the others may answer a question

_FACE = r"[\w+-]+:|-?[()DPp/|\\](?:\s|$)"  # a colon before it is part of an emoji, or a smiley
AFTER_A_CALL = rf"(?:\s*[:,;](?!{_FACE})|\s*[.!…–—-]+(?=\s|$))?"
"""What stands between the mention that a message begins with, and its words."""


def in_a_list(name: str) -> str:
    """What a command does, as it stands behind its name in `/help`."""
    purpose = say(PURPOSES[name])
    return purpose[:1].lower() + purpose[1:]


def command_in(words: str, *, is_called: bool) -> tuple[str | None, str]:
    """The command that words in a chat give, and the words behind it; `(None, words)` if none.

    `is_called`: they mention the bot. Unlike a line of the terminal they may begin with a path, or
    call a command as people call each other.
    """
    name, rest = parse_command(words)
    if name in PURPOSES:
        return name, rest
    if name == "ask" and rest:
        return None, rest
    if alone := _ALONE.fullmatch(words):
        slash, word = alone[1], _by_any_name().get(alone[2].lower(), alone[2].lower())
        if word in (PURPOSES if slash else _WITHOUT_SLASH if is_called else _HARMLESS):
            return word, ""
    return (name, "") if name and not rest else (None, words)


def parse_command(line: str) -> tuple[str | None, str]:
    """The command a line gives and the words behind it; `(None, line)` if it gives none."""
    match = _COMMAND.fullmatch(line.strip())
    name = match[1].lower() if match else ""
    name = _by_any_name().get(name, name if name.isascii() else "")
    return (name, (match[2] or "").strip()) if match and name else (None, line)


@cache
def _by_any_name() -> Mapping[str, str]:
    """Commands under their names in each language."""
    return {told[1:]: name for name in (*PURPOSES, "ask") for told in in_any(f"/{name}")}
