"""Files: sent up in three steps, looked at, and fetched from an address that asks for the token."""

import secrets
from collections.abc import Callable
from urllib.parse import quote

from aiohttp import web

from tests.fakes import JSON
from tests.fakes.slack_ask import Ask, Method
from tests.fakes.slack_chat import by_bot, writable
from tests.fakes.slack_events import Events
from tests.fakes.slack_state import SlackError, State

LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Slack</title></head><body>Sign in</body></html>"


class FilesApi:
    def __init__(self, state: State, events: Events, origin: Callable[[], str]) -> None:
        self._state = state
        self._events = events
        self._origin = origin

    def methods(self) -> dict[str, Method]:
        return {
            "files.getUploadURLExternal": self.begin,
            "files.completeUploadExternal": self.complete,
            "files.info": self.info,
        }

    def add(self, name: str, content: bytes, mimetype: str, team: str) -> JSON:
        """A new file, as it stands in a message."""
        file_id = "F" + secrets.token_hex(5).upper()
        url = f"{self._origin()}/files-pri/{team}-{file_id}"
        self._state.contents[file_id] = content
        self._state.files[file_id] = {
            "id": file_id,
            "name": name,
            "title": name,
            "mimetype": mimetype,
            "filetype": name.rpartition(".")[2],
            "size": len(content),
            "mode": "hosted",
            "is_external": False,
            "url_private": f"{url}/{quote(name)}",
            "url_private_download": f"{url}/download/{quote(name)}",
        }
        return self._state.files[file_id]

    def begin(self, ask: Ask) -> JSON:
        name = str(ask.need("filename"))
        if int(ask.need("length")) <= 0:
            raise SlackError("invalid_arguments")
        made = self.add(name, b"", "application/octet-stream", ask.home.team)
        self._state.files[made["id"]]["size"] = int(ask.args["length"])
        return {"upload_url": f"{self._origin()}/upload/{made['id']}", "file_id": made["id"]}

    def complete(self, ask: Ask) -> JSON:
        files = [self._uploaded(given) for given in ask.need("files")]
        if ask.args.get("channel_id"):
            self._share(ask, files)
        return {"files": files}

    def info(self, ask: Ask) -> JSON:
        file = self._state.files.get(str(ask.need("file")))
        if file is None:
            raise SlackError("file_not_found")
        return {"file": file}

    async def upload(self, request: web.Request) -> web.Response:
        file = self._state.files.get(request.match_info["file"])
        if file is None:
            return web.Response(status=404)
        content = await request.read()
        if len(content) != file["size"]:
            return web.Response(status=400, text="The length is not what was said.")
        self._state.contents[file["id"]] = content
        return web.Response(text=f"OK - {len(content)}")

    async def download(self, request: web.Request) -> web.Response:
        """The file, or the page for somebody who is not signed in: with 200, like the real one."""
        file_id = request.match_info["file"].rpartition("-")[2]
        header = request.headers.get("Authorization", "")
        token = self._state.tokens.get(header.removeprefix("Bearer "))
        if token is None or token.error or "files:read" not in token.workspace.scopes:
            return web.Response(text=LOGIN_PAGE, content_type="text/html")
        if file_id not in self._state.files:
            return web.Response(status=404)
        if file_id in self._state.moved:
            return web.Response(status=302, headers={"Location": self._state.moved[file_id]})
        kind = self._state.files[file_id]["mimetype"]
        return web.Response(body=self._state.contents[file_id], content_type=kind)

    def _uploaded(self, given: JSON) -> JSON:
        file = self._state.files.get(str(given.get("id")))
        if file is None or len(self._state.contents[file["id"]]) != file["size"]:
            raise SlackError("file_not_found")
        file["title"] = given.get("title") or file["title"]
        return file

    def _share(self, ask: Ask, files: list[JSON]) -> None:
        args = {"channel": ask.args["channel_id"]}
        where = Ask(method=ask.method, args=args, token=ask.token, home=ask.home)
        channel = writable(self._state, where)
        message = by_bot(ask.home, channel, self._state.ts())
        message.text = ask.text("initial_comment")
        message.thread_ts = ask.args.get("thread_ts")
        message.files = files
        message.subtype = "file_share"
        self._state.show(ask.method, message)
        self._events.message(message)
