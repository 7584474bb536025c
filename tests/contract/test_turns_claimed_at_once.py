"""What is written down and claimed in one step, by whoever works alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.along import Along
from bot.core.answers import Answer
from bot.core.errors import StaleTurn
from bot.core.messages import Message
from bot.core.ports.storage import Storage
from bot.core.posts import Post
from bot.core.turns import Session, Turn
from tests.contract.conftest import Opener
from tests.contract.talk import NOW, claim, say

ALONG = Along(Session("s1", "c1"), NOW, {0: Post(way="here", intended_at=NOW)})


async def take(storage: Storage, message: Message) -> int:
    """The conversation's id."""
    return (await storage.turns.add(message, NOW, is_taken=True)).conversation_id


async def test_it_is_claimed_as_any_other(storage: Storage) -> None:
    message = say()
    receipt = await storage.turns.add(message, NOW, is_taken=True)
    turn = await claim(storage, receipt.conversation_id)
    assert turn == Turn(
        id=receipt.turn_id or 0,
        conversation_id=receipt.conversation_id,
        message=message,
        epoch=1,
        attempts=1,
        accepted_at=NOW,
    )
    await storage.turns.save(turn.cancelled(NOW))
    assert await storage.turns.claim(receipt.conversation_id, NOW) is None


async def test_it_is_held_by_whoever_claims_it(storage: Storage) -> None:
    conversation = await take(storage, say())
    old, new = await claim(storage, conversation), await claim(storage, conversation)
    with pytest.raises(StaleTurn):
        await storage.turns.save(old.cancelled(NOW))
    await storage.turns.save(new.cancelled(NOW))


async def test_what_comes_behind_another_waits_for_it(storage: Storage) -> None:
    first, second = say(), say()
    conversation = await take(storage, first)
    await take(storage, second)
    turn = await claim(storage, conversation)
    assert turn.message == first
    await storage.turns.save(turn.cancelled(NOW))
    assert (await claim(storage, conversation)).message == second


async def test_what_may_grow_waits(storage: Storage) -> None:
    conversation = await take(storage, replace(say(), may_grow=2.0))
    assert await storage.turns.claim(conversation, NOW) is None
    assert await storage.turns.claim(conversation, NOW + 2)


async def test_a_stop_in_between_stops_it(storage: Storage) -> None:
    conversation = await take(storage, say())
    await take(storage, say("", command="stop"))
    assert (await claim(storage, conversation)).is_stopped


async def test_withdrawn_in_between_it_is_nobodys(storage: Storage) -> None:
    message = say()
    conversation = await take(storage, message)
    assert await storage.turns.cancel(message.unique_key, NOW)
    assert await storage.turns.claim(conversation, NOW) is None


@pytest.mark.parametrize("how", ["replace", "complete"])
async def test_reworded_in_between_it_is_asked_in_its_new_words(storage: Storage, how: str) -> None:
    message = say()
    conversation = await take(storage, message)
    edited = replace(message, text="Better")
    turns = storage.turns
    assert await (turns.replace(edited, NOW) if how == "replace" else turns.complete(edited))
    assert (await claim(storage, conversation)).message == edited


async def test_the_next_process_claims_what_one_that_died_had_claimed(
    open_storage: Opener, tmp_path: Path
) -> None:
    message = say()
    async with open_storage(tmp_path) as storage:
        conversation = await take(storage, message)
    async with open_storage(tmp_path) as storage:
        turn = await claim(storage, conversation)
    assert (turn.message, turn.attempts) == (message, 1)


async def test_what_belongs_to_a_step_is_saved_with_it(storage: Storage) -> None:
    conversation = await take(storage, say())
    turn = (await claim(storage, conversation)).asked("tutor", "chat")
    answered = turn.answered(Answer("Hi"), NOW)
    await storage.turns.save(answered, ALONG)
    assert await storage.sessions.current(conversation, "chat") == Session("s1", "c1")
    assert await storage.posts.of(turn.id) == ALONG.posts
    stands = replace(ALONG.posts[0], ref="r1")
    await storage.turns.save(answered.delivered(NOW), Along(posts={0: stands}))
    assert await storage.posts.of(turn.id) == {0: stands}


async def test_what_belongs_to_a_step_that_is_nobodys_is_not_saved(storage: Storage) -> None:
    conversation = await take(storage, say())
    old = (await claim(storage, conversation)).asked("tutor", "chat")
    await claim(storage, conversation)
    with pytest.raises(StaleTurn):
        await storage.turns.save(old.answered(Answer("Hi"), NOW), ALONG)
    assert await storage.sessions.current(conversation, "chat") is None
    assert await storage.posts.of(old.id) == {}
