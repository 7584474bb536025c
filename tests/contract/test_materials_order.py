"""In which order either database finds.

The same on both: what is found at all; that a passage whose heading is the question comes first;
that one with more of its words, and with a rarer word, comes before one with fewer and common ones.
What may differ: the order among passages that have as much of a question, which is told by each
database's own way of weighing.
"""

import pytest

from bot.core.materials import Draft, Passage
from bot.core.ports.storage import Storage
from bot.rules.retrieval import asked_words
from tests.contract.talk import NOW

HERE = "test:class:general"
QUESTION = "How many points does a late essay lose?"
PASSAGES = {
    "the heading": Passage(text="It is ten.", heading="How many points a late essay does lose"),
    "all words": Passage(text="An essay that is late will lose many points, ten a day."),
    "most words": Passage(text="Points that essays lose are not given back by anybody here."),
    "a rare word": Passage(text="Trams are late on Mondays, says the timetable of the city."),
    "a common word": Passage(text="An essay has three parts, says the timetable of the term."),
    "none": Passage(text="The library closes at nine, says the timetable of the house."),
}
OTHERS = [Passage(text=f"Essay number {number} is about gardens.") for number in range(20)]


@pytest.fixture
async def order(storage: Storage) -> list[str]:
    draft = Draft(scope=HERE, name="a", digest="d")
    await storage.materials.add(draft, [*PASSAGES.values(), *OTHERS], NOW)
    found = await storage.materials.search(asked_words(QUESTION), [HERE], 50)
    names = {passage.text: name for name, passage in PASSAGES.items()}
    return [names.get(one.passage.text, "others") for one in found]


async def test_the_same_passages_are_found_on_either(order: list[str]) -> None:
    assert sorted(order) == sorted([*PASSAGES][:-1] + ["others"] * len(OTHERS))


async def test_headings_then_words_then_rare_ones_come_first_on_either(order: list[str]) -> None:
    assert order[:4] == [*PASSAGES][:4]


async def test_passages_alike_come_in_whichever_order_but_last(order: list[str]) -> None:
    assert {*order[4:]} == {"a common word", "others"}
