"""What every storage keeps its word on about summaries."""

from dataclasses import replace

from bot.core.answers import Answer, Usage
from bot.core.erasures import Erasure
from bot.core.messages import Author, Message
from bot.core.ports.storage import Storage
from bot.core.summaries import SUM_UP
from bot.core.turns import Session
from tests.contract.talk import ADA, KEY, NOW, add, claim, converse, say

COST = 12_000_000_000  # more than fits into 32 bits


async def sum_up(storage: Storage, last: int, words: str) -> int:
    """A summary of all up to a turn; returns its conversation."""
    message = Message(KEY.sums(), f"sums-{last}", ADA, str(last), SUM_UP)
    receipt = await storage.turns.add(message, NOW - 100)
    turn = await claim(storage, receipt.conversation_id)
    answer = Answer(words, usage=Usage(50, cost=COST))
    await storage.turns.save(turn.answered(answer, NOW).delivered(NOW))
    return receipt.conversation_id


async def test_a_summary_stands_in_place_of_what_it_tells_of(storage: Storage) -> None:
    conversation = await converse(storage, *(Answer(f"answer {n}") for n in range(4)))
    _, number = await add(storage, say())
    turn = await claim(storage, conversation)
    second = (await storage.turns.history(turn, 10))[1].turn_id
    sums = await sum_up(storage, second, "All about one and two.")
    first, *rest = await storage.turns.history(turn, 10)
    assert (first.is_summary, first.turn_id, first.said_at) == (True, second, NOW - 100)
    assert "> All about one and two." in first.question
    assert [one.answer for one in rest] == ["answer 2", "answer 3"]
    summary = await storage.summaries.of(KEY)
    assert summary is not None
    assert (summary.words, summary.last) == ("All about one and two.", second)
    assert await storage.summaries.tried(conversation) == second
    sources = await storage.summaries.sources(rest[0].turn_id, 10)
    assert [one.answer for one in sources][1:] == ["answer 2"]
    used = await storage.looks.usage_of(conversation)
    assert (used.runs, used.cost, used.unpriced) == (5, COST, 4)
    await storage.sessions.save(sums, "responses", Session("conv_s"), NOW)
    await storage.summaries.leave_sessions(sums)
    assert [one.session for one in await storage.people.leftovers()] == ["conv_s"]
    await storage.sessions.begin_anew(conversation, number, NOW)
    assert await storage.summaries.of(KEY) is None


async def test_a_session_that_knows_less_than_the_summary_is_outdated(storage: Storage) -> None:
    conversation = await converse(storage, Answer("one"), Answer("two"))
    place = (conversation, "responses")
    await storage.sessions.save(*place, Session("conv_1", tokens=70), NOW)
    assert await storage.sessions.current(*place) == Session("conv_1", tokens=70)
    await sum_up(storage, 1, "All about one.")
    assert await storage.sessions.current(*place) == Session("conv_1", tokens=70, is_outdated=True)
    await storage.sessions.save(*place, Session("conv_2", since=1), NOW + 1)
    assert await storage.sessions.current(*place) == Session("conv_2", since=1)


async def test_a_summary_is_deleted_with_anybody_it_tells_of(storage: Storage) -> None:
    await converse(storage, Answer("one"))
    _, number = await add(storage, replace(say("mine"), author=Author("u2", "Bob")))
    await sum_up(storage, number, "Bob said: mine.")
    await storage.people.erase(Erasure("test", "u2", ("Bob",), number + 1, NOW), "x", NOW)
    assert await storage.summaries.of(KEY) is None
