"""What turns cost, run by run."""

from collections.abc import Sequence
from typing import Any

from bot.core.turns import Run
from storage.columns import USAGE, usage_from
from storage.database import Fetch, Row
from storage.statements import EVERY_RUN

_PLAIN = ("step", "run", "session", "backend", "model")
_NAMES = (*_PLAIN, *USAGE)

_SAVE = f"""
INSERT INTO runs (turn_id, {", ".join(_NAMES)})
VALUES (:turn_id, {", ".join(f":{name}" for name in _NAMES)})
ON CONFLICT (turn_id, step) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name in _NAMES[1:])}
"""
_OF = f"SELECT * FROM {EVERY_RUN} WHERE turn_id = :turn_id ORDER BY step"


class SqlRuns:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def save(self, turn_id: int, run: Run) -> None:
        values: dict[str, Any] = {name: getattr(run, name) for name in _PLAIN}
        values |= {name: getattr(run.usage, name, None) for name in USAGE}
        await self._fetch(_SAVE, {**values, "turn_id": turn_id})

    async def of(self, turn_id: int) -> Sequence[Run]:
        return [_run_from(row) for row in await self._fetch(_OF, {"turn_id": turn_id})]


def _run_from(row: Row) -> Run:
    return Run(**{name: row[name] for name in _PLAIN}, usage=usage_from(row))
