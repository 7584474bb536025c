"""What every storage keeps its word on about aliases."""

from dataclasses import replace

from bot.core.aliases import Alias
from bot.core.answers import Answer
from bot.core.erasures import Erasure
from bot.core.named import Named
from bot.core.ports.storage import Storage
from tests.contract.talk import ADA, BOB, NOW, add, claim, say

HERS = f"test:class:{ADA.id}"


async def alias(storage: Storage) -> Alias:
    """In a conversation that there is."""
    receipt = await storage.turns.add(say("hello"), NOW)
    return Alias(
        course=1,
        conversation_id=receipt.conversation_id,
        subject=ADA.id,
        person=HERS,
        alias="Student K47",
        name="Ada",
        at=NOW,
    )


async def test_an_alias_stays_and_its_name_is_renewed(storage: Storage) -> None:
    hers = await alias(storage)
    await storage.aliases.add(hers)
    await storage.aliases.add(replace(hers, name="Ada L.", alias="Student X99", at=NOW + 9))
    assert list(await storage.aliases.of(hers.conversation_id)) == [replace(hers, name="Ada L.")]
    assert await storage.aliases.around(0) == []
    assert await storage.aliases.of(hers.conversation_id + 1) == []


async def test_each_course_has_its_own(storage: Storage) -> None:
    hers = await alias(storage)
    other = replace(hers, course=2, alias="Student B11")
    for one in (hers, other):
        await storage.aliases.add(one)
    [turn] = await storage.looks.open_turns(say("").key, 1)
    around = await storage.aliases.around(turn.id)
    assert around == await storage.aliases.of(hers.conversation_id)
    assert {one.alias for one in await storage.aliases.of(hers.conversation_id)} == {
        hers.alias,
        other.alias,
    }
    await storage.aliases.purge(2, NOW + 1)
    await storage.aliases.purge(1, NOW)
    assert list(await storage.aliases.of(hers.conversation_id)) == [hers]


async def test_what_is_deleted_of_a_person_leaves_no_alias(storage: Storage) -> None:
    hers = await alias(storage)
    bobs = replace(hers, subject="bob", person="test:class:bob", alias="Student B11")
    file = replace(hers, subject="file:F1", alias="file1.py", name="ada.py")
    for one in (hers, bobs, file):
        await storage.aliases.add(one)
    erasure = Erasure("test:class", ADA.id, ("Ada",), 10**6, NOW + 10)
    await storage.people.erase(erasure, "pseudonym", NOW + 11)
    assert list(await storage.aliases.of(hers.conversation_id)) == [bobs]


async def test_who_is_deleted_is_named_in_nobodys_message(storage: Storage) -> None:
    named = (Named("@Ada", ADA.id, "Ada"), Named("https://x", instead="(a link)"))
    await add(storage, say("hello"))
    asked = replace(say("@Ada, why?"), author=BOB, named=named)
    conversation, _ = await add(storage, asked)
    for _ in range(2):
        turn = await claim(storage, conversation)
        await storage.turns.save(turn.answered(Answer("so"), NOW).delivered(NOW))
    known = await storage.turns.message(asked.unique_key)
    assert known
    assert known.named == named
    erasure = Erasure("test:class", ADA.id, ("Ada",), 10**6, NOW + 10)
    await storage.people.erase(erasure, "pseudonym", NOW + 11)
    left = await storage.turns.message(asked.unique_key)
    assert left
    assert (left.named, left.author) == ((), BOB)
