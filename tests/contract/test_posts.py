"""What every storage keeps its word on about posts."""

from bot.core.ports.storage import Storage
from tests.contract.talk import KEY, add, say


async def test_an_intent_to_post_is_kept_until_its_ref_is_known(storage: Storage) -> None:
    _, turn = await add(storage, say())
    _, other = await add(storage, say())
    assert await storage.posts.of(turn) == {}
    await storage.posts.intend(turn, 0)
    await storage.posts.save(turn, 0, "ref 0")
    await storage.posts.intend(turn, 1)
    assert await storage.posts.of(turn) == {0: "ref 0", 1: None}
    assert await storage.posts.of(other) == {}


async def test_an_intent_does_not_undo_a_post(storage: Storage) -> None:
    _, turn = await add(storage, say())
    await storage.posts.save(turn, 0, "ref 0")
    await storage.posts.intend(turn, 0)
    assert await storage.posts.of(turn) == {0: "ref 0"}


async def test_only_an_intent_can_be_dropped(storage: Storage) -> None:
    _, turn = await add(storage, say())
    for part in range(3):
        await storage.posts.intend(turn, part)
    await storage.posts.save(turn, 0, "ref 0")
    await storage.posts.drop(turn, 0)
    await storage.posts.drop(turn, 1)
    assert await storage.posts.of(turn) == {0: "ref 0", 2: None}


async def test_the_conversation_of_an_answer_is_found_by_its_ref_within_a_scope(
    storage: Storage,
) -> None:
    _, turn = await add(storage, say())
    await storage.posts.save(turn, 0, "C1:5")
    assert await storage.posts.conversation_of("test:class", "C1:5") == KEY
    assert await storage.posts.conversation_of("test:cla", "C1:5") is None
    assert await storage.posts.conversation_of("test:class", "C1:6") is None
