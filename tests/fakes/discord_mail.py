"""Messages come to stand, change and go; and somebody's telephone rings, or does not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tests.fakes import JSON
from tests.fakes.discord_drafts import Mentioned, Upload, check, check_not_empty, numbered
from tests.fakes.discord_faults import DiscordError, invalid, no_permission, unknown
from tests.fakes.discord_permissions import Permission
from tests.fakes.discord_things import (
    COMPONENTS_V2,
    EPHEMERAL,
    LOADING,
    SYSTEM_MESSAGES,
    Attachment,
    Channel,
    Message,
    User,
)
from tests.fakes.discord_world import World

NONCE_WINDOW = 300
REPLY = 19
KEPT_FLAGS = 4 | 4096 | COMPONENTS_V2 | EPHEMERAL


@dataclass(frozen=True)
class Ping:
    """Somebody was notified: a user, the people with a role, or everyone."""

    message_id: int
    channel_id: int
    kind: Literal["user", "role", "everyone"]
    target_id: int
    author_id: int


@dataclass(frozen=True)
class _Sent:
    message: Message
    at: float


class Mail:
    def __init__(self, world: World) -> None:
        self.pings: list[Ping] = []
        self._world = world
        self._nonces: dict[tuple[int, str], _Sent] = {}

    def post(
        self,
        channel: Channel,
        author: User,
        body: JSON,
        files: Sequence[Upload | Attachment] = (),
        **extra: Any,
    ) -> Message:
        """Make the message and tell everybody; or give back the one with the same nonce."""
        flags = (body.get("flags") or 0) & KEPT_FLAGS
        uploads = [file for file in files if isinstance(file, Upload)]
        check(body, uploads, flags=flags)
        check_not_empty(body, uploads or [Upload("", "", b"") for _ in files])
        reference = self._reference(channel, body)
        if (known := self._same_nonce(author, body)) is not None:
            return known
        message = self._make(channel, author, extra.pop("type", 0), flags)
        for name, value in extra.items():
            setattr(message, name, value)
        if reference is not None:
            message.type, message.reference = REPLY, reference.id
        self._fill(message, body, files)
        self._notify(message, body.get("allowed_mentions"))
        self._remember_nonce(message, body)
        self._stand(message)
        return message

    def post_system(
        self, channel: Channel, author: User, kind: int, content: str = "", **extra: Any
    ) -> Message:
        message = self._make(channel, author, kind, extra.pop("flags", 0))
        message.content = content
        for name, value in extra.items():
            setattr(message, name, value)
        self._stand(message)
        return message

    def edit(
        self, message: Message, body: JSON, files: Sequence[Upload | Attachment] = ()
    ) -> Message:
        """Change what the body names. An edit notifies nobody, a deferred answer's neither."""
        if message.type in SYSTEM_MESSAGES:
            raise DiscordError(403, 50021, "Cannot execute action on a system message")
        flags = message.flags & ~LOADING
        if "flags" in body:
            flags |= (body["flags"] or 0) & KEPT_FLAGS & ~EPHEMERAL
        shown = {name: getattr(message, name) for name in ("content", "embeds", "components")}
        wanted = shown | {
            name: value or type(shown[name])() for name, value in body.items() if name in shown
        }
        uploads = [file for file in files if isinstance(file, Upload)]
        check({**body, **wanted}, uploads, flags=flags)
        kept = self._kept(message, body)
        check_not_empty(wanted, uploads or [Upload("", "", b"") for _ in (*kept, *files)])
        was_loading, message.flags = message.loading, flags
        message.attachments = kept
        self._fill(message, wanted | {"attachments": body.get("attachments")}, files)
        self._mention(message, body.get("allowed_mentions"))
        message.edited_at = message.edited_at if was_loading else self._world.clock.now()
        self._world.announce("MESSAGE_UPDATE", message)
        return message

    def delete(self, message: Message) -> None:
        message.deleted = True
        del message.channel.messages[message.id]
        self._world.announce("MESSAGE_DELETE", message)

    def _make(self, channel: Channel, author: User, kind: int, flags: int) -> Message:
        return Message(
            id=self._world.new_id(),
            channel=channel,
            author=author,
            content="",
            created_at=self._world.clock.now(),
            type=kind,
            flags=flags,
            first_flags=flags,
        )

    def _stand(self, message: Message) -> None:
        channel = message.channel
        channel.messages[message.id] = message
        if not message.ephemeral:
            channel.last_message_id = message.id
        if channel.thread:
            if message.interaction is None:  # which an app answers without being a member
                channel.joined.add(message.author.id)
            if channel.archived:
                channel.archived = False
                self._world.announce("THREAD_UPDATE", channel)
        self._world.announce("MESSAGE_CREATE", message)

    def _fill(self, message: Message, body: JSON, files: Sequence[Upload | Attachment]) -> None:
        message.content = (body.get("content") or "").strip()
        message.embeds = [{"type": "rich", **embed} for embed in body.get("embeds") or []]
        message.components = numbered(body.get("components") or [])
        described = {
            str(one.get("id")): one.get("description") for one in body.get("attachments") or []
        }
        for number, file in enumerate(files):
            message.attachments.append(self._file(file, described.get(str(number))))

    def _file(self, file: Upload | Attachment, description: str | None) -> Attachment:
        if isinstance(file, Attachment):
            return file
        return self._world.attach(file.filename, file.data, file.content_type, description)

    def _kept(self, message: Message, body: JSON) -> list[Attachment]:
        if "attachments" not in body:
            return message.attachments
        listed = {str(one.get("id")) for one in body["attachments"] or []}
        return [one for one in message.attachments if str(one.id) in listed]

    def _reference(self, channel: Channel, body: JSON) -> Message | None:
        wanted = body.get("message_reference")
        if not wanted:
            return None
        found = channel.messages.get(int(wanted["message_id"]))
        if found is None or found.ephemeral:
            if wanted.get("fail_if_not_exists", True):
                code = "MESSAGE_REFERENCE_UNKNOWN_MESSAGE"
                raise invalid("message_reference", code, "Unknown message")
            return None
        if found.type in SYSTEM_MESSAGES:
            code = "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE"
            raise invalid("message_reference", code, "Cannot reply to a system message")
        return found

    def _same_nonce(self, author: User, body: JSON) -> Message | None:
        if not body.get("enforce_nonce") or body.get("nonce") is None:
            return None
        sent = self._nonces.get((author.id, str(body["nonce"])))
        now = self._world.clock.deadline_time()
        if sent is None or now - sent.at > NONCE_WINDOW:
            return None
        if sent.message.deleted:  # discord-api-docs 6647
            raise unknown("message")
        return sent.message

    def _remember_nonce(self, message: Message, body: JSON) -> None:
        if body.get("nonce") is None or message.webhook_id is not None:
            return
        message.nonce = str(body["nonce"])
        sent = _Sent(message, self._world.clock.deadline_time())
        self._nonces[message.author.id, message.nonce] = sent

    def _mention(self, message: Message, rules: JSON | None) -> Mentioned:
        """Write down whom the message names; a mention in a code block counts too here."""
        named = Mentioned.by(message.text).allowed(rules)
        users = self._world.users
        message.mentions = [users[number] for number in named.users if number in users]
        message.mention_roles, message.mention_everyone = self._loud(message, named)
        return named

    def _loud(self, message: Message, named: Mentioned) -> tuple[list[int], bool]:
        guild = message.channel.guild
        if guild is None:
            return [], False
        granted = message.channel.permissions(message.author)
        may = Permission.MENTION_EVERYONE in granted
        roles = [guild.roles[number] for number in named.roles if number in guild.roles]
        return [role.id for role in roles if may or role.mentionable], named.everyone and may

    def _notify(self, message: Message, rules: JSON | None) -> None:
        self._mention(message, rules)
        answered = message.channel.messages.get(message.reference or 0)
        if answered is not None and (rules is None or rules.get("replied_user", False)):
            message.mentions = [*dict.fromkeys([*message.mentions, answered.author])]
        self._ring(message, "user", [user.id for user in message.mentions])
        self._ring(message, "role", message.mention_roles)
        self._ring(message, "everyone", [message.channel.id] * message.mention_everyone)

    def _ring(
        self, message: Message, kind: Literal["user", "role", "everyone"], targets: Sequence[int]
    ) -> None:
        for target in targets:
            if target != message.author.id:
                ping = Ping(message.id, message.channel.id, kind, target, message.author.id)
                self.pings.append(ping)


