"""Settings that people choose for a scope."""

from collections.abc import Sequence

from bot.core.catalogue import MATERIAL, Binding
from storage.database import Fetch

_SAVE = """
INSERT INTO bindings (scope, name, value, bound_at) VALUES (:scope, :name, :value, :now)
ON CONFLICT (scope, name) DO UPDATE SET value = excluded.value, bound_at = excluded.bound_at
"""

_OF = f"""
SELECT scope, name, value, bound_at FROM bindings WHERE scope IN ({{scopes}})
UNION ALL
SELECT scope, '{MATERIAL}' AS name, '' AS value, max(added_at) AS bound_at FROM documents
WHERE is_current = 1 AND scope IN ({{scopes}}) GROUP BY scope
"""


class SqlChoices:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def save(self, scope: str, name: str, value: str, now: float) -> None:
        await self._fetch(_SAVE, {"scope": scope, "name": name, "value": value, "now": now})

    def refresh(self, scope: str) -> None:
        """Each look is a new one."""

    async def of(self, scopes: Sequence[str]) -> Sequence[Binding]:
        values = {f"scope{number}": scope for number, scope in enumerate(scopes)}
        marks = ", ".join(f":{mark}" for mark in values)
        return [Binding(**row) for row in await self._fetch(_OF.format(scopes=marks), values)]
