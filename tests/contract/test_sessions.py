"""What every storage keeps its word on about sessions."""

from bot.core.answers import Answer
from bot.core.ports.storage import Storage
from bot.core.turns import Session
from tests.contract.talk import ELSEWHERE, NOW, add, claim, converse, say


async def test_a_conversation_begun_anew_remembers_nothing_before_it(storage: Storage) -> None:
    conversation = await converse(storage, Answer("answer 1"))
    elsewhere = await converse(storage, Answer("answer 1"), key=ELSEWHERE)
    await storage.sessions.save(conversation, "chat", Session("s1"), NOW)
    await storage.sessions.save(elsewhere, "chat", Session("s2"), NOW)
    _, number = await add(storage, say(command="new"))
    await storage.sessions.begin_anew(conversation, number, NOW)
    new = await claim(storage, conversation)
    await storage.turns.save(new.answered(Answer("Begun."), NOW).delivered(NOW))
    assert await storage.sessions.current(conversation, "chat") is None
    await converse(storage, Answer("answer 2"))
    await add(storage, say())
    turn = await claim(storage, conversation)
    assert [exchange.answer for exchange in await storage.turns.history(turn, 10)] == ["answer 2"]

    await add(storage, say(key=ELSEWHERE))
    turn = await claim(storage, elsewhere)
    assert [exchange.answer for exchange in await storage.turns.history(turn, 10)] == ["answer 1"]
    assert await storage.sessions.current(elsewhere, "chat") == Session("s2")


async def test_a_session_is_kept_for_its_conversation_and_backend(storage: Storage) -> None:
    conversation, _ = await add(storage, say())
    other, _ = await add(storage, say(key=ELSEWHERE))
    await storage.sessions.save(conversation, "responses", Session("conv_1"), NOW)
    assert await storage.sessions.current(conversation, "responses") == Session("conv_1")
    assert await storage.sessions.current(conversation, "assistants") is None
    assert await storage.sessions.current(other, "responses") is None


async def test_the_cursor_of_a_session_moves(storage: Storage) -> None:
    conversation, _ = await add(storage, say())
    for cursor in ("item_1", "item_2"):
        await storage.sessions.save(conversation, "responses", Session("conv_1", cursor), NOW)
    assert await storage.sessions.current(conversation, "responses") == Session("conv_1", "item_2")


async def test_an_ended_session_makes_room_for_another(storage: Storage) -> None:
    conversation, _ = await add(storage, say())
    await storage.sessions.save(conversation, "responses", Session("conv_1"), NOW)
    await storage.sessions.end(conversation, NOW)
    assert await storage.sessions.current(conversation, "responses") is None
    await storage.sessions.save(conversation, "responses", Session("conv_2"), NOW)
    assert await storage.sessions.current(conversation, "responses") == Session("conv_2")
    await storage.sessions.end(conversation, NOW + 1)
    assert await storage.sessions.current(conversation, "responses") is None


async def test_the_newest_session_is_the_one_in_force(storage: Storage) -> None:
    conversation, _ = await add(storage, say())
    await storage.sessions.save(conversation, "responses", Session("conv_1"), NOW)
    await storage.sessions.save(conversation, "responses", Session("conv_2"), NOW + 1)
    await storage.sessions.save(conversation, "responses", Session("conv_1", "item_1"), NOW + 2)
    assert await storage.sessions.current(conversation, "responses") == Session("conv_2")
