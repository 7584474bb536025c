"""A process in which twelve of a staff want each card at once, and some hand theirs back.

Called with the place of a database and the number of a process; it prints a line for each claim
that was won, and one for each late answer of a former holder that was taken.
"""

import asyncio
import random
import sys
from dataclasses import replace

from bot.core.cards import Stand
from storage.cards import SqlCards
from storage.database import Writable
from tests.contract.places import open_place

CARDS, STAFF = 100, 12
_HANDED_BACK = 0.5


async def want(cards: SqlCards, number: int, who: str, choice: random.Random) -> None:
    card = await cards.card(number)
    assert card is not None
    if card.stand is not Stand.OPEN:
        return
    held = await cards.step(replace(card, stand=Stand.CLAIMED, holder=who))
    if held is None:
        return
    print("claimed", number, held.epoch, who, flush=True)
    if choice.random() < _HANDED_BACK:
        await cards.step(replace(held, stand=Stand.OPEN, holder=""))
        if await cards.step(replace(held, stand=Stand.ANSWERED)):
            print("late", number, held.epoch, who, flush=True)


async def main(place: str, process: str) -> None:
    database = await open_place(place)
    cards, choice = SqlCards(Writable(database)), random.Random(process)  # noqa: S311

    async def work(who: str) -> None:
        todo = [*range(1, CARDS + 1)]
        choice.shuffle(todo)
        for number in todo:
            await want(cards, number, who, choice)

    await asyncio.gather(*(work(f"{process}/{one}") for one in range(STAFF)))
    await database.close()  # type: ignore[attr-defined]


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
