"""Course material at the model's server, kept in step with what is here: beside all other work.

What is to be lent is written down before it is sent, and what is lent until it is gone there. So a
kill, or a server that is away, puts off only what is left; meanwhile material is found here.
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

import structlog

from bot.core.errors import BotError, StoreLost
from bot.core.materials import Document, Passage
from bot.core.ports.clock import Clock
from bot.core.ports.loans import Lent, Library, Loan
from bot.core.ports.storage import Storage

log = structlog.get_logger()

_PAUSE = 15.0  # seconds until it looks again
_KEY = "library"


class Lending:
    """`is_wished`: whether any assistant has its material searched there."""

    def __init__(
        self, storage: Storage, library: Library, clock: Clock, is_wished: Callable[[], bool]
    ) -> None:
        self._loans = storage.loans
        self._materials = storage.materials
        self._memos = storage.memos
        self._library = library
        self._clock = clock
        self._is_wished = is_wished

    async def run(self) -> None:
        """As long as the process lives."""
        while True:
            try:
                await self.finish()
            except BotError as error:
                log.warning("material_not_lent", error=type(error).__name__)
            except Exception:
                log.exception("lending_crashed")
            await asyncio.sleep(_PAUSE)

    async def finish(self) -> None:
        """One round; what was removed goes first. Raises the last error, after all was tried."""
        wanted = await self._wanted()
        failure: BotError | None = None
        await self._look_at_doubted()
        for loan in await self._loans.all():
            try:
                await (self._follow if loan.document_id in wanted else self._take_back)(loan)
            except BotError as error:
                failure = error
        known = {loan.document_id: loan.file for loan in await self._loans.all()}
        for document in wanted.values():
            try:
                if known.get(document.id) is None:
                    await self._lend(document, is_known=document.id in known)
            except BotError as error:
                failure = error
        await self._close_empty({document.scope for document in wanted.values()})
        if failure is not None:
            raise failure

    async def _wanted(self) -> Mapping[int, Document]:
        if not self._is_wished():
            return {}
        return {document.id: document for document in await self._materials.documents()}

    async def _look_at_doubted(self) -> None:
        """What lay in a store that is gone is lent anew."""
        stores = await self._loans.stores()
        for scope in await self._loans.doubted():
            if scope in stores and await self._library.has(stores[scope]):
                await self._loans.trust(scope)
            else:
                await self._forget_store(scope)

    async def _forget_store(self, scope: str) -> None:
        """Its files outlive it there: they go first."""
        for loan in await self._loans.all():
            if loan.scope == scope and loan.file:
                await self._library.remove(None, loan.file)
        await self._loans.drop_store(scope)

    async def _take_back(self, loan: Loan) -> None:
        """Gone there before it is forgotten here."""
        file = loan.file or await self._library.find(await self._name(loan.document_id))
        if file:
            await self._library.remove((await self._loans.stores()).get(loan.scope), file)
        await self._loans.drop(loan.document_id)

    async def _follow(self, loan: Loan) -> None:
        if loan.file is None or loan.state is not Lent.UPLOADED:
            return
        store = await self._store(loan.scope)
        state = await self._library.state(store, loan.file)
        if state is None:
            await self._put(loan.scope, store, loan.file)
        elif state is not loan.state:
            log.info("material_lent", scope=loan.scope, state=state)
            await self._loans.settle(loan.document_id, state)

    async def _lend(self, document: Document, *, is_known: bool) -> None:
        """`is_known`: it was about to be uploaded before, and may be there."""
        if not await self._loans.intend(document.id, document.scope, self._clock()):
            return
        try:
            name = await self._name(document.id)
            text = _as_text(document, await self._materials.passages(document.id))
            found = await self._library.find(name) if is_known else None
            file = found or await self._library.add(name, text)
        except BotError:
            await self._loans.release(document.id)
            raise
        await self._loans.settle(document.id, Lent.UPLOADED, file)
        await self._put(document.scope, await self._store(document.scope), file)
        scope, state = document.scope, Lent.UPLOADED
        await self._follow(Loan(document_id=document.id, scope=scope, file=file, state=state))

    async def _put(self, scope: str, store: str, file: str) -> None:
        try:
            await self._library.put(store, file)
        except StoreLost:
            await self._forget_store(scope)
            raise

    async def _store(self, scope: str) -> str:
        """Made under a name, so one whose id was lost is found again."""
        if known := (await self._loans.stores()).get(scope):
            return known
        made = await self._library.open(f"{await self._key()}-{_digest(scope)}")
        if await self._loans.keep_store(scope, made):
            return made
        kept = (await self._loans.stores())[scope]
        if kept != made:  # another process was faster
            await self._library.close_store(made)
        return kept

    async def _close_empty(self, scopes: set[str]) -> None:
        lent = {loan.scope for loan in await self._loans.all()}
        for scope, store in (await self._loans.stores()).items():
            if scope not in scopes | lent:
                await self._library.close_store(store)
                await self._loans.drop_store(scope)

    async def _name(self, document_id: int) -> str:
        """Says nothing, and is no other installation's with the same key for the server."""
        return f"{await self._key()}-{document_id}.txt"

    async def _key(self) -> str:
        if known := await self._memos.recall(_KEY):
            return known
        await self._memos.remember(_KEY, f"homeroom-{secrets.token_hex(8)}")
        return str(await self._memos.recall(_KEY))


def _as_text(document: Document, passages: Sequence[Passage]) -> str:
    """Passages with their places and headings, which are searched as well."""
    blocks = ["\n".join(filter(None, (one.place, one.heading, one.text))) for one in passages]
    return "\n\n".join([document.name, *blocks])


def _digest(scope: str) -> str:
    return sha256(scope.encode()).hexdigest()[:16]
