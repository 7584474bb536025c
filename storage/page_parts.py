"""What stands on the page below a question: the `PageParts` port."""

import json
from collections.abc import Sequence

from bot.core.controls import Button
from bot.core.messages import Message
from bot.core.posts import PagePart
from storage.database import Fetch, Row

_PUT = """
INSERT INTO page_parts (turn_id, ref, text, controls, name)
SELECT id, :ref, :text, :controls, :name FROM turns WHERE message_key = :question
ON CONFLICT (turn_id, ref) DO UPDATE SET
    text = excluded.text, controls = excluded.controls, name = excluded.name
"""
_OF = "turn_id = (SELECT id FROM turns WHERE message_key = :question)"
_HAS = f"SELECT 1 AS found FROM page_parts WHERE ref = :ref AND {_OF}"
# What does not end as the answer does, such as one that tells an earlier one as well, stays.
_SETTLE = f"""
UPDATE page_parts SET text = ''
WHERE {_OF} AND EXISTS (
    SELECT 1 FROM turns WHERE turns.id = turn_id AND step = 'delivered' AND answer <> ''
    AND substr(page_parts.text, length(page_parts.text) - length(answer) + 1) = answer)
"""


class SqlPageParts:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def put(self, question: Message, part: PagePart) -> None:
        controls = [[one.label, one.command, one.words, one.emoji] for one in part.controls]
        values = {"question": question.unique_key, "ref": part.ref, "text": part.text}
        await self._fetch(_PUT, {**values, "controls": json.dumps(controls), "name": part.name})

    async def has(self, question: Message, ref: str) -> bool:
        values = {"question": question.unique_key, "ref": ref}
        return bool(await self._fetch(_HAS, values))

    async def settle(self, question: Message) -> None:
        await self._fetch(_SETTLE, {"question": question.unique_key})


def page_parts(rows: Sequence[Row], turn_id: int) -> tuple[PagePart, ...]:
    """Those of a turn."""
    return tuple(
        PagePart(row["ref"], row["text"], _buttons(row["controls"]), row["name"])
        for row in rows
        if row["turn_id"] == turn_id
    )


def _buttons(written: str) -> tuple[Button, ...]:
    names = ("label", "command", "words", "emoji")
    return tuple(Button(**dict(zip(names, one, strict=True))) for one in json.loads(written))
