"""What every storage keeps its word on about who looked at whose words."""

from bot.core.erasures import Erasure
from bot.core.ports.storage import Storage
from bot.core.sightings import Sighting
from tests.contract.talk import ADA, KEY, NOW, say

TOM = "test:class:tom"
MINUTE = NOW // 60 * 60


async def look(storage: Storage, viewer: str = TOM, at: float = NOW) -> None:
    """At all there is."""
    await storage.turns.add(say("hello"), NOW)
    await storage.sightings.note(viewer, viewer[-3:].title(), range(1, 20), at)


async def test_a_look_is_told_of_the_place_and_of_the_person(storage: Storage) -> None:
    await look(storage)
    sighting = Sighting(viewer=TOM, name="Tom", author_id=ADA.id, author_name=ADA.name, at=MINUTE)
    assert await storage.sightings.at(str(KEY), 9) == [sighting]
    assert await storage.sightings.of(ADA.id, "test:class", 9) == [sighting]
    assert await storage.sightings.of(ADA.id, "test:other", 9) == []
    assert await storage.sightings.of("tom", "test:class", 9) == []


async def test_looks_of_one_minute_are_one_and_the_newest_is_told_first(storage: Storage) -> None:
    for at in (NOW, NOW, NOW + 60):
        await look(storage, at=at)
    await storage.sightings.note(TOM, "Tom", [], NOW)
    told = await storage.sightings.at(str(KEY), 9)
    assert [one.at for one in told] == [MINUTE + 60, MINUTE]
    assert len(await storage.sightings.at(str(KEY), 1)) == 1


async def test_with_what_a_person_said_goes_who_looked_at_it(storage: Storage) -> None:
    await look(storage)
    erasure = Erasure("test:class", ADA.id, (ADA.name,), 10**6, NOW + 10)
    await storage.people.erase(erasure, "pseudonym", NOW + 11)
    assert await storage.sightings.of(ADA.id, "test:class", 9) == []
    assert await storage.sightings.at(str(KEY), 9) == []


async def test_that_somebody_looked_stays_without_her_name(storage: Storage) -> None:
    await look(storage)
    erasure = Erasure("test:class", "tom", ("Tom",), 10**6, NOW + 10)
    await storage.people.erase(erasure, "pseudonym", NOW + 11)
    [told] = await storage.sightings.at(str(KEY), 9)
    assert (told.viewer, told.name) == ("pseudonym", "")


async def test_looks_are_kept_no_longer_than_words(storage: Storage) -> None:
    await look(storage)
    await storage.people.purge("test", [], MINUTE)
    assert len(await storage.sightings.at(str(KEY), 9)) == 1
    await storage.people.purge("test", [], MINUTE + 1)
    assert await storage.sightings.at(str(KEY), 9) == []
