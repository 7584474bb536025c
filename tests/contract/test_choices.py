"""What every storage keeps its word on about choices."""

from bot.core.ports.storage import Storage
from tests.contract.talk import NOW


async def test_the_newest_choice_for_a_scope_holds(storage: Storage) -> None:
    await storage.choices.save("slack:T1", "assistant", "poet", NOW)
    await storage.choices.save("slack:T1:C1", "assistant", "tutor", NOW)
    await storage.choices.save("slack:T1", "assistant", "painter", NOW + 1)
    scopes = ("slack:T1:C1:17.5", "slack:T1:C1", "slack:T1", "slack")
    await storage.choices.save("slack:T1", "stream", "off", NOW + 2)
    found = await storage.choices.of(scopes)
    assert {(one.scope, one.name): (one.value, one.bound_at) for one in found} == {
        ("slack:T1:C1", "assistant"): ("tutor", NOW),
        ("slack:T1", "assistant"): ("painter", NOW + 1),
        ("slack:T1", "stream"): ("off", NOW + 2),
    }
    assert await storage.choices.of(("discord",)) == []
