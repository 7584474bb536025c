"""What every storage keeps its word on about choices."""

from bot.core.ports.storage import Storage
from tests.contract.talk import NOW


async def test_the_newest_choice_for_a_scope_holds(storage: Storage) -> None:
    await storage.choices.save("slack:T1", "assistant", "poet", NOW)
    await storage.choices.save("slack:T1:C1", "assistant", "tutor", NOW)
    await storage.choices.save("slack:T1", "assistant", "painter", NOW + 1)
    scopes = ("slack:T1:C1:17.5", "slack:T1:C1", "slack:T1", "slack")
    await storage.choices.save("slack:T1", "stream", "off", NOW + 2)
    chosen = {"slack:T1:C1": "tutor", "slack:T1": "painter"}
    assert await storage.choices.of(scopes, "assistant") == chosen
    assert await storage.choices.of(("discord",), "assistant") == {}
