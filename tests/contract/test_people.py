"""What every storage keeps its word on about people: votes, and what is forgotten."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest

from bot.core.answers import Answer
from bot.core.erasures import Erasure
from bot.core.errors import StaleTurn
from bot.core.messages import Author, ConversationKey, Vote
from bot.core.ports.storage import Kept, Storage
from bot.core.prompts import Exchange
from bot.core.turns import Session
from storage.database import Writable
from storage.store import Store
from storage.turns import SqlTurns
from tests.contract.talk import ADA, BOB, ELSEWHERE, KEY, NOW, add, claim, converse, say


async def test_a_vote_is_kept_for_a_message_that_is_there(storage: Storage) -> None:
    message = say()
    await add(storage, message)
    for vote in Vote:
        assert await storage.people.vote(message.unique_key, "u1", vote, "because", NOW)
    assert not await storage.people.vote("test:unheard of", "u1", Vote.UP, "", NOW)


SPACE = "test:class"
NEVER = 10**9


def erasure(person: str = ADA.id, last: int = NEVER) -> Erasure:
    return Erasure(SPACE, person, (), last, NOW)


async def erase(storage: Storage, wish: Erasure) -> int:
    return await storage.people.erase(wish, "nobody", NOW)


async def test_what_a_person_said_is_erased_within_a_space(storage: Storage) -> None:
    await converse(storage, Answer("secret answer", remark="Cut off.", thoughts="secret"))
    await converse(storage, Answer("elsewhere"), key=ConversationKey("test", "other", "room"))
    assert await erase(storage, erasure("u2")) == 0
    assert await erase(storage, erasure()) == 1
    [erased] = await storage.looks.turns_in(SPACE, 5)
    assert (erased.message.text, erased.answer) == ("", None)
    assert erased.message.author == Author("nobody", "")
    assert len(await storage.people.said_by(ADA.id, "test:other", 5)) == 1
    for wish in (erasure(), erasure("u2")):
        assert await storage.people.is_erased(wish)
    assert await storage.people.erasures() == []


async def test_what_is_open_is_cancelled_and_erased_with_the_rest(storage: Storage) -> None:
    conversation, _ = await add(storage, say("a secret"))
    held = await claim(storage, conversation)
    await erase(storage, erasure())
    with pytest.raises(StaleTurn):
        await storage.turns.save(held.answered(Answer("too late"), NOW))
    assert await storage.turns.is_abandoned(held.id)
    assert [turn.message.text for turn in await storage.looks.turns_in(SPACE, 5)] == [""]


async def test_the_request_itself_is_erased_once_it_is_answered(storage: Storage) -> None:
    await converse(storage, Answer("secret"))
    conversation, number = await add(storage, say("delete everything", command="privacy"))
    request = await claim(storage, conversation)
    wish = erasure(last=number)
    assert await erase(storage, wish) == 1
    assert not await storage.people.is_erased(wish)
    [left] = await storage.people.erasures()
    assert (left.person, left.names, left.last) == (ADA.id, (ADA.name,), number)
    await storage.turns.save(request.answered(Answer("Deleted."), NOW).delivered(NOW))
    await erase(storage, left)
    assert await storage.people.is_erased(left)
    assert await storage.people.said_by(ADA.id, SPACE, 5) == []


async def test_what_was_said_after_the_request_stays(storage: Storage) -> None:
    await converse(storage, Answer("before"))
    _, number = await add(storage, say("delete everything", command="privacy"))
    await add(storage, say("after"))
    await erase(storage, erasure(last=number))
    texts = [turn.message.text for turn in await storage.people.said_by(ADA.id, SPACE, 5)]
    assert texts == ["delete everything", "after"]


async def test_others_go_on_with_what_is_left_of_a_conversation(storage: Storage) -> None:
    await converse(storage, Answer("secret"))
    conversation, _ = await add(storage, replace(say("What is love?"), author=BOB))
    turn = await claim(storage, conversation)
    await storage.turns.save(turn.answered(Answer("A word."), NOW).delivered(NOW))
    await storage.sessions.save(conversation, "responses", Session("conv_1"), NOW)
    await erase(storage, erasure())
    assert await storage.sessions.current(conversation, "responses") is None
    assert await storage.people.leftovers() == [Kept("responses", "conv_1", ())]
    await storage.sessions.save(conversation, "responses", Session("conv_2"), NOW + 1)
    await erase(storage, erasure())
    assert await storage.sessions.current(conversation, "responses") == Session("conv_2")
    later = replace(turn, id=turn.id + 99)
    assert await storage.turns.history(later, 9) == [Exchange("What is love?", "A word.")]
    await storage.people.drop_leftover(Kept("responses", "conv_1", ()))
    assert await storage.people.leftovers() == []


async def test_what_others_asked_says_no_more_what_a_person_said(storage: Storage) -> None:
    await converse(storage, Answer("Hi"))
    quote = "> Ada: a secret\n\n"
    quoting = replace(say(f"{quote}Why?"), author=BOB, quoted=quote)
    for question in (quoting, replace(say("What does she mean?"), author=BOB)):
        conversation, _ = await add(storage, question)
        turn = await claim(storage, conversation)
        turn = turn.prompted("Ada: my secret\n\nBob: What does she mean?", ())
        await storage.turns.save(turn.answered(Answer("Nothing"), NOW).delivered(NOW))
    await erase(storage, erasure())
    said = [(turn.message.text, turn.prompt) for turn in await storage.looks.turns_in(SPACE, 5)]
    assert said == [("", None), ("Why?", None), ("What does she mean?", None)]
    assert await storage.people.is_erased(erasure())


async def test_a_persons_id_is_nowhere_any_more(storage: Storage) -> None:
    own = KEY.own(ADA.id)
    message = say("in private", own)
    conversation, _ = await add(storage, message)
    turn = await claim(storage, conversation)
    await storage.turns.save(turn.answered(Answer("Hi"), NOW).delivered(NOW))
    await storage.choices.save(str(own), "assistant", "poet", NOW)
    await storage.choices.save(SPACE, "assistant", "poet", NOW)
    await storage.people.vote(message.unique_key, ADA.id, Vote.UP, "", NOW)
    await storage.memos.remember(f"test:kept:{ADA.id}", "words")
    await storage.memos.remember(f"test:kept:{ADA.id}0", "another's")
    await erase(storage, erasure())
    assert not await storage.turns.knows(own)
    assert [one.scope for one in await storage.choices.of(own.scopes())] == [SPACE]
    assert await storage.memos.recall(f"test:kept:{ADA.id}") is None
    assert await storage.memos.recall(f"test:kept:{ADA.id}0") == "another's"


async def test_what_is_older_than_it_is_kept_is_purged_besides_narrower_scopes(
    storage: Storage,
) -> None:
    conversation = await converse(storage, Answer("old"))
    await storage.sessions.save(conversation, "responses", Session("conv_1"), NOW)
    kept = await converse(storage, Answer("kept"), key=ELSEWHERE)
    open_one, _ = await add(storage, say("open", ConversationKey("test", "class", "open")))
    assert await storage.people.purge(SPACE, [str(ELSEWHERE)], NOW) == 0
    assert await storage.people.purge(SPACE, [str(ELSEWHERE)], NOW + 1) == 1
    left = [turn.conversation_id for turn in await storage.looks.turns_in(SPACE, 5)]
    assert left == [kept, open_one]
    assert not await storage.turns.knows(KEY)
    assert await storage.people.leftovers() == [Kept("responses", "conv_1", ())]


async def test_a_token_is_dropped_once_its_platform_takes_it_no_more(storage: Storage) -> None:
    message = replace(say(), origin={"channel": "c", "token": "secret"})
    conversation, _ = await add(storage, message)
    turn = await claim(storage, conversation)
    await storage.turns.drop_tokens(0.0, NOW + 1)
    assert await storage.turns.message(message.unique_key) == message
    await storage.turns.save(turn.answered(Answer("Hi"), NOW).delivered(NOW))
    await storage.turns.drop_tokens(0.0, NOW)
    assert await storage.turns.message(message.unique_key) == message
    await storage.turns.drop_tokens(0.0, NOW + 1)
    found = await storage.turns.message(message.unique_key)
    assert found
    assert found.origin == {"channel": "c"}


async def test_a_token_is_sealed_where_it_is_kept_and_whoever_answers_reads_it(
    store: Store, opening: Callable[[], AbstractAsyncContextManager[Store]]
) -> None:
    turns = store.storage.turns
    origin = {"channel": "c", "token": "planted-token", "response_url": "https://hooks/planted"}
    message = replace(say(), origin=origin)
    conversation, _ = await add(store.storage, message)
    await turns.replace(replace(message, text="edited"), NOW)
    turn = await claim(store.storage, conversation)
    await turns.save(turn.again(0.0, "later", NOW))
    [kept] = await store.database.fetch("SELECT details FROM turns", {})
    assert "planted" not in kept["details"]
    async with opening() as other:  # another process, or the next one
        again = await claim(other.storage, conversation)
    assert (turn.message.origin, again.message.origin) == (origin, origin)


async def test_what_no_key_opens_is_as_if_it_had_never_been_told(store: Store) -> None:
    message = replace(say(), origin={"channel": "c", "token": "planted"})
    await add(store.storage, message)
    await store.storage.memos.remember("sealing:key", "another installation's")
    found = await SqlTurns(Writable(store.database)).message(message.unique_key)
    assert found
    assert found.origin == {"channel": "c"}
