"""What people do in local-slack, and what stands there then."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from tests.patience import PATIENCE
from tests.thirdparty.servers import local_slack

JSON = dict[str, Any]
T = TypeVar("T")

ALICE, BOB, BOT = "U01ALICE", "U02BOB", "U0BOT"
ROOM = "C01GEN"
MENTION = f"<@{BOT}>"
APP: JSON = {
    "appId": "A01APP",
    "botUserId": BOT,
    "botName": "homeroom",
    "botToken": "xoxb-test-token",
    "appToken": "xapp-test-token",
    "signingSecret": "test-signing-secret",
    "mode": "socket",
}
CONFIG: JSON = {
    "workspace": {"name": "Test", "domain": "test", "teamId": "T01TEST"},
    "apps": [APP],
    "users": [
        {"id": ALICE, "name": "alice", "real_name": "Alice Anderson"},
        {"id": BOB, "name": "bob", "real_name": "Bob Brown"},
    ],
    "channels": [{"id": ROOM, "name": "general", "members": [ALICE, BOB, BOT]}],
}


async def until(look: Callable[[], Awaitable[T]]) -> T:
    """What a look finds, as soon as it finds something."""
    async with asyncio.timeout(PATIENCE):
        while not (found := await look()):  # noqa: ASYNC110 - what others do has no event
            await asyncio.sleep(0.02)
    return found


@dataclass(frozen=True)
class LocalSlack:
    origin: str
    web: aiohttp.ClientSession

    @property
    def api_url(self) -> str:
        return f"{self.origin}/api/"

    async def say(self, user: str, text: str, thread: str = "", channel: str = ROOM) -> str:
        """A person speaks; comes back when the bot has acknowledged it."""
        told = {"channel": channel, "user": user, "text": text}
        said = await self.act("message", **told, **({"thread_ts": thread} if thread else {}))
        return str(said["message"]["ts"])

    async def upload(self, user: str, text: str, name: str, data: bytes) -> str:
        form = aiohttp.FormData({"channel": ROOM, "user": user, "text": text})
        form.add_field("file", data, filename=name)
        async with self.web.post(f"{self.origin}/_control/upload", data=form) as answer:
            return str((await answer.json())["message"]["ts"])

    async def download(self, file: JSON) -> bytes:
        token = {"Authorization": f"Bearer {APP['botToken']}"}
        async with self.web.get(file["url_private"], headers=token) as answer:
            return await answer.read()

    async def act(self, what: str, **details: Any) -> JSON:
        """Anything a person can do there."""
        async with self.web.post(f"{self.origin}/_control/{what}", json=details) as answer:
            done: JSON = await answer.json()
        assert done["ok"], done
        return done

    async def messages(self, channel: str = ROOM, thread: str | None = None) -> list[JSON]:
        """What stands in a channel, or in one thread of it."""
        found = (await self._get(f"messages/{channel}"))["messages"]
        return [one for one in found if thread in (None, one["ts"], one.get("thread_ts"))]

    async def replies(self, thread: str, channel: str = ROOM) -> list[JSON]:
        """What the bot says in a thread."""
        shown = await self.messages(channel, thread)
        return [message for message in shown if message["user"] == BOT]

    async def said(self, thread: str) -> list[str]:
        """The same as Markdown, which only the log keeps where it was no block."""
        posts = await self.calls("chat.postMessage", thread_ts=thread)
        updates = {call["ts"]: call for call in await self.calls("chat.update")}
        shown = zip(await self.replies(thread), posts, strict=True)
        return [words(updates.get(reply["ts"], post)) for reply, post in shown]

    async def log(self, direction: str, kind: str | None = None) -> list[JSON]:
        entries = (await self._get("log"))["log"]
        chosen = [entry for entry in entries if entry["direction"] == direction]
        return [entry for entry in chosen if kind in (None, entry["kind"])]

    async def calls(self, method: str, **like: Any) -> list[JSON]:
        """The arguments of the bot's calls of a method."""
        made = await self.log("from_bot", "web_api")
        calls = [call["detail"] for call in made if call["summary"] == method]
        return [call for call in calls if like.items() <= call.items()]

    async def _get(self, what: str) -> JSON:
        async with self.web.get(f"{self.origin}/_control/{what}") as answer:
            found: JSON = await answer.json()
        return found


@asynccontextmanager
async def open_local_slack(folder: Path, **app: str) -> AsyncIterator[LocalSlack]:
    config = CONFIG | {"apps": [APP | app]}
    async with local_slack(folder, config) as origin, aiohttp.ClientSession() as web:
        yield LocalSlack(origin, web)


def pressed(message: JSON, action_id: str, value: str, kind: str) -> JSON:
    """What `interact` has to know when a person presses what stands below a message."""
    action = {"type": kind, "action_id": action_id, "value": value}
    place = {"channel": message["channel"], "messageTs": message["ts"]}
    return place | {"user": ALICE, "action": action}


def words(message: JSON) -> str:
    """The Markdown a message was given, wherever that stands."""
    blocks: Sequence[JSON] = message.get("blocks") or ()
    written = [block["text"] for block in blocks if block["type"] == "markdown"]
    return "".join(written) or str(message.get("markdown_text") or message.get("text", ""))
