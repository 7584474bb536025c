"""OpenAI's vector stores: documents that a server of Responses searches itself."""

from openai.types import FileObject, VectorStore

from bot.backends.clients import Client
from bot.backends.openai_errors import expect, openai_errors
from bot.core.errors import BotError, RunLost, StoreLost
from bot.core.ports.loans import Lent

_STATES = {"completed": Lent.READY, "failed": Lent.FAILED, "cancelled": Lent.FAILED}


class VectorStores:
    def __init__(self, client: Client) -> None:
        self._client = client

    async def open(self, name: str) -> str:
        with openai_errors():
            async for store in self._client.vector_stores.list(limit=100):
                if store.name == name:
                    return store.id
            made = await self._client.vector_stores.create(name=name)
        return expect(made, VectorStore).id

    async def has(self, store: str) -> bool:
        try:
            with openai_errors(missing=RunLost):
                found = await self._client.vector_stores.retrieve(store)
        except _GONE:
            return False
        return expect(found, VectorStore).status != "expired"

    async def close_store(self, store: str) -> None:
        try:
            with openai_errors(missing=RunLost):
                await self._client.vector_stores.delete(store)
        except _GONE:
            return

    async def find(self, name: str) -> str | None:
        with openai_errors():
            async for file in self._client.files.list(purpose="assistants", limit=1000):
                if file.filename == name:
                    return file.id
        return None

    async def add(self, name: str, text: str) -> str:
        with openai_errors():
            content = (name, text.encode("utf-8", "replace"), "text/plain")
            made = await self._client.files.create(file=content, purpose="assistants")
        return expect(made, FileObject).id

    async def put(self, store: str, file: str) -> None:
        with openai_errors(missing=StoreLost):
            await self._client.vector_stores.files.create(store, file_id=file)

    async def state(self, store: str, file: str) -> Lent | None:
        try:
            with openai_errors(missing=RunLost):
                found = await self._client.vector_stores.files.retrieve(file, vector_store_id=store)
        except _GONE:
            return None
        return _STATES.get(found.status, Lent.UPLOADED)

    async def remove(self, store: str | None, file: str) -> None:
        """From its store first: what is deleted alone can be found there for a while."""
        files = self._client.vector_stores.files
        try:
            if store:
                with openai_errors(missing=RunLost):
                    await files.delete(file, vector_store_id=store)
        except _GONE:
            pass
        try:
            with openai_errors(missing=RunLost):
                await self._client.files.delete(file)
        except _GONE:
            return

    async def close(self) -> None:
        await self._client.close()


_GONE: tuple[type[BotError], ...] = (RunLost, StoreLost)
