"""What staff stand by keeps nobody's words who has had hers deleted."""

from dataclasses import replace

from bot.core.answers import Answer
from bot.core.courses import Course, Plan
from bot.core.endorsements import Endorsement
from bot.core.erasures import Erasure
from storage.store import Store
from tests.contract.talk import ADA, BOB, KEY, NOW, add, claim, say

HERS = "my shy zebra program crashes at line 40, why?"
TOLD = "*Answered by staff before: Tess, to “{}”*\n\nInitialise it."


async def endorsed(store: Store, question: str, *, told: bool = False) -> int:
    """Ada asked; staff stand by an answer, which Bob may have been told."""
    storage = store.storage
    course = await storage.courses.add(Course(name="CS 101", plan=Plan(), pseudonym_key="k"), NOW)
    await storage.courses.hold(course, str(KEY).removesuffix(":"))
    asked = [(ADA, HERS, "because")] + ([(BOB, "same", TOLD.format(question))] if told else [])
    for author, words, answer in asked:
        conversation, _ = await add(storage, replace(say(words), author=author))
        turn = await claim(storage, conversation)
        await storage.turns.save(turn.answered(Answer(answer), NOW).delivered(NOW))
    one = Endorsement(course=course, question=question, answer="Set it", by="t", name="Tess", at=0)
    await storage.endorsements.add(one)
    return course


async def erase(store: Store) -> None:
    erasure = Erasure("test:class", ADA.id, (), 10**9, NOW)
    await store.storage.people.erase(erasure, "pseudonym", NOW)


async def test_what_repeats_her_words_goes_with_these(store: Store) -> None:
    course = await endorsed(store, "Why: my shy zebra program crashes at line 40?", told=True)
    await erase(store)
    assert await store.storage.endorsements.of(course) == []
    turns = await store.storage.looks.turns_in("test:class", 9)
    assert not [turn for turn in turns if turn.answer and "zebra" in turn.answer.text]
    assert [turn for turn in turns if turn.answer and "Initialise it." in turn.answer.text]


async def test_what_staff_have_worded_anew_is_theirs_and_stays(store: Store) -> None:
    course = await endorsed(store, "Why does an unset variable end a program?")
    await erase(store)
    assert len(await store.storage.endorsements.of(course)) == 1


async def test_what_another_course_stands_by_stays(store: Store) -> None:
    await endorsed(store, HERS)
    elsewhere = await store.storage.courses.add(
        Course(name="CS 102", plan=Plan(), pseudonym_key="k"), NOW
    )
    await store.storage.courses.hold(elsewhere, "test:other")
    one = Endorsement(course=elsewhere, question=HERS, answer="x", by="t", name="T", at=0)
    await store.storage.endorsements.add(one)
    await erase(store)
    assert len(await store.storage.endorsements.of(elsewhere)) == 1
