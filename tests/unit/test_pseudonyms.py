"""Nobody who has the list of members has the names that the model's server is told."""

from bot.core.messages import Author, ConversationKey, Message
from bot.work.pseudonyms import Pseudonyms
from tests.fakes.memory import FakeMemory


def _message(person: str = "U1", space: str = "T1") -> Message:
    return Message(ConversationKey("slack", space, "C1"), "m", Author(person, "Ada"), "Hi")


async def test_a_name_is_stable_across_restarts_and_processes_and_its_own_in_each_space() -> None:
    memory = FakeMemory()
    first, second = Pseudonyms(memory), Pseudonyms(memory)
    name = await first.of(_message())
    assert name == await second.of(_message())
    assert len({name, await first.of(_message("U2")), await first.of(_message(space="T2"))}) == 3
    assert len(name) == 64


async def test_another_installation_knows_a_person_by_another_name() -> None:
    one, other = Pseudonyms(FakeMemory()), Pseudonyms(FakeMemory())
    assert await one.of(_message()) != await other.of(_message())
