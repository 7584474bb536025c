"""Shares under two processes, one of which is killed: none is spent twice, none beyond the last.

Without the key that makes a chain of them the same trial fails, and a test says so.
"""

import asyncio
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row

from bot.core.shares import Pace
from storage.database import Row
from storage.shares import SqlShares
from tests.contract.places import rows_at
from tests.contract.spending import PACE, PEOPLE
from tests.postgres import Postgres

Rows = Sequence[tuple[str, int, int, float]]

_ROWS = "SELECT person, n, turn_id, used FROM shares"


def begin(where: str, process: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.contract.spending", where, str(process)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def end(process: subprocess.Popen[str]) -> set[int]:
    """The turns it was let have."""
    output, _ = process.communicate()
    assert process.returncode == 0
    return {int(line) for line in output.split()}


def overspent(rows: Rows) -> list[str]:
    """What cannot be: a turn charged twice, a gap or a fork in a chain, more than there was."""
    chains = defaultdict(list)
    for person, n, _, used in rows:
        chains[person].append((n, used))
    faults = [
        f"{turn} twice" for turn, times in Counter(row[2] for row in rows).items() if times > 1
    ]
    for person, chain in chains.items():
        if sorted(n for n, _ in chain) != list(range(1, len(chain) + 1)):
            faults.append(f"{person}: no chain")
        if len(chain) > PACE.most or max(used for _, used in chain) > PACE.most * PACE.every:
            faults.append(f"{person}: {len(chain)} of {PACE.most}")
    return faults


def test_two_processes_of_which_one_is_killed_charge_each_turn_once(where: str) -> None:
    killed, other = begin(where, 1), begin(where, 2)
    assert killed.stdout is not None
    for _ in range(PEOPLE // 4):
        killed.stdout.readline()
    killed.kill()
    killed.communicate()
    again = begin(where, 1)
    assert len(end(other) | end(again)) == PEOPLE + PACE.most
    rows = rows_at(where, _ROWS)
    assert len(rows) == PEOPLE + PACE.most
    assert overspent(rows) == []


@pytest.mark.parametrize("is_chained", [True, False], ids=["with the key", "without it"])
async def test_the_key_is_what_keeps_two_from_spending_the_last(
    postgres: Postgres, *, is_chained: bool
) -> None:
    """The second asks while the first has asked and is not written down yet."""
    url, last = postgres.create_migrated(), Pace(most=1, every=60.0).purse(1, "p0")
    async with await connect(url) as first, await connect(url) as second:
        if not is_chained:
            await first.execute("ALTER TABLE shares DROP CONSTRAINT shares_pkey")
            await first.commit()
        assert await shares_over(first).spend(last, 1, 60.0, 0.0) is not None
        other = asyncio.create_task(shares_over(second).spend(last, 2, 60.0, 0.0))
        await asyncio.wait([other], timeout=0.2)
        await first.commit()
        assert (await other is None) is is_chained


async def connect(url: str) -> psycopg.AsyncConnection[DictRow]:
    """Read committed, one transaction until `commit`, as two statements at the same moment are."""
    return await psycopg.AsyncConnection.connect(url, row_factory=dict_row)


def shares_over(connection: psycopg.AsyncConnection[DictRow]) -> SqlShares:
    async def fetch(statement: str, values: Mapping[str, Any]) -> Sequence[Row]:
        written = re.sub(r"(?<!:):(\w+)", r"%(\1)s", statement)
        cursor = await connection.execute(written.encode(), values)
        return await cursor.fetchall() if cursor.description else []

    return SqlShares(fetch)
