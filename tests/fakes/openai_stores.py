"""Vector stores: what is put there is read for a while, and found by its words alone."""

import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from tests.fakes import JSON, ApiError, found, new_id, page
from tests.fakes.openai_containers import FilesApi, Stored

MOST = 2  # in one request


@dataclass
class Entry:
    looks: int  # until it is read
    status: str = "completed"


@dataclass
class FakeStore:
    name: str
    id: str = field(default_factory=lambda: new_id("vs_"))
    files: dict[str, Entry] = field(default_factory=dict)

    def shown(self) -> JSON:
        counts = dict.fromkeys(("in_progress", "failed", "cancelled"), 0)
        count = len(self.files)
        return {
            "id": self.id,
            "object": "vector_store",
            "created_at": int(time.time()),
            "name": self.name,
            "status": "completed",
            "usage_bytes": 0,
            "file_counts": {**counts, "completed": count, "total": count},
        }

    def shown_file(self, file: str) -> JSON:
        entry = self.files[file]
        status = "in_progress" if entry.looks > 0 else entry.status
        error = {"code": "unsupported_file", "message": "It cannot be read."}
        return {
            "id": file,
            "object": "vector_store.file",
            "created_at": int(time.time()),
            "vector_store_id": self.id,
            "status": status,
            "usage_bytes": 0,
            "last_error": error if status == "failed" else None,
        }


class StoresApi:
    """`/v1/vector_stores`. `slow`: looks until a file is read; `unreadable`: part of its text."""

    def __init__(self, files: FilesApi) -> None:
        self.files = files
        self.all: dict[str, FakeStore] = {}
        self.slow = 0
        self.unreadable: bytes | None = None

    def routes(self) -> Iterable[web.RouteDef]:
        root = "/v1/vector_stores"
        one, files = f"{root}/{{id}}", f"{root}/{{id}}/files"
        return (
            web.post(root, self._create),
            web.get(root, self._list),
            web.get(one, self._retrieve),
            web.delete(one, self._delete),
            web.post(files, self._add),
            web.get(f"{files}/{{file}}", self._look),
            web.delete(f"{files}/{{file}}", self._remove),
        )

    def search(self, tool: JSON, question: str) -> Sequence[tuple[Stored, str]]:
        """The block with most of the question's words, of each file that has any."""
        wanted = tool["vector_store_ids"]
        if len(wanted) > MOST:
            raise ApiError(400, f"A maximum of {MOST} vector stores is allowed.", param="tools")
        for one in wanted:
            if one not in self.all:
                raise ApiError(400, f"Vector store with id ['{one}'] not found.", param="tools")
        words = set(re.findall(r"\w{4,}", question.casefold()))
        stored = [self.files.stored.get(file) for one in wanted for file in self.all[one].files]
        best = []
        for file in filter(None, stored):
            blocks = file.data.decode().split("\n\n")[1:]
            scored = [(len(words & set(re.findall(r"\w{4,}", b.casefold()))), b) for b in blocks]
            score, block = max(scored, default=(0, ""))
            best += [(score, file, block)] if score else []
        return [(file, block) for _, file, block in sorted(best, key=lambda one: -one[0])]

    async def _create(self, request: web.Request) -> web.Response:
        store = FakeStore((await request.json())["name"])
        self.all[store.id] = store
        return web.json_response(store.shown())

    async def _list(self, request: web.Request) -> web.Response:
        return page([one.shown() for one in self.all.values()], request.query)

    async def _retrieve(self, request: web.Request) -> web.Response:
        return web.json_response(self._asked(request).shown())

    async def _delete(self, request: web.Request) -> web.Response:
        gone = self.all.pop(self._asked(request).id)
        return web.json_response({"id": gone.id, "object": "vector_store.deleted", "deleted": True})

    async def _add(self, request: web.Request) -> web.Response:
        store, given = self._asked(request), (await request.json())["file_id"]
        data = self.files.find(given).data
        is_failed = self.unreadable is not None and self.unreadable in data
        entry = Entry(self.slow, "failed" if is_failed else "completed")
        store.files.setdefault(given, entry)
        return web.json_response(store.shown_file(given))

    async def _look(self, request: web.Request) -> web.Response:
        store, file = self._asked(request), request.match_info["file"]
        entry = found(store.files, file, "No file found with id '{}' in vector store.")
        shown = store.shown_file(file)
        entry.looks -= 1
        return web.json_response(shown)

    async def _remove(self, request: web.Request) -> web.Response:
        store, file = self._asked(request), request.match_info["file"]
        found(store.files, file, "No file found with id '{}' in vector store.")
        del store.files[file]
        gone = {"id": file, "object": "vector_store.file.deleted", "deleted": True}
        return web.json_response(gone)

    def _asked(self, request: web.Request) -> FakeStore:
        return found(self.all, request.match_info["id"], "Vector store with id ['{}'] not found.")
