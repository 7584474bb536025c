"""What stands in the fake Slack: workspaces, people, channels and the messages in them."""

import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from tests.fakes import JSON

APP_ID = "A01APP"
APP_TOKEN = "xapp-test-token"
SIGNING_SECRET = "test-signing-secret"
CLIENT_ID = "111.222"
CLIENT_SECRET = "test-client-secret"
ALL_SCOPES = frozenset(
    {"app_mentions:read", "assistant:write", "chat:write", "chat:write.customize"}
    | {"commands", "channels:history", "channels:read", "groups:history", "groups:read"}
    | {"im:history", "im:read", "im:write", "mpim:history", "mpim:read", "mpim:write"}
    | {"files:read", "files:write", "reactions:read", "reactions:write", "users:read"}
    | {"users:read.email", "usergroups:read"}
)

ChannelKind = Literal["channel", "group", "im", "mpim"]
StreamMode = Literal["text", "chunks"]
StreamState = Literal["in_progress", "completed", "expired", "stopped_by_user"]


# What is told of a message where there is any.
_TOLD = ("subtype", "thread_ts", "client_msg_id", "bot_id", "app_id", "username")
_TOLD_CONTENT = ("blocks", "attachments", "files", "edited")


class SlackError(Exception):
    """Answered with `ok: false`, the name of the error and whatever goes with it."""

    def __init__(self, error: str, *, status: int = 200, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.status = status
        self.body: JSON = {"ok": False, "error": error, **more}


@dataclass(kw_only=True)
class Workspace:
    """A place the app is installed in, and the bot it has there."""

    team: str
    user: str
    bot_id: str
    token: str
    name: str = "Test"
    domain: str = "test"
    app_id: str = APP_ID
    enterprise_id: str | None = None
    org_install: bool = False
    rotates: bool = False
    refresh_token: str | None = None
    scopes: set[str] = field(default_factory=lambda: set(ALL_SCOPES))

    @property
    def mention(self) -> str:
        return f"<@{self.user}>"

    def is_mentioned(self, text: str) -> bool:
        return re.search(rf"<@{self.user}[|>]", text) is not None


@dataclass(kw_only=True)
class Token:
    workspace: Workspace
    kind: Literal["bot", "app", "user"] = "bot"
    error: str | None = None  # why it opens nothing any more


@dataclass(kw_only=True)
class Stream:
    """A message that is being written. Its first words fix what it takes: text, or chunks."""

    started_at: float
    recipient: str | None
    mode: StreamMode | None = None
    state: StreamState = "in_progress"
    chunks: list[JSON] = field(default_factory=list)


@dataclass(kw_only=True, eq=False)
class Message:
    channel: str
    ts: str
    user: str
    team: str
    text: str = ""
    markdown_text: str | None = None
    blocks: list[JSON] = field(default_factory=list)
    attachments: list[JSON] = field(default_factory=list)
    metadata: JSON | None = None
    files: list[JSON] = field(default_factory=list)
    thread_ts: str | None = None
    broadcast: bool = False
    subtype: str | None = None
    client_msg_id: str | None = None
    bot_id: str | None = None
    app_id: str | None = None
    username: str | None = None
    edited: JSON | None = None
    ephemeral: str | None = None  # the only person who sees it
    unfurl_links: bool | None = None
    unfurl_media: bool | None = None
    names_are_links: bool = False
    stream: Stream | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)

    @property
    def streaming(self) -> bool:
        return self.stream is not None and self.stream.state == "in_progress"

    @property
    def shown(self) -> str:
        """The words a person reads. Where there are blocks, `text` is not among them."""
        in_blocks = " ".join(_texts(self.blocks))
        if self.markdown_text is not None:
            return f"{self.markdown_text}\n{in_blocks}".strip("\n")
        return in_blocks if self.blocks else self.text

    def to_json(self, *, with_metadata: bool = True) -> JSON:
        """The message as Slack tells it; what it was written in is not told."""
        told: JSON = {"type": "message", "user": self.user, "ts": self.ts, "team": self.team}
        told["text"] = self.text if self.markdown_text is None else as_mrkdwn(self.markdown_text)
        told |= {name: value for name in _TOLD + _TOLD_CONTENT if (value := getattr(self, name))}
        if self.broadcast:
            told.setdefault("subtype", "thread_broadcast")
        if self.bot_id:
            told["bot_profile"] = {"id": self.bot_id, "app_id": self.app_id, "team_id": self.team}
        if self.metadata and with_metadata:
            told["metadata"] = self.metadata
        if self.reactions:
            told["reactions"] = [
                {"name": name, "users": users, "count": len(users)}
                for name, users in self.reactions.items()
            ]
        if self.stream:
            told["streaming_state"] = "in_progress" if self.streaming else "completed"
        return told


