"""What people say on Discord, as messages: pure, for any payload whatsoever."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from adapters.discord.origins import PLATFORM, SECONDS_OF_TOKEN, Origin
from bot.core.commands import parse_command
from bot.core.messages import Attachment, Author, ConversationKey, Message

_TYPES = frozenset({0, 19})  # said, and said as a reply; all others are Discord's own words
_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
_USER = re.compile(r"<@!?(\d+)>")
_ROLE = re.compile(r"<@&(\d+)>")
_CHARS_OF_QUOTE = 1500


@dataclass(frozen=True, slots=True)
class Me:
    """The bot, as it is mentioned: by its name, or by the role that is its own in a server."""

    id: str
    roles: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A channel, a thread or a direct message, and what lies around it."""

    channel: str  # a thread's parent
    guild: str = ""
    thread: str = ""
    category: str = ""
    is_direct: bool = False  # nobody else reads there

    @property
    def here(self) -> str:
        return self.thread or self.channel

    def key(self, audience: str = "") -> ConversationKey:
        """The conversation held here. One for a smaller audience is never the same one."""
        thread = f"{self.thread}@{audience}" if audience else self.thread
        return ConversationKey(PLATFORM, self.guild or "dm", self.channel, thread)

    def origin(self, **more: str) -> Origin:
        return Origin(
            channel=self.here,
            guild=self.guild,
            parent=self.channel if self.thread else "",
            category=self.category,
            direct="1" if self.is_direct else "",
            **more,
        )


@dataclass(frozen=True, slots=True)
class Heard:
    """A message, and whether the bot is spoken to in it."""

    message: Message
    mentions_bot: bool

    @property
    def is_blank(self) -> bool:
        """Nothing to read: without the message-content intent, most of what is said."""
        return not (self.message.text or self.message.attachments or self.message.command)


class Audience(Enum):
    """Who sees the answer, and whose conversation it is."""

    EVERYONE = "everyone"
    ASKER = "asker"  # it is about the conversation here, but only the person sees it
    PRIVATE = "private"  # a conversation of the person's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is asked with an interaction."""

    text: str = ""
    command: str | None = None
    attachments: tuple[Attachment, ...] = ()
    audience: Audience = Audience.EVERYONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an interaction says of itself."""

    id: str
    application: str
    token: str
    author: Author
    is_present: bool
    roles: Sequence[str] = ()


def parse_message(payload: Any, me: Me, place: Place) -> Heard | None:
    """What was said; None if it was not a person who said it, or it is no message at all."""
    try:
        return _parse(payload, me, place) if _is_said(payload, me) else None
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def parse_text(payload: Any, me: Me) -> str:
    """The words of a message, without the mention of the bot, with names for the others."""
    names = {str(user["id"]): _name(user) for user in payload.get("mentions") or ()}
    pieces = _CODE.split(str(payload["content"]))
    for number in range(0, len(pieces), 2):  # what is in code stays what it is
        without = _ROLE.sub(lambda m: "" if m[1] in me.roles else m[0], pieces[number])
        pieces[number] = _USER.sub(lambda m: _mention(m, me, names), without)
    return "".join(pieces).strip()


def parse_interaction(asked: Asked, words: Words, place: Place, now: float) -> Message:
    """A slash command, or a click that speaks for one."""
    is_own = words.audience is Audience.PRIVATE
    is_open = words.audience is Audience.EVERYONE
    origin = place.origin(
        roles=",".join(asked.roles),
        interaction=asked.id,
        application=asked.application,
        token=asked.token,
        deadline=str(now + SECONDS_OF_TOKEN),
        private="" if is_open else "1",
        present="1" if asked.is_present else "",
    )
    return Message(
        place.key(asked.author.id if is_own else ""),
        asked.id,
        asked.author,
        words.text,
        words.command,
        is_shared=is_open and not place.is_direct,
        attachments=words.attachments,
        origin=origin.as_mapping(),
    )


def in_own_thread(message: Message) -> Message:
    """The same question, to be answered in a thread that hangs on it.

    Such a thread has the id of its message, so the conversation is known before there is one.
    """
    origin = Origin.of(message)
    thread = replace(origin, channel=message.id, parent=origin.channel, threaded="1")
    key = replace(message.key, thread=message.id)
    return replace(message, key=key, origin=thread.as_mapping())


def quoted(name: str, text: str) -> str:
    """Somebody else's words before a question about them."""
    lines = f"{name}: {text[:_CHARS_OF_QUOTE]}".splitlines()
    return "\n".join(f"> {line}" for line in lines)


def said_by(payload: Any, me: Me) -> str:
    """A line of what was said before; empty for what says nothing."""
    text = parse_text(payload, me)
    return f"{_name(payload['author'], payload)}: {text}" if text else ""


def _is_said(payload: Any, me: Me) -> bool:
    author = payload["author"]
    is_foreign = str(author["id"]) == me.id or author.get("bot") or payload.get("webhook_id")
    return payload["type"] in _TYPES and not is_foreign


def _parse(payload: Any, me: Me, place: Place) -> Heard:
    text = parse_text(payload, me)
    command, rest = parse_command(text)
    origin = place.origin(
        message=str(payload["id"]),
        roles=",".join(str(role) for role in (payload.get("member") or {}).get("roles") or ()),
        present="1",
    )
    message = Message(
        place.key(),
        str(int(payload["id"])),
        Author(str(payload["author"]["id"]), _name(payload["author"], payload)),
        rest if command else _with_quote(payload, me, text),
        command,
        is_shared=not place.is_direct,
        attachments=tuple(_attachment(one) for one in payload.get("attachments") or ()),
        origin=origin.as_mapping(),
    )
    return Heard(message, _mentions(payload, me))


def _mentions(payload: Any, me: Me) -> bool:
    """By name or by own role, outside of code; or as the answer to what the bot said.

    Not by @everyone. `mentions` holds who is replied to as well, so the words decide.
    """
    words = "".join(_CODE.split(str(payload["content"]))[::2])
    roles = {str(role) for role in payload.get("mention_roles") or ()}
    if me.id in _USER.findall(words) or roles & set(me.roles):
        return True
    is_readable = bool(words.strip() or payload.get("attachments"))
    answered = payload.get("referenced_message") or {}
    return is_readable and str((answered.get("author") or {}).get("id")) == me.id


def _with_quote(payload: Any, me: Me, text: str) -> str:
    """A question about somebody else's message names that message."""
    answered = payload.get("referenced_message") or {}
    if not answered.get("content") or str(answered["author"]["id"]) == me.id:
        return text
    quote = quoted(_name(answered["author"], answered), parse_text(answered, me))
    return f"{quote}\n\n{text}"


def _mention(match: re.Match[str], me: Me, names: Mapping[str, str]) -> str:
    if match[1] == me.id:
        return ""
    return f"@{names[match[1]]}" if match[1] in names else match[0]


def _name(user: Any, payload: Any = None) -> str:
    nick = ((payload or {}).get("member") or {}).get("nick")
    return str(nick or user.get("global_name") or user["username"])


def _attachment(payload: Any) -> Attachment:
    return Attachment(
        id=str(payload["id"]),
        name=str(payload["filename"]),
        mime=str(payload.get("content_type") or "").partition(";")[0],
        size=int(payload["size"]),
        url=str(payload["url"]),
    )
