"""The app's manifest: what Slack has to be told of the app, put together from what the code does.

A method that is called, or an event that is listened to, has its line here and nowhere else; the
tests compare these lines with the code.
"""

import json
from itertools import chain
from urllib.parse import quote

from adapters.slack.bodies import JSON
from adapters.slack.commands import COMMANDS, SHORTCUT
from adapters.slack.lines.app import PROMPTS
from bot.core.commands import PURPOSES

_ROOMS = ("channels", "groups", "im", "mpim")
_HISTORY = tuple(f"{room}:history" for room in _ROOMS)
_READ = tuple(f"{room}:read" for room in _ROOMS)

METHODS: dict[str, tuple[str, ...]] = {
    "agents.sessions.setStatus": ("chat:write",),
    "apps.connections.open": (),  # by the app's own token
    "assistant.threads.setStatus": ("assistant:write",),
    "assistant.threads.setSuggestedPrompts": ("assistant:write",),
    "auth.test": (),
    "chat.appendStream": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write",),
    "chat.startStream": ("chat:write",),
    "chat.stopStream": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.history": _HISTORY,
    "conversations.info": _READ,
    "conversations.open": ("im:write",),
    "conversations.replies": _HISTORY,
    "files.completeUploadExternal": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "files.info": ("files:read",),
    "oauth.v2.access": (),  # by the app's id and secret
    "openid.connect.token": (),  # as the next, by what a person grants who signs in on the page
    "openid.connect.userInfo": (),
    "usergroups.list": ("usergroups:read",),
    "usergroups.users.list": ("usergroups:read",),
    "users.conversations": _READ,
    "users.info": ("users:read",),
    "users.list": ("users:read",),
    "views.open": (),
    "views.publish": (),
}
"""Every method of the Web API that is called, and the scopes it takes."""

EVENTS: dict[str, tuple[str, ...]] = {
    "agent_session_stopped": ("assistant:write",),
    "app_home_opened": (),
    "app_mention": ("app_mentions:read",),
    "app_uninstalled": (),
    "channel_shared": ("channels:read", "groups:read"),
    "channel_unshared": ("channels:read", "groups:read"),
    "member_joined_channel": ("channels:read", "groups:read"),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "message.mpim": ("mpim:history",),
    "subteam_members_changed": ("usergroups:read",),
    "subteam_updated": ("usergroups:read",),
    "team_join": ("users:read",),
    "tokens_revoked": (),
    "user_change": ("users:read",),
    "user_profile_changed": ("users:read",),
}
"""Every event that is listened to, and the scopes it takes."""

# Slash commands and the shortcut; files that people send are fetched by no method.
_OTHERS = ("commands", "files:read")

BOT_SCOPES = tuple(sorted({*_OTHERS, *chain(*METHODS.values()), *chain(*EVENTS.values())}))

NAME = "Homeroom"
EVENTS_PATH = "/slack/events"
REDIRECT_PATH = "/slack/oauth_redirect"
_NEW_APP = "https://api.slack.com/apps?new_app=1&manifest_json="
_ABOUT = "Answers questions where you ask them, and never loses one."
_ASK = "Ask me something that only you see the answer to"
_HINTS = {
    "ask": "[--public] your question",
    "assistant": "[name]",
    "class": "[what to do]",
    "staff": "[what to do]",
    "confirm": "[number]",
    "decline": "[number]",
    "hint": "[what you tried]",
    "assignment": "[name]",
    "human": "[what staff may see]",
}


def manifest(*, events_at: str | None = None, installed_at: str | None = None) -> JSON:
    """The whole manifest. Socket Mode needs no address, signed HTTP one for `events_at`.

    `installed_at`: the address of the pages by which other workspaces install the app.
    """
    request_url = {"request_url": _join(events_at, EVENTS_PATH)} if events_at else {}
    redirect = {"redirect_urls": [_join(installed_at, REDIRECT_PATH)]} if installed_at else {}
    return {
        "display_information": {"name": NAME, "description": _ABOUT},
        "features": _features(request_url.get("request_url")),
        "oauth_config": {**redirect, "scopes": {"bot": [*BOT_SCOPES]}},
        "settings": {
            "event_subscriptions": {**request_url, "bot_events": [*EVENTS]},
            "interactivity": {"is_enabled": True, **request_url},
            "org_deploy_enabled": True,
            "socket_mode_enabled": not events_at,
            # Cannot be switched off again: the token of a single workspace has to last.
            "token_rotation_enabled": bool(installed_at),
        },
    }


def link(manifest: JSON) -> str:
    """The address that opens the manifest, for an app to be made of it."""
    return _NEW_APP + quote(json.dumps(manifest, separators=(",", ":")), safe="")


def _features(url: str | None) -> JSON:
    shortcut = {"name": "Ask about this message", "type": "message", "callback_id": SHORTCUT}
    shortcut["description"] = "Explains it to you alone"
    return {
        "agent_view": {
            "agent_description": _ABOUT,
            "suggested_prompts": [{"title": title, "message": text} for title, text in PROMPTS],
        },
        "app_home": {
            "home_tab_enabled": True,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": False,
        },
        "bot_user": {"display_name": NAME, "always_online": True},
        "shortcuts": [shortcut],
        "slash_commands": [_slash_command(name, url) for name in COMMANDS],
    }


def _slash_command(name: str, url: str | None) -> JSON:
    command: JSON = {"command": f"/{name}", "description": _purpose(name)}
    command |= {"usage_hint": _HINTS[name]} if name in _HINTS else {}
    # So that people and channels are told by id and name, as they are in messages.
    return command | {"should_escape": True} | ({"url": url} if url else {})


def _purpose(name: str) -> str:
    """What the core says of a command; what is asked is the adapter's own."""
    return PURPOSES.get(name, _ASK)


def _join(address: str | None, path: str) -> str:
    return (address or "").rstrip("/") + path
