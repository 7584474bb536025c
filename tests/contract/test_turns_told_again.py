"""What every storage keeps its word on about messages that are edited, or told with more."""

from dataclasses import replace

import pytest

from bot.core.answers import Answer
from bot.core.errors import StaleTurn
from bot.core.messages import Attachment
from bot.core.ports.storage import Storage
from tests.contract.talk import NOW, add, claim, say

FILE = Attachment("F2", "a.txt", "text/plain", 5, "https://example.org/F2", "c/m")


async def test_only_a_message_that_nobody_answers_can_be_replaced(storage: Storage) -> None:
    message = replace(say("first words"), attachments=(FILE,))
    conversation, _ = await add(storage, message)
    second = replace(message, text="second words", attachments=())
    assert await storage.turns.replace(second, NOW)
    turn = await claim(storage, conversation)
    assert turn.message == second
    third = replace(message, text="third words")
    assert not await storage.turns.replace(third, NOW)
    await storage.turns.save(turn.submitting().again(9.0, "no", NOW))
    assert not await storage.turns.replace(third, NOW)
    assert not await storage.turns.replace(say("unheard of"), NOW)
    assert (await claim(storage, conversation, NOW + 10)).message.text == "second words"


async def test_a_message_that_waits_for_another_attempt_can_be_replaced(storage: Storage) -> None:
    message = say("first words")
    conversation, _ = await add(storage, message)
    turn = await claim(storage, conversation)
    await storage.turns.save(turn.prompted("Ada: first words", ()).again(9.0, "no", NOW))
    assert await storage.turns.replace(replace(message, text="", command="new"), NOW)
    turn = await claim(storage, conversation, NOW + 10)
    assert (turn.message.command, turn.prompt) == ("new", None)


async def test_a_message_may_wait_to_be_told_again_with_more(storage: Storage) -> None:
    message = say("look")
    conversation, _ = await add(storage, replace(message, may_grow=9.0))
    assert await storage.turns.claim(conversation, NOW) is None
    assert await storage.turns.complete(replace(message, attachments=(FILE,)))
    turn = await claim(storage, conversation)
    assert (turn.message.attachments, turn.epoch) == ((FILE,), 1)


async def test_a_message_waits_no_longer_when_it_was_told_again_with_nothing_more(
    storage: Storage,
) -> None:
    message = say("look")
    conversation, _ = await add(storage, replace(message, may_grow=9.0))
    await storage.turns.begin(message.unique_key)
    assert await storage.turns.claim(conversation, NOW)


async def test_who_answers_a_message_that_is_completed_has_lost_it(storage: Storage) -> None:
    message = say("look")
    conversation, number = await add(storage, message)
    turn = await claim(storage, conversation)
    await storage.turns.save(turn.submitting().running("run-1", NOW))
    assert await storage.turns.complete(replace(message, attachments=(FILE,)))
    assert await storage.turns.is_abandoned(number)
    with pytest.raises(StaleTurn):
        await storage.turns.save(turn.answered(Answer("Too early"), NOW))
    anew = await claim(storage, conversation)
    assert (anew.run, anew.is_submitted, anew.message.attachments) == (None, False, (FILE,))
    await storage.turns.save(anew.answered(Answer("Hi"), NOW))
    assert not await storage.turns.complete(message)


async def test_the_files_that_are_found_to_belong_to_a_question_are_kept(storage: Storage) -> None:
    message = replace(say("> Bob: look\n\nwhat is it?"), quoted="> Bob: look")
    conversation, _ = await add(storage, message)
    turn = await claim(storage, conversation)
    await storage.turns.save(turn.prompted("words", (FILE,)).again(0.0, "no", NOW))
    turn = await claim(storage, conversation)
    assert (turn.prompt, turn.message) == ("words", replace(message, attachments=(FILE,)))
