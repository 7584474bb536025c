"""By which sign parts were recognised, and whether each was rightly taken for one."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from adapters.discord.refs import Ref
from tests.chaos.houses import House
from tests.chaos.ledger import Loss, Wrong
from tests.chaos.stage import Stage
from tests.chaos.words import number_in
from tests.fakes.discord_things import Message

_REFS = """
SELECT t.text, p.ref, p.dead FROM posts p JOIN turns t ON t.id = p.turn_id
WHERE p.ref IS NOT NULL
"""
PART = 1 << 2  # of a message's flags: only parts of answers suppress embeds


def recognised(folder: Path) -> Counter[str]:
    """How many parts that may have been posted were found, by their sign."""
    signs: Counter[str] = Counter()
    for log in folder.glob("err.*"):
        for line in log.read_text("utf-8", "replace").splitlines():
            if '"part_recognised"' in line:
                signs[_by(line)] += 1
    return signs


def _by(line: str) -> str:
    try:
        return str(json.loads(line).get("by"))
    except ValueError:  # cut off by a full disk
        return "unreadable"


def superseded(house: House) -> set[str]:
    """The refs of messages that could not be edited any more: others were posted for them."""
    return {ref for _, _, dead in house.rows(_REFS) for ref in json.loads(dead)}


def audit_signs(house: House, stage: Stage) -> Sequence[Loss]:
    """On Discord: no part was edited into a notice, and none stands that nobody knows of."""
    rows = [row for row in house.rows(_REFS) if str(row[1]).startswith("message/")]
    return [*_misplaced(rows, stage), *_strays(rows, stage)]


def _misplaced(rows: Sequence[Sequence[str]], stage: Stage) -> Iterator[Loss]:
    """A notice stood before there was a turn: no ref of a part is one."""
    notices = {str(one.id) for one in _replies(stage) if not one.first_flags & PART}
    for text, ref, _ in rows:
        if Ref.parse(ref).message in notices:
            yield Loss(Wrong.MISPLACED, number_in(text) or 0, f"a notice was taken for it: {ref}")


def _strays(rows: Sequence[Sequence[str]], stage: Stage) -> Iterator[Loss]:
    """What stands in reply to a question is one of its parts, or a notice."""
    known = {Ref.parse(ref).message for row in rows for ref in (row[1], *json.loads(row[2])) if ref}
    for message in _replies(stage):
        if message.flags & PART and str(message.id) not in known:
            number = number_in(message.content) or 0
            yield Loss(Wrong.STRAY, number, f"{message.channel.name}: {message.id} is nobody's")


def _replies(stage: Stage) -> Iterator[Message]:
    for channel in [*stage.discord.channels.values()]:
        yield from (one for one in stage.discord.from_bot(channel) if one.reference)
