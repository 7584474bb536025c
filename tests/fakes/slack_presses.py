"""What people do in Slack without words: commands, shortcuts, buttons, forms."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from tests.fakes import JSON
from tests.fakes.slack_chat import ChatApi
from tests.fakes.slack_post import Parcel, PostOffice
from tests.fakes.slack_state import APP_ID, Message, ResponseUrl, SlackError, State
from tests.fakes.slack_views import sent


class Presses:
    def __init__(
        self, state: State, post: PostOffice, chat: ChatApi, origin: Callable[[], str]
    ) -> None:
        self._state = state
        self._post = post
        self._chat = chat
        self._origin = origin

    async def command(self, command: str, text: str, user: str, channel: str) -> None:
        """A slash command. What the app says as it acknowledges is shown as its answer."""
        where = self._state.channel(channel)
        workspace = self._state.workspaces[where.team]
        url_id, url = self._response_url(user, where.id)
        payload = {
            "token": "verification",
            "team_id": workspace.team,
            "team_domain": workspace.domain,
            "channel_id": where.id,
            "channel_name": "directmessage" if where.kind == "im" else where.name,
            "user_id": user,
            "user_name": self._state.users[user]["name"],
            "command": command,
            "text": text,
            "api_app_id": APP_ID,
            "is_enterprise_install": str(workspace.org_install).lower(),
            "response_url": url_id,
            "trigger_id": self._state.trigger(),
        }
        if workspace.enterprise_id:
            payload |= {"enterprise_id": workspace.enterprise_id, "enterprise_name": "Org"}
        parcel = Parcel(type="slash_commands", payload=payload, accepts_response=True)
        parcel.on_answer = lambda answer: self._answer(url, answer)
        self._post.put(parcel)

    def _answer(self, url: ResponseUrl, answer: JSON) -> None:
        """Take what came with an acknowledgement; the bare kind only shows the command to all."""
        if answer.keys() != {"response_type"}:
            with suppress(SlackError):  # what cannot be shown is not
                self._chat.respond(url, answer)

    async def shortcut(self, callback_id: str, user: str, message_ts: str | None = None) -> None:
        """A shortcut: of a message if there is one, else the one that stands everywhere."""
        body = {"callback_id": callback_id, "trigger_id": self._state.trigger()}
        if message_ts is None:
            self._interact("shortcut", user, body)
            return
        message = self._find(message_ts)
        url_id, _ = self._response_url(user, message.channel)
        body |= self._at(message) | {"message_ts": message.ts, "response_url": url_id}
        self._interact("message_action", user, body)

    async def click(
        self, where: str, action_id: str, value: str | None = None, user: str | None = None
    ) -> None:
        """Press what stands in a message (by its ts) or a view (by its id); it must be there."""
        user = user or next(iter(self._state.users))
        view = self._state.views.get(where)
        message = None if view else self._find(where)
        blocks = view["blocks"] if view else message.blocks if message else []
        body: JSON = {"actions": [_action(blocks, action_id, value, self._state.ts())]}
        body["trigger_id"] = self._state.trigger()
        if message is not None:
            url_id, _ = self._response_url(user, message.channel, message.ts)
            body |= self._at(message) | {"response_url": url_id, "state": {"values": {}}}
        else:
            body |= {"view": view, "container": {"type": "view", "view_id": where}}
        self._interact("block_actions", user, body)

    async def select(
        self, view_id: str, action_id: str, value: str, user: str, block_id: str | None = None
    ) -> None:
        """Choose in a view: one of the options of a select, any conversation, or words."""
        view = self._state.views[view_id]
        action = _selection(view["blocks"], action_id, block_id, value) | {
            "action_ts": self._state.ts()
        }
        body: JSON = {"actions": [action], "trigger_id": self._state.trigger(), "view": view}
        self._interact("block_actions", user, body | {"container": {"type": "view"}})

    async def submit(self, view_id: str, user: str, values: JSON) -> None:
        """Send a form off. The app's answer, if any, is in the acknowledgement."""
        shown = self._state.views[view_id]
        view = shown | {"state": {"values": sent(shown, values)}}
        body = {"view": view, "trigger_id": self._state.trigger(), "response_urls": []}
        self._interact("view_submission", user, body, answers=True)

    def _interact(self, kind: str, user: str, body: JSON, *, answers: bool = False) -> None:
        person = self._state.users[user]
        team = self._state.workspaces.get(person["team_id"], self._state.home)
        org = team.enterprise_id
        payload = {
            "type": kind,
            "token": "verification",
            "api_app_id": APP_ID,
            "team": {"id": team.team, "domain": team.domain},
            "enterprise": {"id": org, "name": "Org"} if org else None,
            "is_enterprise_install": team.org_install,
            "user": {"id": user, "team_id": person["team_id"]}
            | dict.fromkeys(("username", "name"), person["name"]),
            **body,
        }
        self._post.put(Parcel(type="interactive", payload=payload, accepts_response=answers))

    def _at(self, message: Message) -> JSON:
        channel = self._state.channels[message.channel]
        container: JSON = {"type": "message", "message_ts": message.ts, "channel_id": channel.id}
        container["is_ephemeral"] = bool(message.ephemeral)
        if message.thread_ts:
            container["thread_ts"] = message.thread_ts
        return {
            "container": container,
            "channel": {"id": channel.id, "name": channel.name or "directmessage"},
            "message": message.to_json(),
        }

    def _find(self, ts: str) -> Message:
        for channel in self._state.channels.values():
            for message in channel.messages:
                if message.ts == ts:
                    return message
        raise SlackError("message_not_found")

    def _response_url(
        self, user: str, channel: str, message_ts: str | None = None
    ) -> tuple[str, ResponseUrl]:
        url_id = secrets.token_hex(8)
        team = self._state.channels[channel].team
        url = ResponseUrl(channel=channel, user=user, team=team, message_ts=message_ts)
        self._state.response_urls[url_id] = url
        return f"{self._origin()}/response/{url_id}", url


