"""The same script for two Slacks: what the bot is told, and what its calls are answered."""

from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Protocol

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from tests.fakes.slack_server import FakeSlack
from tests.thirdparty.local_slack import (
    ALICE,
    BOB,
    MENTION,
    ROOM,
    LocalSlack,
    pressed,
)
from tests.thirdparty.shapes import JSON, Script, Shape, shape

_LABEL = {"type": "plain_text", "text": "Go"}
_BUTTON = {"type": "button", "action_id": "go", "value": "1", "text": _LABEL}
_BLOCKS = [{"type": "actions", "block_id": "row", "elements": [_BUTTON]}]
_MARK = {"event_type": "mark", "event_payload": {"nonce": "1"}}
_FILE = b"some words"


class People(Protocol):
    """What people do, in either of them."""

    async def say(self, text: str, thread: str = "", channel: str = ROOM) -> str: ...
    async def edit(self, ts: str, text: str) -> None: ...
    async def delete(self, ts: str) -> None: ...
    async def react(self, ts: str) -> None: ...
    async def command(self) -> None: ...
    async def press(self, message: JSON) -> None: ...
    async def open_home(self) -> None: ...
    async def send_file(self) -> None: ...


class Ours:
    def __init__(self, slack: FakeSlack) -> None:
        self._slack = slack

    async def say(self, text: str, thread: str = "", channel: str = ROOM) -> str:
        return await self._slack.say(channel, ALICE, text, thread or None)

    async def edit(self, ts: str, text: str) -> None:
        await self._slack.edit(ROOM, ts, text)

    async def delete(self, ts: str) -> None:
        await self._slack.delete(ROOM, ts)

    async def react(self, ts: str) -> None:
        await self._slack.react(ROOM, ts, "eyes", ALICE)

    async def command(self) -> None:
        await self._slack.command("/ask", "why?", ALICE, ROOM)

    async def press(self, message: JSON) -> None:
        await self._slack.click(message["ts"], "go", user=ALICE)

    async def open_home(self) -> None:
        await self._slack.open_home(ALICE)

    async def send_file(self) -> None:
        file = self._slack.add_file("a.txt", _FILE)
        await self._slack.say(ROOM, ALICE, "read", files=[file])


class Theirs:
    def __init__(self, slack: LocalSlack) -> None:
        self._slack = slack

    async def say(self, text: str, thread: str = "", channel: str = ROOM) -> str:
        return await self._slack.say(ALICE, text, thread, channel)

    async def edit(self, ts: str, text: str) -> None:
        await self._slack.act("edit-message", channel=ROOM, ts=ts, user=ALICE, text=text)

    async def delete(self, ts: str) -> None:
        await self._slack.act("delete-message", channel=ROOM, ts=ts, user=ALICE)

    async def react(self, ts: str) -> None:
        await self._slack.act("reaction", channel=ROOM, ts=ts, user=ALICE, name="eyes")

    async def command(self) -> None:
        await self._slack.act("command", command="/ask", text="why?", user=ALICE, channel=ROOM)

    async def press(self, message: JSON) -> None:
        press = pressed(message, "go", "1", "button")
        press["action"]["block_id"] = "row"
        await self._slack.act("interact", **press)

    async def open_home(self) -> None:
        await self._slack.act("open-home", user=ALICE)

    async def send_file(self) -> None:
        await self._slack.upload(ALICE, "read", "a.txt", _FILE)