def require(channel: Channel, user: User, *needed: Permission) -> None:
    """Refuse as Discord does, where the user lacks something in this channel."""
    if not channel.visible_to(user):
        raise DiscordError(403, 50001, "Missing Access")
    if any(one not in channel.permissions(user) for one in needed):
        raise no_permission()


def require_unlocked(channel: Channel, user: User) -> None:
    """In a locked thread only those who moderate post and edit ("Threads", "Locked threads")."""
    if channel.locked and Permission.MANAGE_THREADS not in channel.permissions(user):
        raise DiscordError(403, 160005, "Thread is locked")


def require_to_send(channel: Channel, user: User, body: JSON, files: Sequence[Upload]) -> None:
    if any(one.dms_closed for one in channel.recipients):
        raise DiscordError(403, 50007, "Cannot send messages to this user")
    talk = Permission.SEND_MESSAGES_IN_THREADS if channel.thread else Permission.SEND_MESSAGES
    require(channel, user, talk, *([Permission.ATTACH_FILES] if files else []))
    require_unlocked(channel, user)
    readable = Permission.READ_MESSAGE_HISTORY in channel.permissions(user)
    if body.get("message_reference") and not readable:
        text = "Cannot reply without permission to read message history"
        raise DiscordError(400, 160002, text)