def _action(blocks: list[JSON], action_id: str, value: str | None, at: str) -> JSON:
    """What pressing it says; a button has its value, feedback has one for each side."""
    for block, element in _elements(blocks):
        if element.get("action_id") != action_id:
            continue
        sides = [element.get("positive_button") or {}, element.get("negative_button") or {}]
        values = {element.get("value"), *(side.get("value") for side in sides)} - {None}
        if value is not None and values and value not in values:
            raise LookupError(f"{action_id} has no value {value!r}, only {values}")
        said: JSON = {"type": element["type"], "action_id": action_id, "action_ts": at}
        said["block_id"] = block.get("block_id", "b1")
        return said | {"value": element.get("value") if value is None else value}
    raise LookupError(f"there is nothing to press called {action_id}")


def _selection(blocks: list[JSON], action_id: str, block_id: str | None, value: str) -> JSON:
    for block, element in _elements(blocks):
        if element.get("action_id") != action_id or block_id not in {None, block.get("block_id")}:
            continue
        said: JSON = {"type": element["type"], "action_id": action_id}
        said["block_id"] = block.get("block_id", "b1")
        if element["type"] == "conversations_select":
            return said | {"selected_conversation": value}
        if element["type"] == "plain_text_input":
            return said | {"value": value or None}
        (option,) = [one for one in element["options"] if one["value"] == value]
        return said | {"selected_option": option}
    raise LookupError(f"there is nothing to choose called {action_id} in {block_id}")


def _elements(blocks: list[JSON]) -> Iterator[tuple[JSON, JSON]]:
    for block in blocks:
        pressed: list[Any] = [*(block.get("elements") or []), block.get("accessory")]
        if block.get("dispatch_action"):  # else an input tells of nothing until it is sent off
            pressed.append(block.get("element"))
        yield from ((block, element) for element in pressed if isinstance(element, dict))
