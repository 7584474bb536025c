"""Course material that lies at the model's server as well: the `Loans` port."""

from collections.abc import Mapping, Sequence

from bot.core.materials import Source
from bot.core.ports.loans import Lent, Loan
from storage.database import Fetch
from storage.fulltext import FOUND, VISIBLE, source_from, within

_PATIENCE = 600.0  # seconds for an upload

_STORES = "SELECT scope, store FROM stores"
_KEEP = """
INSERT INTO stores (scope, store) VALUES (:scope, :store)
ON CONFLICT (scope) DO NOTHING RETURNING scope
"""
_DROP_STORE = "DELETE FROM stores WHERE scope = :scope"
_DROP_LOANS = "DELETE FROM loans WHERE scope = :scope"
_DOUBT = "UPDATE stores SET is_sure = 0"
_DOUBTED = "SELECT scope FROM stores WHERE is_sure = 0"
_TRUST = "UPDATE stores SET is_sure = 1 WHERE scope = :scope"
_ALL = "SELECT document_id, scope, file, state FROM loans ORDER BY document_id"
_INTEND = """
INSERT INTO loans (document_id, scope, state, claimed_at)
VALUES (:document_id, :scope, 'intended', :now)
ON CONFLICT (document_id) DO UPDATE SET claimed_at = excluded.claimed_at
WHERE loans.file IS NULL AND loans.claimed_at < :before
RETURNING document_id
"""
_RELEASE = "UPDATE loans SET claimed_at = 0 WHERE document_id = :document_id AND file IS NULL"
_SETTLE = """
UPDATE loans SET state = :state, file = coalesce(:file, file) WHERE document_id = :document_id
"""
_DROP = "DELETE FROM loans WHERE document_id = :document_id"
# Nothing of these scopes is missing there, and nothing is there that is here no more.
_REACHABLE = f"""
SELECT store FROM stores WHERE scope IN ({{scopes}})
  AND scope IN (SELECT scope FROM loans)
  AND NOT EXISTS (SELECT 1 FROM stores WHERE is_sure = 0 AND scope IN ({{scopes}}))
  AND NOT EXISTS (SELECT 1 FROM documents d WHERE {VISIBLE}
                  AND d.id NOT IN (SELECT document_id FROM loans WHERE state = 'ready'))
  AND NOT EXISTS (SELECT 1 FROM loans WHERE scope IN ({{scopes}})
                  AND document_id NOT IN (SELECT d.id FROM documents d WHERE {VISIBLE}))
ORDER BY scope
"""
_PASSAGES = f"""{FOUND.format(number="0")}
FROM loans JOIN documents d ON d.id = loans.document_id JOIN passages p ON p.document_id = d.id
WHERE loans.file = :file AND {VISIBLE} ORDER BY p.id
"""


class SqlLoans:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def stores(self) -> Mapping[str, str]:
        return {row["scope"]: row["store"] for row in await self._fetch(_STORES, {})}

    async def keep_store(self, scope: str, store: str) -> bool:
        return bool(await self._fetch(_KEEP, {"scope": scope, "store": store}))

    async def drop_store(self, scope: str) -> None:
        for statement in (_DROP_LOANS, _DROP_STORE):
            await self._fetch(statement, {"scope": scope})

    async def doubt(self) -> None:
        await self._fetch(_DOUBT, {})

    async def doubted(self) -> Sequence[str]:
        return [row["scope"] for row in await self._fetch(_DOUBTED, {})]

    async def trust(self, scope: str) -> None:
        await self._fetch(_TRUST, {"scope": scope})

    async def all(self) -> Sequence[Loan]:
        rows = await self._fetch(_ALL, {})
        return [Loan(**{**row, "state": Lent(row["state"])}) for row in rows]

    async def intend(self, document_id: int, scope: str, now: float) -> bool:
        values = {"document_id": document_id, "scope": scope, "now": now}
        return bool(await self._fetch(_INTEND, {**values, "before": now - _PATIENCE}))

    async def release(self, document_id: int) -> None:
        await self._fetch(_RELEASE, {"document_id": document_id})

    async def settle(self, document_id: int, state: Lent, file: str | None = None) -> None:
        await self._fetch(_SETTLE, {"document_id": document_id, "state": state, "file": file})

    async def drop(self, document_id: int) -> None:
        await self._fetch(_DROP, {"document_id": document_id})

    async def reachable(self, scopes: Sequence[str]) -> Sequence[str]:
        marks, values = within(scopes)
        rows = await self._fetch(_REACHABLE.format(scopes=marks), values) if scopes else ()
        return [row["store"] for row in rows]

    async def passages(self, file: str, scopes: Sequence[str]) -> Sequence[Source]:
        marks, values = within(scopes)
        if not scopes:
            return ()
        rows = await self._fetch(_PASSAGES.format(scopes=marks), {**values, "file": file})
        return [source_from(row) for row in rows]
