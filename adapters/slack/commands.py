"""Slash commands and the message shortcut as messages. Pure; never raises on any JSON.

Slash commands name no thread, so what they ask privately is a conversation of its own: that of
this person in this channel.
"""

import re
from collections.abc import Mapping

from adapters.slack.bodies import (
    PLATFORM,
    identity,
    message_id,
    part,
    private_key,
    space_of,
    team_of,
    text,
)
from adapters.slack.origins import SlackOrigin
from adapters.slack.reading import read
from bot.core.messages import Author, ConversationKey, Message

COMMANDS = ("ask", "new", "stop", "assistant", "usage", "privacy", "help")
SHORTCUT = "ask_about_message"
_PUBLIC = re.compile(r"(?:^|\s)--public(?=\s|$)")


def parse_command_body(body: object, now: float) -> Message | None:
    """The message a slash command stands for; None when it is none of ours."""
    name, written = text(body, "command").removeprefix("/"), text(body, "text")
    user, channel = text(body, "user_id"), text(body, "channel_id")
    trigger = text(body, "trigger_id")
    if name not in COMMANDS or not (user and channel and trigger):
        return None
    is_public = name == "ask" and bool(_PUBLIC.search(written))
    words = read(_PUBLIC.sub(" ", written) if is_public else written)
    command = None if name == "ask" else name
    if name == "ask" and words.casefold() == "stop":
        command, words = "stop", ""
    space = space_of(body)
    public = ConversationKey(PLATFORM, space, channel, f"ask:{trigger}")
    return Message(
        key=public if is_public else private_key(space, channel, user),
        id=message_id(space, channel, f"command:{trigger}"),
        author=Author(user, text(body, "user_name") or user),
        text=words,
        command=command,
        origin=_origin(body, channel, user, now, private=not is_public),
    )


def parse_shortcut(body: object, now: float) -> Message | None:
    """What is asked from a message's menu, "Ask about this message": answered privately."""
    about, user = part(body, "message"), part(body, "user")
    person, channel = text(user, "id"), identity(body, "channel")
    words, trigger = read(text(about, "text")), text(body, "trigger_id")
    is_ours = text(body, "type") == "message_action" and text(body, "callback_id") == SHORTCUT
    if not is_ours or not (person and channel and trigger):
        return None
    space = space_of(body)
    return Message(
        key=private_key(space, channel, person),
        id=message_id(space, channel, f"shortcut:{trigger}"),
        author=Author(person, text(user, "name") or text(user, "username") or person),
        text=_question(words) if words else "",
        origin=_origin(body, channel, person, now, private=True),
    )


def _question(words: str) -> str:
    quoted = "\n".join(f"> {line}" for line in words.splitlines())
    return f"Explain this message to me, please:\n\n{quoted}"


def _origin(
    body: object, channel: str, user: str, now: float, *, private: bool
) -> Mapping[str, str]:
    return SlackOrigin(
        team=team_of(body),
        channel=channel,
        asker=user,
        asker_team=text(part(body, "user"), "team_id") or team_of(body),
        response_url=text(body, "response_url"),
        at=now,
        private=private,
    ).as_mapping()
