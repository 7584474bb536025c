"""What every storage keeps its word on about what stands on the page."""

from collections.abc import Sequence

from bot.core.answers import Answer
from bot.core.controls import Button
from bot.core.erasures import Erasure
from bot.core.messages import Message
from bot.core.posts import PagePart
from storage.database import Writable
from storage.page_parts import SqlPageParts
from storage.store import Store
from tests.contract.talk import ADA, NOW, add, claim, say

STOP = Button(label="Stop", command="stop", words="x", emoji="🛑")


async def ask(store: Store, answer: str) -> tuple[Message, int]:
    question = say("draw")
    conversation, turn_id = await add(store.storage, question)
    turn = await claim(store.storage, conversation)
    await store.storage.turns.save(turn.answered(Answer(answer), NOW).delivered(NOW))
    return question, turn_id


async def shown(store: Store, turn_id: int) -> Sequence[PagePart]:
    view = await store.views.turn(turn_id)
    assert view is not None
    return view.parts


async def test_a_part_stands_there_as_it_was_put_last(store: Store) -> None:
    parts = SqlPageParts(Writable(store.database))
    question, turn_id = await ask(store, "no")
    await parts.put(question, PagePart("a", "draft"))
    await parts.put(question, PagePart("a", "draft \ud800", (STOP,)))
    await parts.put(question, PagePart("b", name="plot.png"))
    await parts.put(say("asked nowhere"), PagePart("a", "lost"))
    expected = [PagePart("a", "draft \\ud800", (STOP,)), PagePart("b", name="plot.png")]
    assert list(await shown(store, turn_id)) == expected
    assert [await parts.has(question, ref) for ref in ("a", "b", "c")] == [True, True, False]


async def test_what_the_row_of_the_turn_has_is_not_kept_twice(store: Store) -> None:
    parts = SqlPageParts(Writable(store.database))
    question, turn_id = await ask(store, "It is 4")
    await parts.put(question, PagePart("a", "> thoughts\n\nIt is 4", (STOP,)))
    await parts.put(question, PagePart("b", "It is 4\n\nAnd an earlier answer"))
    await parts.settle(question)
    kept = [(part.text, bool(part.controls)) for part in await shown(store, turn_id)]
    assert kept == [("", True), ("It is 4\n\nAnd an earlier answer", False)]


async def test_with_what_a_person_said_goes_what_stands_below_it(store: Store) -> None:
    parts = SqlPageParts(Writable(store.database))
    question, turn_id = await ask(store, "no")
    await parts.put(question, PagePart("a", "words"))
    erasure = Erasure("test:class", ADA.id, (ADA.name,), 10**6, NOW + 10)
    await store.storage.people.erase(erasure, "pseudonym", NOW + 11)
    assert list(await shown(store, turn_id)) == []
