"""`conversations.*`, `users.*`, `usergroups.*` and `reactions.*`: who is where, what was said."""

from dataclasses import replace
from typing import Any

from tests.fakes import JSON
from tests.fakes.slack_ask import Ask, Method
from tests.fakes.slack_state import Channel, Message, SlackError, State


class RoomsApi:
    def __init__(self, state: State) -> None:
        self._state = state

    def methods(self) -> dict[str, Method]:
        return {
            "conversations.info": self.info,
            "conversations.history": self.history,
            "conversations.replies": self.replies,
            "conversations.members": self.members,
            "conversations.open": self.open,
            "conversations.list": self.channels,
            "users.conversations": self.memberships,
            "users.info": self.user,
            "users.list": self.users,
            "usergroups.list": self.usergroups,
            "usergroups.users.list": self.usergroup,
            "reactions.add": self.add_reaction,
            "reactions.remove": self.remove_reaction,
        }

    def info(self, ask: Ask) -> JSON:
        channel = self._visible(ask)
        return {"channel": channel.to_json() | {"is_member": ask.home.user in channel.members}}

    def history(self, ask: Ask) -> JSON:
        channel = self._readable(ask)
        said = [m for m in channel.messages if not m.thread_ts or m.thread_ts == m.ts]
        said += [m for m in channel.messages if m.broadcast]
        said = sorted(_within(ask, said), key=lambda m: m.ts, reverse=True)
        return self._page(ask, said, 100)

    def replies(self, ask: Ask) -> JSON:
        channel = self._readable(ask)
        root_ts = str(ask.need("ts"))
        thread = [m for m in self._state.thread(channel.id, root_ts) if not m.ephemeral]
        if not thread:
            raise SlackError("thread_not_found")
        root = [m for m in thread if m.ts == root_ts]
        rest = _within(ask, [m for m in thread if m.ts != root_ts])
        return self._page(ask, root + rest, 1000)

    def members(self, ask: Ask) -> JSON:
        return _paged(ask, "members", self._visible(ask).members, 100)

    def open(self, ask: Ask) -> JSON:
        users = ask.list("users")
        if not all(user in self._state.users for user in users):
            raise SlackError("user_not_found")
        if len(users) != 1:
            raise SlackError("not_enough_users" if not users else "invalid_arguments")
        channel = self._state.dm(users[0], ask.home.team)
        return {"channel": {"id": channel.id}}

    def channels(self, ask: Ask) -> JSON:
        names = {"channel": "public_channel", "group": "private_channel"}
        wanted = ask.text("types") or "public_channel"
        here = [c for c in self._state.channels.values() if c.team == ask.home.team]
        here = [c for c in here if names.get(c.kind, c.kind) in wanted.split(",")]
        here = [c for c in here if c.kind == "channel" or ask.home.user in c.members]
        return _paged(ask, "channels", [c.to_json() for c in here], 100)

    def memberships(self, ask: Ask) -> JSON:
        """The channels the bot itself is in."""
        names = {"channel": "public_channel", "group": "private_channel"}
        wanted = (ask.text("types") or "public_channel").split(",")
        here = [c for c in self._state.channels.values() if ask.home.user in c.members]
        here = [c for c in here if names.get(c.kind, c.kind) in wanted]
        return _paged(ask, "channels", [c.to_json() for c in here], 100)

    def user(self, ask: Ask) -> JSON:
        user = self._state.users.get(str(ask.need("user")))
        if user is None:
            raise SlackError("user_not_found")
        return {"user": _seen(ask, user)}

    def users(self, ask: Ask) -> JSON:
        here = [u for u in self._state.users.values() if u["team_id"] == ask.home.team]
        return _paged(ask, "members", [_seen(ask, user) for user in here], 100)

    def usergroups(self, ask: Ask) -> JSON:
        groups = [g for g in self._state.usergroups.values() if g["team_id"] == ask.home.team]
        if not ask.flag("include_users"):
            groups = [{k: v for k, v in group.items() if k != "users"} for group in groups]
        return {"usergroups": groups}

    def usergroup(self, ask: Ask) -> JSON:
        group = self._state.usergroups.get(str(ask.need("usergroup")))
        if group is None:
            raise SlackError("no_such_subteam")
        return {"users": group["users"]}

    def add_reaction(self, ask: Ask) -> JSON:
        users = self._reacted(ask)
        if ask.home.user in users:
            raise SlackError("already_reacted")
        users.append(ask.home.user)
        return {}

    def remove_reaction(self, ask: Ask) -> JSON:
        users = self._reacted(ask)
        if ask.home.user not in users:
            raise SlackError("no_reaction")
        users.remove(ask.home.user)
        return {}

    def _reacted(self, ask: Ask) -> list[str]:
        message = self._state.message(str(ask.need("channel")), str(ask.need("timestamp")))
        message.reactions = {name: users for name, users in message.reactions.items() if users}
        return message.reactions.setdefault(str(ask.need("name")).strip(":"), [])

    def _visible(self, ask: Ask) -> Channel:
        channel = self._state.channel(str(ask.need("channel")))
        if channel.kind != "channel" and ask.home.user not in channel.members:
            raise SlackError("channel_not_found")
        return channel

    def _readable(self, ask: Ask) -> Channel:
        channel = self._visible(ask)
        if ask.home.user not in channel.members:
            raise SlackError("not_in_channel")
        return channel

    def _page(self, ask: Ask, messages: list[Message], most: int) -> JSON:
        with_metadata = bool(ask.flag("include_all_metadata"))
        said = [m for m in messages if not m.ephemeral]
        told = [self._told(m) | m.to_json(with_metadata=with_metadata) for m in said]
        limit = min(int(ask.args.get("limit") or most), self._state.most_at_once)
        limited = replace(ask, args={**ask.args, "limit": limit})
        return _paged(limited, "messages", told, most)

    def _told(self, message: Message) -> JSON:
        """What the first message of a thread says about the thread."""
        thread = self._state.thread(message.channel, message.ts)
        replies = [m for m in thread if m.ts != message.ts and not m.ephemeral]
        if not replies:
            return {}
        users = [*dict.fromkeys(m.user for m in replies)]
        told: JSON = {"thread_ts": message.ts, "reply_count": len(replies)}
        told |= {"reply_users": users, "reply_users_count": len(users)}
        return told | {"latest_reply": replies[-1].ts}


def _within(ask: Ask, messages: list[Message]) -> list[Message]:
    oldest, latest = ask.text("oldest"), ask.text("latest")
    edges = {oldest, latest} if ask.flag("inclusive") else set()
    return [
        m
        for m in messages
        if m.ts in edges or ((not oldest or m.ts > oldest) and (not latest or m.ts < latest))
    ]


def _paged(ask: Ask, name: str, rows: list[Any], most: int) -> JSON:
    start = int(ask.text("cursor") or 0)
    end = start + int(ask.args.get("limit") or most)
    more = end < len(rows)
    page: JSON = {name: rows[start:end], "response_metadata": {"next_cursor": ""}}
    if more:
        page["response_metadata"] = {"next_cursor": str(end)}
    return page | ({"has_more": more} if name == "messages" else {})


def _seen(ask: Ask, user: JSON) -> JSON:
    """A person without her address, where the app may not see it."""
    if not ask.flag("include_locale"):
        user = {name: value for name, value in user.items() if name != "locale"}
    if "users:read.email" in ask.home.scopes:
        return user
    profile = {name: value for name, value in user["profile"].items() if name != "email"}
    return user | {"profile": profile}
