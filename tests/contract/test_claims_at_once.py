"""Twelve of a staff in each of two processes want a hundred cards: of each step there is one."""

import asyncio
import subprocess
import sys
from collections import Counter
from dataclasses import replace

from storage.cards import SqlCards
from storage.database import Writable
from tests.contract.claiming import CARDS
from tests.contract.places import open_place
from tests.contract.test_cards import CARD


async def add_cards(where: str) -> None:
    database = await open_place(where)
    cards = SqlCards(Writable(database))
    for number in range(CARDS):
        await cards.add(replace(CARD, nonce=f"press {number}"))
    await database.close()  # type: ignore[attr-defined]


def test_each_claim_has_one_winner_and_who_gave_a_card_back_answers_it_no_more(
    where: str,
) -> None:
    asyncio.run(add_cards(where))
    commands = [[sys.executable, "-m", "tests.contract.claiming", where, name] for name in "ab"]
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands
    ]
    outputs = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    told = [line.split() for output in outputs for line in output.splitlines()]
    won = Counter((number, epoch) for what, number, epoch, _ in told if what == "claimed")
    assert len({number for number, _ in won}) == CARDS
    assert len(won) > CARDS  # some were handed back, and claimed once more
    assert set(won.values()) == {1}
    assert [line for line in told if line[0] == "late"] == []
