"""Files, and the containers that programs run in: they end, and are not there at once."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from aiohttp import web

from tests.fakes import JSON, ApiError, found, new_id, page, parts_of

IDLE = 20  # minutes


@dataclass
class Stored:
    """A file, as somebody has uploaded it or a program has made it."""

    id: str
    name: str
    data: bytes
    purpose: str = ""
    expires: int | None = None  # seconds after it was made
    made_at: int = field(default_factory=lambda: int(time.time()))

    def shown(self) -> JSON:
        return {
            "id": self.id,
            "object": "file",
            "bytes": len(self.data),
            "created_at": self.made_at,
            "expires_at": self.expires and self.made_at + self.expires,
            "filename": self.name,
            "purpose": self.purpose,
            "status": "processed",
        }


@dataclass
class Container:
    id: str = field(default_factory=lambda: new_id("cntr_"))
    files: dict[str, Stored] = field(default_factory=dict)
    is_expired: bool = False

    def shown(self) -> JSON:
        return {
            "id": self.id,
            "object": "container",
            "created_at": int(time.time()),
            "name": "auto",
            "status": "expired" if self.is_expired else "running",
            "expires_after": {"anchor": "last_active_at", "minutes": IDLE},
        }

    def add(self, name: str, data: bytes) -> Stored:
        made = Stored(new_id("cfile_"), name, data)
        self.files[made.id] = made
        return made


class FilesApi:
    """`/v1/files`."""

    def __init__(self) -> None:
        self.stored: dict[str, Stored] = {}

    def routes(self) -> Iterable[web.RouteDef]:
        return (
            web.post("/v1/files", self._create),
            web.get("/v1/files", self._list),
            web.get("/v1/files/{id}", self._retrieve),
            web.delete("/v1/files/{id}", self._delete),
            web.get("/v1/files/{id}/content", self._content),
        )

    def find(self, wanted: str) -> Stored:
        return found(self.stored, wanted, "No such File object: {}")

    async def _create(self, request: web.Request) -> web.Response:
        form = await parts_of(request)
        purpose = form["purpose"].data.decode() if "purpose" in form else ""
        if "file" not in form or purpose not in _PURPOSES:
            raise ApiError(400, "'file' and 'purpose' are required.", param="file")
        seconds = form.get("expires_after[seconds]")
        expires = int(seconds.data) if seconds else None
        if expires is not None and not 3600 <= expires <= 2592000:
            raise ApiError(400, "Invalid 'expires_after.seconds'.", param="expires_after")
        made = Stored(new_id("file-"), form["file"].name, form["file"].data, purpose, expires)
        self.stored[made.id] = made
        return web.json_response(made.shown())

    async def _list(self, request: web.Request) -> web.Response:
        return page([one.shown() for one in self.stored.values()], request.query)

    async def _retrieve(self, request: web.Request) -> web.Response:
        return web.json_response(self.find(request.match_info["id"]).shown())

    async def _delete(self, request: web.Request) -> web.Response:
        gone = self.stored.pop(self.find(request.match_info["id"]).id)
        return web.json_response({"id": gone.id, "object": "file", "deleted": True})

    async def _content(self, request: web.Request) -> web.Response:
        return web.Response(body=self.find(request.match_info["id"]).data)


class ContainersApi:
    """`/v1/containers`. `not_ready`: how many looks at a file come too early."""

    def __init__(self, files: FilesApi) -> None:
        self.files = files
        self.all: dict[str, Container] = {}
        self.not_ready = 0
        self.renews = True  # a container that has expired, where the server chooses it

    def routes(self) -> Iterable[web.RouteDef]:
        one, file = "/v1/containers/{id}", "/v1/containers/{id}/files/{file}"
        return (
            web.get(one, self._retrieve),
            web.delete(one, self._delete),
            web.get(f"{one}/files", self._list),
            web.get(f"{file}/content", self._content),
        )

    def open(self, wanted: JSON, before: Iterable[str]) -> Container:
        """The newest of those in the conversation that still runs, else a new one."""
        running = [self.all[one] for one in before if one in self.all]
        if running and running[-1].is_expired:
            if not self.renews:
                raise ApiError(400, f"Container with id '{running[-1].id}' has expired.")
            running = []
        container = running[-1] if running else Container()
        self.all[container.id] = container
        for given in wanted.get("file_ids") or ():
            stored = self.files.find(given)
            container.add(stored.name, stored.data)
        return container

    async def _retrieve(self, request: web.Request) -> web.Response:
        return web.json_response(self._asked(request, must_run=False).shown())

    async def _delete(self, request: web.Request) -> web.Response:
        gone = self.all.pop(self._asked(request, must_run=False).id)
        return web.json_response({"id": gone.id, "object": "container.deleted", "deleted": True})

    async def _list(self, request: web.Request) -> web.Response:
        container = self._asked(request)
        shown = [
            {
                "id": one.id,
                "object": "container.file",
                "bytes": len(one.data),
                "container_id": container.id,
                "created_at": one.made_at,
                "path": f"/mnt/data/{one.name}",
                "source": "assistant",
            }
            for one in container.files.values()
        ]
        return page(shown, request.query)

    async def _content(self, request: web.Request) -> web.Response:
        files = self._asked(request).files
        if self.not_ready:
            self.not_ready -= 1
            raise ApiError(404, "Container file not found.")
        return web.Response(body=found(files, request.match_info["file"], "No file {}.").data)

    def _asked(self, request: web.Request, *, must_run: bool = True) -> Container:
        wanted = found(self.all, request.match_info["id"], "Container with id '{}' not found.")
        if must_run and wanted.is_expired:
            raise ApiError(404, f"Container with id '{wanted.id}' has expired.")
        return wanted


_PURPOSES = {"assistants", "batch", "fine-tune", "vision", "user_data", "evals"}
