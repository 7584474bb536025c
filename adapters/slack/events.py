"""Events as messages: pure, and never raises on any JSON."""

from dataclasses import dataclass, replace

from adapters.slack.bodies import (
    JSON,
    PLATFORM,
    authorization,
    message_id,
    part,
    space_of,
    stamp,
    team_of,
    text,
)
from adapters.slack.contents import contents_of, mentions_bot
from adapters.slack.origins import SlackOrigin
from adapters.slack.reading import Names
from bot.core.messages import EVERYBODY, Author, ConversationKey, Message

# All other subtypes tell of something that happened: they are no questions.
SPOKEN = {"", "file_share", "thread_broadcast", "me_message", "bot_message"}
_SLACKBOT = "USLACKBOT"
_TOLD_AGAIN = 0.3  # seconds within which a mention comes as a message, too, perhaps with more


@dataclass(frozen=True, slots=True)
class Said:
    """A message, and what decides whether it is meant for the bot."""

    message: Message
    is_direct: bool = False
    mentions_bot: bool = False
    is_in_thread: bool = False
    bot_ids: frozenset[str] = frozenset()  # of another bot that says it, its app and its user

    @property
    def is_bot(self) -> bool:
        return bool(self.bot_ids)

    @property
    def thread(self) -> tuple[str, str]:
        """Where it belongs: of a thread, everything is taken in the order it comes."""
        return self.message.key.channel, self.message.key.thread


@dataclass(frozen=True, slots=True)
class Edit:
    said: Said  # as it is now
    adds_mention: bool = False
    is_slacks: bool = False  # its author changed nothing: a file, say, was brought in later

    @property
    def thread(self) -> tuple[str, str]:
        return self.said.thread


@dataclass(frozen=True, slots=True)
class Deletion:
    message_id: str
    origin: SlackOrigin  # of the message that is gone

    @property
    def thread(self) -> tuple[str, str]:
        return self.origin.channel, self.origin.thread


