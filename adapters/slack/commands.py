"""Slash commands and the message shortcut as messages. Pure; never raises on any JSON.

Slash commands name no thread, so what they ask privately is a conversation of its own: that of
this person in this channel.
"""

import re
from collections.abc import Mapping

from adapters.slack.bodies import (
    JSON,
    PLATFORM,
    identity,
    message_id,
    part,
    private_key,
    space_of,
    stamp,
    team_of,
    text,
)
from adapters.slack.contents import contents_of
from adapters.slack.named import named_in
from adapters.slack.origins import SlackOrigin
from adapters.slack.reading import Names, read
from bot.core.contents import Contents
from bot.core.messages import Author, ConversationKey, Message

_OF_STAFF = ("class", "staff")
COMMANDS = (
    *("ask", "new", "stop", "assistant", "usage", "privacy", "help"),
    *("assignment", "hearts", "hint", "human", "language", "materials", "plain"),
    *("confirm", "decline"),
    *_OF_STAFF,
)
SHORTCUT = "ask_about_message"
_ABOUT = "Explain this message to me, please."
# Telephones join two dashes, or make others of them; one hyphen, or a space, is somebody's prose.
_DASHES = r"-{2,3}|[\u2010\u2011\u2212]{2,3}|[\u2013\u2014\u2015]{1,2}"
_PUBLIC = re.compile(rf"(?:^|\s)(?:{_DASHES})public(?:[.:,;](?=\s|$)|(?=\s|$))", re.IGNORECASE)


def parse_command_body(body: object, now: float, names: Names | None = None) -> Message | None:
    """The message a slash command stands for; None when it is none of ours."""
    name, written = text(body, "command").removeprefix("/"), text(body, "text")
    user, channel = text(body, "user_id"), text(body, "channel_id")
    trigger = text(body, "trigger_id")
    if name not in COMMANDS or not (user and channel and trigger):
        return None
    is_public = name == "ask" and bool(_PUBLIC.search(written))
    # Whoever and wherever is mentioned to the desk is meant by id.
    asked = _PUBLIC.sub(" ", written) if is_public else written
    words = written if name in _OF_STAFF else read(asked, names=names)
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
        named=named_in(asked, names),
        is_shared=is_public,
        origin=_origin(body, channel, user, now, private=not is_public),
    )


def parse_shortcut(body: object, now: float, names: Names | None = None) -> Message | None:
    """What is asked from a message's menu, "Ask about this message": answered privately."""
    about, user = part(body, "message"), part(body, "user")
    person, channel = text(user, "id"), identity(body, "channel")
    asked, trigger = _question(about, names or {}), text(body, "trigger_id")
    is_ours = text(body, "type") == "message_action" and text(body, "callback_id") == SHORTCUT
    if not is_ours or not (person and channel and trigger):
        return None
    space = space_of(body)
    return Message(
        key=private_key(space, channel, person),
        id=message_id(space, channel, f"shortcut:{trigger}"),
        author=Author(person, text(user, "name") or text(user, "username") or person),
        text=asked.text,
        quoted=asked.quoted,
        quoted_of=asked.quoted_of,
        named=asked.named,
        attachments=asked.attachments,
        sent_at=stamp(text(body, "action_ts")),
        origin=_origin(body, channel, person, now, private=True),
    )


def _question(about: JSON, names: Names) -> Contents:
    """Nothing of a message that shows nothing."""
    contents, user = contents_of(about, names=names), text(about, "user")
    if contents.is_blank:
        return Contents()
    name = text(about, "username") or names.get(user, "someone")
    return Contents(
        typed=_ABOUT, quotes=[contents.quote(name, user)], attachments=contents.attachments
    )


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
