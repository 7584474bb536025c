"""What every storage keeps its word on about a course: what research is told, and its end."""

from dataclasses import replace

from bot.core.aliases import Alias
from bot.core.answers import Answer
from bot.core.cards import Card, Matter
from bot.core.courses import Course, Member, Plan
from bot.core.messages import Vote
from bot.core.ports.records import CourseQuestion
from bot.core.shares import Pace, Purse
from storage.store import Store
from tests.contract.talk import ADA, ELSEWHERE, KEY, NOW, add, claim, say

HERS = f"test:class:{ADA.id}"
END = NOW + 100


async def begun(store: Store) -> Course:
    """A course in one channel, with a question there and one elsewhere, by aliases."""
    storage, scope = store.storage, str(KEY).removesuffix(":")
    course = Course(name="CS 101", plan=Plan(ends_at=END), pseudonym_key="k")
    course = replace(course, id=await storage.courses.add(course, NOW), scopes=(scope,))
    await storage.courses.hold(course.id, scope)
    await storage.courses.enrol(Member(course=course.id, person=HERS))
    for key in (KEY, ELSEWHERE):
        question = say("why?", key)
        conversation, turn_id = await add(storage, question)
        turn = await claim(storage, conversation)
        await storage.turns.save(turn.answered(Answer("so"), NOW).delivered(NOW))
        await storage.aliases.add(
            Alias(
                course=course.id,
                conversation_id=conversation,
                subject=ADA.id,
                person=HERS,
                alias="Student K47",
                name="Ada",
                at=NOW,
            )
        )
        await storage.shares.spend(Pace().purse(course.id, HERS), turn_id, 180.0, NOW)
        await storage.shares.spend(Purse(course.id, "day:1970-01-01", 1e9), turn_id, 1.0, NOW)
    await storage.people.vote(question.unique_key, ADA.id, Vote.UP, "", NOW)
    await storage.cards.add(
        Card(
            course=course.id,
            matter=Matter.HUMAN,
            nonce="n",
            about=question.unique_key,
            place=str(ELSEWHERE),
            person=HERS,
        )
    )
    return course


async def test_research_is_told_what_students_asked_wherever_it_was(store: Store) -> None:
    course = await begun(store)
    asked = await store.records.asked_in(course.id)
    assert sorted(asked, key=lambda one: one.asked_human) == [
        CourseQuestion(HERS, NOW, "answer", None, None, asked_human=False),
        CourseQuestion(HERS, NOW, "answer", None, "up", asked_human=True),
    ]


async def test_its_end_leaves_nothing_of_it_and_all_of_others(store: Store) -> None:
    course, storage = await begun(store), store.storage
    conversation, _ = await add(storage, say("mine alone", replace(KEY, channel="own")))
    assert await storage.courses.end(course, ())
    assert await storage.courses.all() == []
    assert await storage.cards.of(HERS) == []
    assert await storage.courses.of_person(HERS) == []
    assert await storage.shares.used(Pace().purse(course.id, HERS), NOW) == 0
    assert not await storage.looks.turns_in(str(ELSEWHERE), 9)
    assert not await storage.looks.turns_in(str(KEY), 9)
    assert await storage.turns.claim(conversation, NOW)
    assert await storage.courses.end(course, ())  # once more


async def test_what_is_open_keeps_it_and_its_key(store: Store) -> None:
    course, storage = await begun(store), store.storage
    conversation, _ = await add(storage, say("and then?", ELSEWHERE))
    assert not await storage.courses.end(course, ())
    [left] = await storage.courses.all()
    assert left.pseudonym_key == "k"
    turn = await claim(storage, conversation)
    await storage.turns.save(turn.cancelled(NOW))
    assert await storage.courses.end(course, ())


async def test_where_another_course_is_held_it_stays(store: Store) -> None:
    course, storage = await begun(store), store.storage
    theirs = replace(KEY, channel="theirs")
    conversation, _ = await add(storage, say("theirs", theirs))
    turn = await claim(storage, conversation)
    await storage.turns.save(turn.answered(Answer("so"), NOW).delivered(NOW))
    course = replace(course, scopes=("test:class",))
    assert await storage.courses.end(course, ("test:class:theirs",))
    [left] = await storage.looks.turns_in("test:class", 9)
    assert left.message.text == "theirs"