Event = Said | Edit | Deletion


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an event happened, and who the bot is there."""

    space: str
    team: str
    channel: str
    bot: str
    is_shared_outside: bool  # with other organisations, through Slack Connect


def parse_event(body: object, bot: str = "", names: Names | None = None) -> Event | None:
    """What an event says to the bot; None when nothing.

    `bot` is the bot's own user id where the event does not name it; `names` are those of the
    people, channels and groups in it, as far as they are known.
    """
    if text(body, "type") != "event_callback":
        return None
    event = part(body, "event")
    own = text(authorization(body), "user_id") or bot
    outside = isinstance(body, dict) and body.get("is_ext_shared_channel") is True
    place = _Place(space_of(body), team_of(body), text(event, "channel"), own, outside)
    parsed: Event | None = None
    match text(event, "type"), text(event, "subtype"):
        case "agent_session_stopped", _:
            parsed = _parse_stop(event, place, text(body, "event_id"))
        case "message", "message_changed":
            parsed = _parse_change(event, place, names)
        case "message", "message_deleted":
            before = part(event, "previous_message")
            parsed = _parse_deletion(text(event, "deleted_ts"), before, place)
        case "message" | "app_mention", _:
            parsed = _parse_message(event, place, names)
    return parsed if place.channel else None


def _parse_message(event: JSON, place: _Place, names: Names | None) -> Said | None:
    user, ts = text(event, "user") or text(event, "bot_id"), text(event, "ts")
    is_mention = text(event, "type") == "app_mention"  # of whatever kind
    is_spoken = is_mention or text(event, "subtype") in SPOKEN
    if not user or not ts or user in (place.bot, _SLACKBOT) or not is_spoken:
        return None
    thread = text(event, "thread_ts")
    is_direct = text(event, "channel_type") == "im" or place.channel.startswith("D")
    contents, bot_ids = contents_of(event, place.bot, names), _bot_ids(event)
    command, words, quoted = contents.asked
    message = Message(
        key=ConversationKey(PLATFORM, place.space, place.channel, thread or ts),
        id=message_id(place.space, place.channel, ts),
        author=Author(user, _name(event) or (names or {}).get(user) or user),
        text=words,
        quoted=quoted,
        quoted_of=contents.quoted_of,
        named=contents.named,
        command=command,
        client_id=text(event, "client_msg_id") or None,
        is_shared=not is_direct,
        attachments=contents.attachments,
        may_grow=_TOLD_AGAIN if is_mention else 0.0,
        sent_at=stamp(ts),
        origin=_origin(event, place, user, thread or ts, bot=bool(bot_ids)).as_mapping(),
    )
    return Said(
        message,
        is_direct=is_direct,
        mentions_bot=is_mention or mentions_bot(event, place.bot),
        is_in_thread=bool(thread) and thread != ts,
        bot_ids=bot_ids,
    )


def _is_from_bot(event: JSON) -> bool:
    marks = ("bot_id", "bot_profile", "app_id")
    return any(event.get(mark) for mark in marks) or text(event, "subtype") == "bot_message"


def _bot_ids(event: JSON) -> frozenset[str]:
    """All that a bot may be listed under; empty of a person."""
    if not _is_from_bot(event):
        return frozenset()
    ids = [text(event, name) for name in ("bot_id", "app_id", "user")]
    return frozenset(filter(None, [*ids, text(part(event, "bot_profile"), "id")]))


def _name(event: JSON) -> str:
    profile = part(event, "user_profile")
    return text(profile, "display_name") or text(profile, "real_name") or text(event, "username")


def _origin(
    event: JSON, place: _Place, user: str, thread: str, *, bot: bool = False
) -> SlackOrigin:
    return SlackOrigin(
        team=place.team,
        channel=place.channel,
        thread=thread,
        ts=text(event, "ts"),
        asker=user,
        asker_team=text(event, "user_team") or text(event, "team") or place.team,
        outside=place.is_shared_outside,
        bot=bot,
    )


def _parse_stop(event: JSON, place: _Place, event_id: str) -> Said | None:
    """The native Stop button, pressed: Slack has ended what is written there, whoever asked."""
    thread, user = text(event, "thread_ts"), text(event, "user")
    press = text(event, "event_ts") or event_id
    if not thread or not press:
        return None
    message = Message(
        key=ConversationKey(PLATFORM, place.space, place.channel, thread),
        id=message_id(place.space, place.channel, f"stop:{press}"),
        author=Author(user, user),
        text=EVERYBODY,
        command="stop",
        origin=_origin(event, place, user, thread).as_mapping(),
    )
    return Said(message, mentions_bot=True, is_in_thread=True)


def _parse_change(event: JSON, place: _Place, names: Names | None) -> Edit | Deletion | None:
    now, before = part(event, "message"), part(event, "previous_message")
    ts = text(now, "ts")
    if not ts or text(now, "user") == place.bot or _is_from_bot(now):
        return None
    if text(now, "subtype") == "tombstone":  # what a deleted message becomes that has replies
        return _parse_deletion(ts, before, place)
    if contents_of(now) == contents_of(before):  # a link's preview came, or a reply
        return None
    said = _parse_message(now | {"channel_type": text(event, "channel_type")}, place, names)
    if said is None:
        return None
    is_slacks = part(now, "edited") == part(before, "edited")
    adds_mention = not is_slacks and not mentions_bot(before, place.bot)
    edited_at = stamp(text(part(now, "edited"), "ts"))
    said = replace(said, message=replace(said.message, sent_at=edited_at or said.message.sent_at))
    return Edit(said, adds_mention and said.mentions_bot, is_slacks)


def _parse_deletion(ts: str, before: JSON, place: _Place) -> Deletion | None:
    if not ts or text(before, "user") == place.bot or _is_from_bot(before):
        return None
    origin = _origin(before, place, text(before, "user"), text(before, "thread_ts") or ts)
    return Deletion(message_id(place.space, place.channel, ts), origin)