@dataclass(kw_only=True)
class Channel:
    id: str
    team: str
    name: str = ""
    kind: ChannelKind = "channel"
    members: list[str] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    fields: JSON = field(default_factory=dict)  # is_ext_shared, is_archived, topic, ...

    def to_json(self) -> JSON:
        kinds = {f"is_{kind}": kind == self.kind for kind in ("channel", "group", "im", "mpim")}
        told: JSON = {"id": self.id, "name": self.name, "is_archived": False, **kinds}
        told |= {"is_private": self.kind != "channel", "is_ext_shared": False}
        told |= {"context_team_id": self.team, "num_members": len(self.members)}
        if self.kind == "im":
            told["user"] = next(iter(self.members), None)
        return told | self.fields


@dataclass(kw_only=True)
class Session:
    """What stands under a thread while the app is at work in it."""

    status: str = "active"
    title: str | None = None
    line: str = ""  # the words of `assistant.threads.setStatus`
    loading_messages: list[str] = field(default_factory=list)
    history: list[str] = field(default_factory=list)  # statuses and lines, in order

    def set_status(self, status: str) -> None:
        self.status = status
        self.history.append(status)

    def set_line(self, line: str) -> None:
        self.line = line
        self.history.append(line)


@dataclass(kw_only=True)
class ResponseUrl:
    channel: str
    user: str
    team: str
    message_ts: str | None = None
    uses: int = 0
    expired: bool = False


class State:
    """Everything above, by its id."""

    def __init__(self) -> None:
        self.workspaces: dict[str, Workspace] = {}
        self.tokens: dict[str, Token] = {}
        self.users: dict[str, JSON] = {}
        self.usergroups: dict[str, JSON] = {}
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, JSON] = {}
        self.contents: dict[str, bytes] = {}
        self.moved: dict[str, str] = {}  # files that are served from elsewhere
        self.most_at_once = 1000  # messages of a page; 15 for apps outside the Marketplace
        self.sessions: dict[tuple[str, str | None], Session] = {}
        self.prompts: dict[str, JSON] = {}
        self.views: dict[str, JSON] = {}
        self.homes: dict[str, JSON] = {}
        self.triggers: dict[str, str | None] = {}  # id -> the error it answers with, if any
        self.response_urls: dict[str, ResponseUrl] = {}
        self.codes: dict[str, Workspace] = {}
        self.shown: list[tuple[str, Message]] = []  # the method, and what it showed
        self._last_ts = 0

    @property
    def home(self) -> Workspace:
        return next(iter(self.workspaces.values()))

    def ts(self) -> str:
        """A timestamp nobody else has."""
        self._last_ts = max(time.time_ns() // 1000, self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def channel(self, channel_id: str) -> Channel:
        """A channel; a person's id stands for the conversation with her."""
        if channel_id in self.users:
            return self.dm(channel_id)
        if channel_id not in self.channels:
            raise SlackError("channel_not_found")
        return self.channels[channel_id]

    def dm(self, user: str, team: str | None = None) -> Channel:
        team = team or str(self.users[user]["team_id"])
        team = team if team in self.workspaces else self.home.team
        channel_id = f"D{user[1:]}" if team == self.home.team else f"D{user[1:]}{team[1:]}"
        members = [user, self.workspaces[team].user]
        made = Channel(id=channel_id, team=team, kind="im", members=members)
        return self.channels.setdefault(channel_id, made)

    def message(self, channel_id: str, ts: str) -> Message:
        for message in self.channel(channel_id).messages:
            if message.ts == ts:
                return message
        raise SlackError("message_not_found")

    def thread(self, channel_id: str, thread_ts: str) -> list[Message]:
        messages = self.channel(channel_id).messages
        return [m for m in messages if thread_ts in {m.ts, m.thread_ts}]

    def streams(self) -> Iterator[Message]:
        for channel in self.channels.values():
            yield from (message for message in channel.messages if message.streaming)

    def session(self, channel_id: str, thread_ts: str | None) -> Session:
        return self.sessions.setdefault((channel_id, thread_ts), Session())

    def trigger(self) -> str:
        made = f"{secrets.token_hex(6)}.{secrets.token_hex(6)}"
        self.triggers[made] = None
        return made

    def show(self, method: str, message: Message) -> None:
        """Put a message where it is seen."""
        self.channels[message.channel].messages.append(message)
        self.shown.append((method, message))

    def rewrite(self, method: str, message: Message, **changes: Any) -> Message:
        """Change a message; return it as it was, which is also how it stays in `shown`."""
        before = replace(message)
        self.shown = [(how, before if m is message else m) for how, m in self.shown]
        for name, value in changes.items():
            setattr(message, name, value)
        self.shown.append((method, message))
        return before


def _texts(part: Any) -> Iterator[str]:
    """Find the words in blocks of any kind."""
    if isinstance(part, list):
        for inner in part:
            yield from _texts(inner)
    elif isinstance(part, dict):
        if isinstance(text := part.get("text"), str):
            yield text
        for inner in part.values():
            yield from _texts(inner)


def as_mrkdwn(markdown: str) -> str:
    """Slack's own reading of Markdown, near enough that nobody relies on getting it back."""
    text = re.sub(r"\*\*(.+?)\*\*", r"*\1*", markdown)
    text = re.sub(r"\[([^\]]*)\]\(([^)]*)\)", r"<\2|\1>", text)
    return re.sub(r"^#+ +(.*)$", r"*\1*", text, flags=re.MULTILINE)