@dataclass
class SlackScript(Script):
    people: People
    web: AsyncWebClient
    told: list[JSON] = field(default_factory=list)

    async def run(self) -> None:
        question = await self._words()
        await self._other_acts()
        await self._calls(question)
        await self._files()
        await self._refusals()

    async def _words(self) -> str:
        people = self.people
        asking = people.say(f"{MENTION} why?")
        question = await self.act(asking, {"a mention": "app_mention", "a message": "message"})
        answering = people.say("in a thread", question)
        thread = await self.act(answering, {"a message in a thread": "message"})
        await self.act(people.say("hello", channel=ALICE), {"a direct message": "message"})
        await self.act(people.edit(thread, "edited"), {"an edit": "message_changed"})
        await self.act(people.delete(thread), {"a deletion": "message_deleted"})
        await self.act(people.send_file(), {"a file": "file_share"})
        return question

    async def _other_acts(self) -> None:
        people = self.people
        said = await people.say("hm")
        await self.act(people.react(said), {"a reaction": "reaction_added"})
        await self.act(people.command(), {"a command": "slash_commands"})
        await self.act(people.open_home(), {"the home tab": "app_home_opened"})
        posted = await self.web.chat_postMessage(channel=ROOM, text="press", blocks=_BLOCKS)
        press = people.press(posted["message"] | {"channel": ROOM})
        await self.act(press, {"a press": "interactive"})

    async def _calls(self, question: str) -> None:
        web = self.web
        await self._answer("auth.test", web.auth_test())
        await self._answer("users.info", web.users_info(user=ALICE))
        await self._answer("conversations.info", web.conversations_info(channel=ROOM))
        await self._answer("conversations.history", web.conversations_history(channel=ROOM))
        await self._answer("conversations.open", web.conversations_open(users=BOB))
        post = web.chat_postMessage(channel=ROOM, thread_ts=question, text="a", metadata=_MARK)
        await self._answer("chat.postMessage", post)
        whisper = web.chat_postEphemeral(channel=ROOM, user=ALICE, text="psst")
        await self._answer("chat.postEphemeral", whisper)
        mine = await web.chat_postMessage(channel=ROOM, text="draft")
        update = web.chat_update(channel=ROOM, ts=mine["ts"], text="whole")
        await self._answer("chat.update", update)
        replies = web.conversations_replies(channel=ROOM, ts=question)
        await self._answer("conversations.replies", replies)

    async def _files(self) -> None:
        web = self.web
        slot = await web.files_getUploadURLExternal(filename="answer.md", length=len(_FILE))
        self.shapes["files.getUploadURLExternal"] = shape(slot.data)
        async with aiohttp.ClientSession() as session:
            await session.post(slot["upload_url"], data=_FILE)
        files = [{"id": slot["file_id"], "title": "Answer"}]
        shared = web.files_completeUploadExternal(files=files, channel_id=ROOM)
        await self._answer("files.completeUploadExternal", shared)

    async def _refusals(self) -> None:
        web = self.web
        await self._refusal("nobody", web.users_info(user="U0NOBODY"))
        await self._refusal("no channel", web.chat_postMessage(channel="C0NONE", text="x"))
        await self._refusal("no message", web.chat_update(channel=ROOM, ts="1.000001", text="x"))
        await self._refusal("no method", web.api_call("chat.whistle"))

    def forget(self) -> None:
        self.told.clear()

    async def find(self, kind: str) -> JSON | None:
        return next((envelope for envelope in self.told if _kind(envelope) == kind), None)

    async def _answer(self, name: str, call: Awaitable[AsyncSlackResponse]) -> None:
        self.shapes[name] = shape((await call).data)

    async def _refusal(self, name: str, call: Awaitable[AsyncSlackResponse]) -> None:
        try:
            await call
        except SlackApiError as error:
            self.shapes[name] = shape(error.response.data) | {"error": error.response["error"]}


def _kind(envelope: JSON) -> str:
    event = envelope["payload"].get("event", envelope)
    return str(event.get("subtype") or event["type"])


async def acted(people: People, web: AsyncWebClient, app_token: str) -> dict[str, Shape]:
    """Run the script with a bot that only takes down what it is told."""
    script = SlackScript(people, web)

    async def take(client: SocketModeClient, request: SocketModeRequest) -> None:
        script.told.append(request.to_dict())
        await client.send_socket_mode_response(SocketModeResponse(request.envelope_id))

    client = SocketModeClient(app_token, web_client=web)
    client.socket_mode_request_listeners.append(take)  # type: ignore[arg-type]
    await client.connect()  # type: ignore[no-untyped-call]
    try:
        await script.run()
    finally:
        await client.close()  # type: ignore[no-untyped-call]
    return script.shapes
