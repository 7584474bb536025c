"""What people say on Discord, as messages: pure, for any payload whatsoever."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from adapters.discord.origins import PLATFORM, SECONDS_OF_TOKEN, Origin, time_of
from adapters.discord.reading import STRANGE, Me, contents_of, is_called, name_of, named_in
from bot.core.messages import Attachment, Author, ConversationKey, Message
from bot.core.named import Named

_TYPES = frozenset({0, 19})  # said, and said as a reply; all others are Discord's own words


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
    is_blank: bool = False  # nothing to read: without the message-content intent, most that is said
    is_hidden: bool = False  # certainly there is something
    answer: str = ""  # the bot's message that it replies to


class Audience(Enum):
    """Who sees the answer, and whose conversation it is."""

    EVERYONE = "everyone"
    ASKER = "asker"  # it is about the conversation here, but only the person sees it
    PRIVATE = "private"  # a conversation of the person's own


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionWords:
    """What is asked with an interaction."""

    text: str = ""
    quoted: str = ""  # how the text begins
    quoted_of: tuple[str, ...] = ()  # the ids of who said that
    named: tuple[Named, ...] = ()
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
    rank: str = ""
    locale: str = ""
    is_abroad: bool = False


def parse_message(payload: Any, me: Me, place: Place) -> Heard | None:
    """What was said; None if it was not a person who said it, or it is no message at all."""
    try:
        return _parse(payload, me, place) if _is_said(payload, me) else None
    except STRANGE:
        return None


def parse_interaction(asked: Asked, words: InteractionWords, place: Place, now: float) -> Message:
    """A slash command, or a click that speaks for one."""
    is_own = words.audience is Audience.PRIVATE
    is_open = words.audience is Audience.EVERYONE
    origin = place.origin(
        roles=",".join(asked.roles),
        rank=asked.rank,
        interaction=asked.id,
        application=asked.application,
        token=asked.token,
        deadline=str(now + SECONDS_OF_TOKEN),
        private="" if is_open else "1",
        present="1" if asked.is_present else "",
        locale=asked.locale,
        abroad="1" if asked.is_abroad else "",
    )
    return Message(
        place.key(asked.author.id if is_own else ""),
        asked.id,
        asked.author,
        words.text,
        words.command,
        quoted=words.quoted,
        quoted_of=words.quoted_of,
        named=words.named or tuple(named_in(words.text)),
        sent_at=time_of(asked.id),
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


def _is_said(payload: Any, me: Me) -> bool:
    author = payload["author"]
    is_foreign = str(author["id"]) == me.id or author.get("bot") or payload.get("webhook_id")
    return payload["type"] in _TYPES and not is_foreign


def _parse(payload: Any, me: Me, place: Place) -> Heard:
    contents = contents_of(payload, me)
    command, text, quoted = contents.asked
    origin = place.origin(
        message=str(payload["id"]),
        roles=",".join(str(role) for role in (payload.get("member") or {}).get("roles") or ()),
        present="1",
    )
    message = Message(
        place.key(),
        str(int(payload["id"])),
        Author(str(payload["author"]["id"]), name_of(payload["author"], payload)),
        text,
        command,
        is_shared=not place.is_direct,
        attachments=contents.attachments,
        origin=origin.as_mapping(),
        quoted=quoted,
        quoted_of=contents.quoted_of,
        named=contents.named,
        sent_at=time_of(str(payload["id"])),
    )
    is_blank = contents.is_blank and not command
    is_hidden = is_blank and not payload["content"] and _has_own_role(payload, me)
    mentions_bot = _mentions(payload, me, is_blank=is_blank)
    return Heard(message, mentions_bot, is_blank, is_hidden, _answer(payload, me))


def _answer(payload: Any, me: Me) -> str:
    said = payload.get("referenced_message") or {}
    is_own = str((said.get("author") or {}).get("id")) == me.id
    return str(said.get("id") or "") if is_own else ""


def _has_own_role(payload: Any, me: Me) -> bool:
    return bool({str(role) for role in payload.get("mention_roles") or ()} & set(me.roles))


def _mentions(payload: Any, me: Me, *, is_blank: bool) -> bool:
    """By name, or as the answer to what the bot said.

    `mentions` holds who is replied to as well, so the words decide.
    """
    if is_called(payload, me):
        return True
    answered = payload.get("referenced_message") or {}
    return not is_blank and str((answered.get("author") or {}).get("id")) == me.id
