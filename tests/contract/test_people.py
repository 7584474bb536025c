"""What every storage keeps its word on about people: votes, and what is forgotten."""

from bot.core.answers import Answer
from bot.core.messages import ConversationKey, Vote
from bot.core.ports.storage import Kept, Storage
from bot.core.turns import Session
from tests.contract.talk import ADA, NOW, add, claim, converse, say


async def test_a_vote_is_kept_for_a_message_that_is_there(storage: Storage) -> None:
    message = say()
    await add(storage, message)
    for vote in Vote:
        assert await storage.people.vote(message.unique_key, "u1", vote, "because", NOW)
    assert not await storage.people.vote("test:unheard of", "u1", Vote.UP, "", NOW)


async def test_what_a_person_said_is_erased_within_a_scope(storage: Storage) -> None:
    conversation = await converse(
        storage, Answer("secret answer", remark="Cut off.", thoughts="secret")
    )
    await converse(storage, Answer("elsewhere"), key=ConversationKey("test", "other", "room"))
    await storage.sessions.save(conversation, "responses", Session("conv_1"), NOW)
    assert await storage.people.kept_of(ADA.id, "test:class") == [Kept("responses", "conv_1", ())]
    assert await storage.people.kept_of("u2", "test:class") == []
    assert await storage.people.erase("u2", "test:class") == 0
    assert await storage.people.erase(ADA.id, "test:class") == 1
    [erased] = await storage.looks.turns_in("test:class", 5)
    assert (erased.message.text, erased.answer, erased.message.author.name) == ("", None, "")
    assert await storage.sessions.current(conversation, "responses") is None
    _, number = await add(storage, say())
    turn = await claim(storage, conversation)
    assert (turn.id, await storage.turns.history(turn, 10)) == (number, [])
    assert len(await storage.looks.turns_in("test:other", 5)) == 1
