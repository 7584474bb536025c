"""What every storage keeps its word on about notes."""

from bot.core.erasures import Erasure
from bot.core.ports.notes import Note
from bot.core.ports.storage import Storage
from tests.contract.talk import ADA, NOW

HERS = f"test:class:{ADA.id}"
NEVER = 10**9


async def texts(storage: Storage, person: str) -> list[str]:
    return [note.text for note in await storage.notes.of(person)]


async def test_notes_are_one_persons_and_so_many(storage: Storage) -> None:
    for number, text in enumerate(("cats", "dogs", "cats")):
        assert await storage.notes.add(HERS, Note(text, NOW + number), most=2)
    assert not await storage.notes.add(HERS, Note("birds", NOW), most=2)
    assert await storage.notes.of(HERS) == [Note("dogs", NOW + 1), Note("cats", NOW + 2)]
    assert await texts(storage, f"{HERS}1") == []
    await storage.notes.drop(f"{HERS}1", "cats")
    await storage.notes.drop(HERS, "dogs")
    assert await texts(storage, HERS) == ["cats"]


async def test_notes_are_erased_with_a_person(storage: Storage) -> None:
    others = "test:class:u2"
    for person in (HERS, others, f"test:other:{ADA.id}"):
        await storage.notes.add(person, Note("a secret", NOW), most=5)
    wish = Erasure("test:class", ADA.id, (), NEVER, NOW)
    await storage.people.erase(wish, "nobody", NOW)
    assert await texts(storage, HERS) == []
    assert await texts(storage, others) == ["a secret"]
    assert await texts(storage, f"test:other:{ADA.id}") == ["a secret"]


async def test_notes_are_kept_no_longer_than_what_was_said(storage: Storage) -> None:
    for person in (HERS, "test:classes:u1"):
        await storage.notes.add(person, Note("old", NOW), most=5)
        await storage.notes.add(person, Note("new", NOW + 2), most=5)
    await storage.people.purge("test:class", (), NOW + 1)
    assert await texts(storage, HERS) == ["new"]
    await storage.people.purge("test", ("test:classes",), NOW + 3)
    assert await texts(storage, HERS) == []
    assert await texts(storage, "test:classes:u1") == ["old", "new"]
