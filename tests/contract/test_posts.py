"""What every storage keeps its word on about posts."""

from dataclasses import replace

import pytest

from bot.core.errors import StaleTurn
from bot.core.ports.storage import Storage
from bot.core.posts import Post
from tests.contract.talk import ELSEWHERE, KEY, NOW, add, claim, say

INTENT = Post(way="there/reply", intended_at=NOW, dead=("an older ref",))


async def test_an_intent_to_post_is_kept_until_its_ref_is_known(storage: Storage) -> None:
    conversation, number = await add(storage, say())
    _, other = await add(storage, say())
    turn = await claim(storage, conversation)
    assert await storage.posts.of(number) == {}
    await storage.posts.intend(turn, 0, INTENT)
    await storage.posts.save(number, 0, "ref 0")
    await storage.posts.intend(turn, 1, INTENT)
    assert await storage.posts.of(number) == {0: replace(INTENT, ref="ref 0"), 1: INTENT}
    assert await storage.posts.of(other) == {}


async def test_a_part_that_is_posted_anew_is_in_doubt_again(storage: Storage) -> None:
    conversation, number = await add(storage, say())
    turn = await claim(storage, conversation)
    await storage.posts.save(number, 0, "ref 0")
    anew = (await storage.posts.of(number))[0].anew()
    await storage.posts.intend(turn, 0, anew)
    assert await storage.posts.of(number) == {0: Post(dead=("ref 0",))}


async def test_whoever_holds_a_turn_no_more_cannot_intend_to_post(storage: Storage) -> None:
    conversation, number = await add(storage, say())
    held = await claim(storage, conversation)
    again = await claim(storage, conversation)
    with pytest.raises(StaleTurn):
        await storage.posts.intend(held, 0, INTENT)
    await storage.turns.save(again.cancelled(NOW))
    with pytest.raises(StaleTurn):
        await storage.posts.intend(again, 0, INTENT)
    assert await storage.posts.of(number) == {}


async def test_only_an_intent_can_be_dropped(storage: Storage) -> None:
    conversation, number = await add(storage, say())
    turn = await claim(storage, conversation)
    for part in range(3):
        await storage.posts.intend(turn, part, INTENT)
    await storage.posts.save(number, 0, "ref 0")
    await storage.posts.drop(number, 0)
    await storage.posts.drop(number, 1)
    assert await storage.posts.of(number) == {0: replace(INTENT, ref="ref 0"), 2: INTENT}


async def test_the_conversation_of_an_answer_is_found_by_its_ref_within_a_scope(
    storage: Storage,
) -> None:
    _, turn = await add(storage, say())
    await storage.posts.save(turn, 0, "C1:5")
    assert await storage.posts.conversation_of("test:class", "C1:5") == KEY
    assert await storage.posts.conversation_of("test:cla", "C1:5") is None
    assert await storage.posts.conversation_of("test:class", "C1:6") is None


async def test_the_conversation_of_a_question_is_found_by_its_key_within_a_scope(
    storage: Storage,
) -> None:
    question, command = say(), replace(say(command="new"), key=ELSEWHERE)
    await add(storage, question)
    await storage.turns.add(command, NOW)
    found = storage.posts.conversation_of
    assert await found("test:class", "C1:5", question.unique_key) == KEY
    assert await found("test:cla", "C1:5", question.unique_key) is None
    assert await found("test:class", "C1:5", command.unique_key) is None


async def test_what_others_have_shown_in_a_conversation_is_known(storage: Storage) -> None:
    """Several turns may answer one question: none takes the reply of another for its own."""
    conversation, first = await add(storage, say())
    _, second = await add(storage, say())
    _, elsewhere = await add(storage, say(key=ELSEWHERE))
    turn = await claim(storage, conversation)
    for number in (first, second, elsewhere):
        await storage.posts.save(number, 0, f"ref {number}")
    assert turn.id == first
    assert await storage.posts.beside(turn) == {f"ref {second}"}
