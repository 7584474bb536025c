"""A process that spends for many people at once, each turn twice, as after a crash.

Called with the place of a database and the number of a process; it prints a line for each turn that
it was let have. One of the people asks far more than there is.
"""

import asyncio
import random
import sys

from bot.core.shares import Pace
from storage.database import Writable
from storage.shares import SqlShares
from tests.contract.places import open_place

PACE = Pace()
NOW = 1_800_000_000.0
PEOPLE, AT_ONCE = 200, 200
BUSY = 5 * PACE.most  # turns of the one


def wishes() -> list[tuple[str, int]]:
    return [
        *((f"p{number}", number) for number in range(PEOPLE)),
        *(("busy", PEOPLE + number) for number in range(BUSY)),
    ]


async def spend(shares: SqlShares, person: str, turn_id: int) -> None:
    purse = PACE.purse(1, person)
    for _ in range(2):
        used = await shares.spend(purse, turn_id, PACE.every, NOW)
    if used is not None:
        print(turn_id, flush=True)


async def main(place: str, process: str) -> None:
    database = await open_place(place)
    shares, room = SqlShares(Writable(database)), asyncio.Semaphore(AT_ONCE)
    todo = wishes()
    random.Random(process).shuffle(todo)  # noqa: S311

    async def one(person: str, turn_id: int) -> None:
        async with room:
            await spend(shares, person, turn_id)

    await asyncio.gather(*(one(*wish) for wish in todo))
    await database.close()  # type: ignore[attr-defined]


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
