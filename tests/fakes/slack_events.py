"""How Slack words what it tells the app."""

import secrets
import time

from tests.fakes import JSON
from tests.fakes.slack_post import Parcel, PostOffice
from tests.fakes.slack_state import Channel, Message, State, Workspace


class Events:
    """Wraps events and hands them to the post office."""

    def __init__(self, state: State, post: PostOffice) -> None:
        self.echoes = True  # the app is told of its own messages, as it is by the real one
        self._state = state
        self._post = post

    def send(self, event: JSON, team: str | None = None, *, shared: bool = False) -> str:
        """Wrap an event for the app in a workspace; return its event id."""
        workspace = self._state.workspaces[team or self._state.home.team]
        body = self._callback(workspace, event, shared=shared)
        self._post.put(Parcel(type="events_api", payload=body))
        return str(body["event_id"])

    def raw(self, body: JSON) -> None:
        self._post.put(Parcel(type="events_api", payload=body))

    def message(self, message: Message, *, edited: bool = False) -> None:
        """Tell of a new message, and of the mention in it as an event of its own."""
        channel = self._state.channels[message.channel]
        workspace = self._state.workspaces[channel.team]
        if workspace.user not in channel.members or (message.bot_id and not self._echoed(message)):
            return
        told = message.to_json() | {"channel": channel.id, "event_ts": message.ts}
        told |= self._place(channel, message)
        if not edited:
            said = told | {"channel_type": channel.kind}
            self._send_from(channel, said)
        if channel.kind != "im" and workspace.is_mentioned(message.text):
            self._send_from(channel, told | {"type": "app_mention"})

    def changed(self, message: Message, before: Message) -> None:
        change = {"message": message.to_json(), "previous_message": before.to_json()}
        self._about(message, "message_changed", change)

    def deleted(self, message: Message) -> None:
        gone = {"deleted_ts": message.ts, "previous_message": message.to_json()}
        self._about(message, "message_deleted", gone)

    def _about(self, message: Message, subtype: str, more: JSON) -> None:
        channel = self._state.channels[message.channel]
        at = self._state.ts()
        event = {"type": "message", "subtype": subtype, "hidden": True, "channel": channel.id}
        event |= {"ts": at, "event_ts": at, "channel_type": channel.kind}
        bot_is_there = self._state.workspaces[channel.team].user in channel.members
        if bot_is_there and (not message.bot_id or self._echoed(message)):
            self._send_from(channel, event | more)

    def _echoed(self, message: Message) -> bool:
        """Whether a bot's message is told of: another bot's always is."""
        workspace = self._state.workspaces[self._state.channels[message.channel].team]
        return self.echoes or message.user != workspace.user

    def _place(self, channel: Channel, message: Message) -> JSON:
        """Where in the thread a message is, and whose it is when it comes from elsewhere."""
        place: JSON = {}
        if message.thread_ts:
            root = next((m for m in channel.messages if m.ts == message.thread_ts), None)
            place["parent_user_id"] = root.user if root else message.user
        if message.team != channel.team:
            place |= {"user_team": message.team, "source_team": message.team}
        return place

    def _send_from(self, channel: Channel, event: JSON) -> None:
        shared = bool(channel.fields.get("is_ext_shared"))
        self.send(event, channel.team, shared=shared)

    def _callback(self, workspace: Workspace, event: JSON, *, shared: bool) -> JSON:
        org = workspace.org_install
        authorization = {
            "enterprise_id": workspace.enterprise_id,
            "team_id": None if org else workspace.team,
            "user_id": workspace.user,
            "is_bot": True,
            "is_enterprise_install": org,
        }
        return {
            "token": "verification",
            "team_id": workspace.team,
            "enterprise_id": workspace.enterprise_id,
            "context_team_id": workspace.team,
            "context_enterprise_id": workspace.enterprise_id,
            "api_app_id": workspace.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": "Ev" + secrets.token_hex(5).upper(),
            "event_time": int(time.time()),
            "authorizations": [authorization],
            "is_ext_shared_channel": shared,
            "event_context": "4-" + secrets.token_hex(12),
        }
