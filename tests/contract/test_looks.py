"""What every storage keeps its word on about looks."""

from dataclasses import replace

from bot.core.answers import Answer, Kind
from bot.core.digests import Asking
from bot.core.messages import Author, ConversationKey, Vote
from bot.core.ports.storage import Storage, Used
from bot.core.shares import Purse
from tests.contract.talk import ADA, ELSEWHERE, KEY, NOW, USAGE, add, converse, say


async def test_usage_is_the_sum_of_the_answers_of_a_conversation(storage: Storage) -> None:
    conversation = await converse(
        storage,
        Answer("one", usage=USAGE),
        Answer("two", usage=USAGE),
        Answer("three"),
        Answer("I could not.", Kind.NOTICE),
        None,
    )
    elsewhere = await converse(storage, Answer("one", usage=USAGE), key=ELSEWHERE)
    assert await storage.looks.usage_of(conversation) == Used(3, 1, 200, 80, 40, 20, 10, unpriced=3)
    assert await storage.looks.usage_of(elsewhere) == Used(1, 0, 100, 40, 20, 10, 5, unpriced=1)
    assert await storage.looks.usage_of(99) == Used()


async def test_what_a_person_has_used_is_counted_within_a_scope(storage: Storage) -> None:
    near = ConversationKey("test", "class_", "%")
    await converse(storage, Answer("a", usage=USAGE), key=near)
    await converse(storage, Answer("a", usage=USAGE), key=ConversationKey("test", "class_x", "%"))
    used = Used(1, 0, 100, 40, 20, 10, 5, unpriced=1)
    assert await storage.looks.usage_of_person("test:class_", ADA.id) == used
    assert await storage.looks.usage_of_person(str(near), ADA.id) == used
    assert (await storage.looks.usage_of_person("test", ADA.id)).runs == 2
    assert await storage.looks.usage_of_person("test", "u2") == Used()


async def test_the_open_turns_of_a_conversation_are_shown_in_order(storage: Storage) -> None:
    await converse(storage, Answer("a"))
    _, first = await add(storage, say("waits"))
    _, second = await add(storage, say("waits longer"))
    await add(storage, say("elsewhere", ELSEWHERE))
    shown = await storage.looks.open_turns(KEY, 10)
    assert [turn.id for turn in shown] == [first, second]
    assert [turn.message.text for turn in await storage.looks.open_turns(KEY, 1)] == ["waits"]


async def test_the_newest_turns_of_a_scope_are_shown_in_order(storage: Storage) -> None:
    await converse(storage, Answer("a"), Answer("b"))
    await converse(storage, Answer("c"), key=ELSEWHERE)
    await converse(storage, Answer("d"), key=ConversationKey("test", "class2", "room"))
    shown = await storage.looks.turns_in("test:class", 2)
    assert [turn.answer and turn.answer.text for turn in shown] == ["b", "c"]
    assert len(await storage.looks.turns_in("test", 10)) == 4
    assert await storage.looks.turns_in("test:cla", 10) == []


async def test_what_a_person_asked_before_is_counted_within_a_time(storage: Storage) -> None:
    await storage.turns.add(say(), NOW - 100)
    await storage.turns.add(say(command="help"), NOW)
    await storage.turns.add(replace(say(), author=Author("u2", "Bob")), NOW)
    await storage.turns.add(say(), NOW)
    conversation, _ = await add(storage, say("now"))
    last = (await storage.looks.open_turns(KEY, 10))[-1]
    assert last.conversation_id == conversation
    assert await storage.looks.asked(last, "gone", "test:class", NOW - 10, 5) == [NOW]
    assert await storage.looks.asked(last, "gone", "test:class", 0.0, 5) == [NOW, NOW - 100]
    assert await storage.looks.asked(last, "gone", "test:class", 0.0, 1) == [NOW]
    assert await storage.looks.asked(last, "gone", "test:other", 0.0, 5) == []


async def test_where_somebody_last_asked_is_found_within_a_scope(storage: Storage) -> None:
    await add(storage, say())
    await storage.turns.add(say(key=ELSEWHERE), NOW + 1)
    await storage.turns.add(say(command="new"), NOW + 2)
    assert await storage.looks.last_asked("test:class", ADA.id) == ELSEWHERE
    assert await storage.looks.last_asked(KEY.scopes()[1], ADA.id) == KEY
    assert await storage.looks.last_asked("test:class", "u2") is None
    assert await storage.looks.last_asked("test:another", ADA.id) is None


async def test_what_was_spent_is_told_by_model_since_a_time_of_all_or_of_one(
    storage: Storage,
) -> None:
    await converse(
        storage, Answer("a", model="m", usage=USAGE), Answer("b", model="n", usage=USAGE)
    )
    await converse(storage, Answer("c", model="m", usage=USAGE), key=ELSEWHERE)
    both = await storage.looks.spent("test", 0.0, None)
    assert {one.model: one.input_tokens for one in both} == {"m": 200, "n": 100}
    [here, _] = sorted(
        await storage.looks.spent(str(KEY), 0.0, ADA.id), key=lambda one: one.model or ""
    )
    assert (here.model, here.output_tokens) == ("m", USAGE.output_tokens)
    assert await storage.looks.spent("test", 0.0, "u2") == []
    assert await storage.looks.spent("test", NOW + 1e6, None) == []


async def test_what_was_asked_in_a_course_is_what_a_heart_was_taken_for(storage: Storage) -> None:
    """Whoever pays nothing is of its staff; the course's own money is nobody's question."""
    asked = [say("one"), say("two"), say("of the staff")]
    first, second, _ = [(await add(storage, one))[1] for one in asked]
    for person, turn in (("test:u1", first), ("test:u2", second), ("day:2026-11-28", first)):
        await storage.shares.spend(Purse(1, person, 10.0), turn, 1.0, NOW)
    await storage.shares.spend(Purse(2, "test:u1", 10.0), second, 1.0, NOW)
    await storage.people.vote(asked[1].unique_key, "u1", Vote.DOWN, "", NOW)
    one = Asking("test:u1", "one", is_unanswered=False, is_bad=False)
    two = Asking("test:u2", "two", is_unanswered=False, is_bad=True)
    assert await storage.looks.asked_in(1, 0.0, NOW * 2) == [one, two]
    assert await storage.looks.asked_in(1, NOW * 2, NOW * 3) == []
    assert ADA.name in await storage.looks.names()
