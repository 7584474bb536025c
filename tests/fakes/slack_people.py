"""What people do in Slack with words: say, edit, delete, react, come and go."""

import uuid
from collections.abc import Sequence
from typing import TypedDict, Unpack

from tests.fakes import JSON
from tests.fakes.slack_events import Events
from tests.fakes.slack_state import Message, State


class Said(TypedDict, total=False):
    """What may come along with a message."""

    files: Sequence[JSON]
    client_msg_id: str
    subtype: str
    bot_id: str
    app_id: str
    broadcast: bool
    blocks: list[JSON]
    attachments: list[JSON]


class People:
    stop_ends_streams = True  # a stream takes no more words once Stop was pressed

    def __init__(self, state: State, events: Events) -> None:
        self._state = state
        self._events = events

    async def say(
        self,
        channel: str,
        user: str,
        text: str,
        thread_ts: str | None = None,
        **more: Unpack[Said],
    ) -> str:
        """A person speaks. In a channel where she mentions the bot, two events tell of it."""
        where = self._state.channel(channel)
        files = [*more.pop("files", ())]
        message = Message(
            channel=where.id,
            ts=self._state.ts(),
            user=user,
            team=str(self._state.users[user]["team_id"]),
            text=text,
            thread_ts=thread_ts,
            files=files,
        )
        message.subtype = "file_share" if files else None
        if not self._state.users[user]["is_bot"]:
            message.client_msg_id = str(uuid.uuid4())
        for name, value in more.items():
            setattr(message, name, value)
        where.messages.append(message)
        self._events.message(message)
        return message.ts

    async def edit(
        self, channel: str, ts: str, text: str, files: Sequence[JSON] | None = None
    ) -> None:
        """An edited message; a mention that was not there before is told of as well."""
        message = self._state.message(channel, ts)
        before = Message(**vars(message))
        message.text = text
        message.files = message.files if files is None else [*files]
        message.edited = {"user": message.user, "ts": self._state.ts()}
        self._events.changed(message, before)
        workspace = self._state.workspaces[self._state.channels[message.channel].team]
        if workspace.is_mentioned(text) and not workspace.is_mentioned(before.text):
            self._events.message(message, edited=True)

    async def delete(self, channel: str, ts: str) -> None:
        message = self._state.message(channel, ts)
        self._state.channels[message.channel].messages.remove(message)
        self._events.deleted(message)

    async def react(self, channel: str, ts: str, name: str, user: str) -> None:
        message = self._state.message(channel, ts)
        message.reactions.setdefault(name, []).append(user)
        item = {"type": "message", "channel": message.channel, "ts": ts}
        event = {"type": "reaction_added", "user": user, "reaction": name, "item": item}
        event |= {"item_user": message.user, "event_ts": self._state.ts()}
        self._events.send(event, self._state.channels[message.channel].team)

    async def join(self, channel: str, user: str) -> None:
        where = self._state.channel(channel)
        where.members.append(user)
        event = {"type": "member_joined_channel", "user": user, "channel": where.id}
        event |= {"channel_type": where.kind[0].upper(), "team": where.team}
        self._events.send(event | {"event_ts": self._state.ts()}, where.team)

    async def open_home(self, user: str, tab: str = "home") -> None:
        """She opens the app: the home tab, or the messages."""
        channel = self._state.dm(user)
        event: JSON = {"type": "app_home_opened", "user": user, "tab": tab}
        event["channel"] = channel.id
        if tab == "home" and user in self._state.homes:
            event["view"] = self._state.homes[user]
        self._events.send(event | {"event_ts": self._state.ts()}, channel.team)

    async def stop_session(self, channel: str, thread_ts: str, user: str) -> None:
        """She presses Stop: what is being written there takes no more words."""
        where = self._state.channel(channel)
        stopped = [m for m in self._state.thread(where.id, thread_ts) if m.streaming]
        for message in stopped:
            if message.stream is not None and self.stop_ends_streams:
                message.stream.state = "stopped_by_user"
        event: JSON = {"type": "agent_session_stopped", "channel": where.id, "user": user}
        event |= {"thread_ts": thread_ts, "streaming_message_ts": [m.ts for m in stopped]}
        self._events.send(event | {"event_ts": self._state.ts()}, where.team)

    async def uninstall(self, team: str | None = None) -> None:
        """The app is thrown out: its token is dead before it hears of it."""
        workspace = self._state.workspaces[team or self._state.home.team]
        self._state.tokens[workspace.token].error = "account_inactive"
        revoked = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [workspace.user]}}
        self._events.send(revoked, workspace.team)
        self._events.send({"type": "app_uninstalled"}, workspace.team)

    def event(self, event: JSON, team: str | None = None) -> None:
        """Any event at all; one that is wrapped already goes as it is."""
        if event.get("type") == "event_callback":
            self._events.raw(event)
        else:
            self._events.send({"event_ts": self._state.ts()} | event, team)
