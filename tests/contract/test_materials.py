"""What every storage keeps its word on about course material."""

from collections.abc import Sequence

import pytest

from bot.core.answers import Answer
from bot.core.erasures import Erasure
from bot.core.materials import Draft, Passage, Source, Unread
from bot.core.ports.storage import Storage
from bot.rules.retrieval import asked_words
from tests.contract.talk import NOW, add, claim, say

HERE = "test:class:general"
EXAM = Passage(text="The exam takes ninety minutes.", place="page 2", heading="Exams")
LATE = Passage(text="Late essays lose ten points a day.", place="page 3", heading="Essays › Late")


def draft(name: str = "Syllabus.pdf", scope: str = HERE, digest: str = "d1") -> Draft:
    return Draft(scope=scope, name=name, digest=digest, added_by="u1")


async def found(
    storage: Storage, question: str, scopes: Sequence[str] = (HERE,), limit: int = 5
) -> list[Source]:
    return list(await storage.materials.search(asked_words(question), scopes, limit))


async def test_a_passage_is_found_by_its_words_in_whichever_form(storage: Storage) -> None:
    await storage.materials.add(draft(), [EXAM, LATE], NOW)
    [source] = await found(storage, "What happens to a LATE essay?")
    assert (source.passage, source.title) == (LATE, "Syllabus.pdf, page 3")
    assert await found(storage, "Where is the library?") == []
    assert await storage.materials.search((), (HERE,), 5) == []


async def test_what_has_more_and_rarer_words_of_the_question_comes_first(storage: Storage) -> None:
    common = [Passage(text=f"An exam about topic {number} is long.") for number in range(20)]
    await storage.materials.add(draft(), [*common, EXAM], NOW)
    sources = await found(storage, "exam of ninety minutes", limit=3)
    assert sources[0].passage == EXAM
    assert len(sources) == 3


async def test_a_heading_counts_as_well_as_the_text_below_it(storage: Storage) -> None:
    there = Passage(text="Ten points a day.", heading="Overdue homework")
    await storage.materials.add(draft(), [EXAM, there], NOW)
    assert [one.passage for one in await found(storage, "overdue homework")] == [there]


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("期末考试在六月举行。", "考试什么时候举行?"),
        ("期末試験は六月に行います。", "期末試験はいつですか"),
    ],
)
async def test_chinese_and_japanese_are_found(storage: Storage, text: str, question: str) -> None:
    await storage.materials.add(draft(), [Passage(text=text), EXAM], NOW)
    assert [one.passage.text for one in await found(storage, question)] == [text]


@pytest.mark.parametrize("odd", ['"', "a-b:c*", "NEAR(x y)", "exam OR", "'; DROP", "\x00", "🦊"])
async def test_nothing_of_a_question_is_syntax(storage: Storage, odd: str) -> None:
    await storage.materials.add(draft(), [EXAM], NOW)
    await storage.materials.search([odd], [HERE], 5)
    assert len(await found(storage, f"{odd} exam")) == 1


@pytest.mark.parametrize("question", ["Welche Papiergröße?", "ein Programm", "Größen"])
async def test_german_is_found_in_other_forms_and_within_longer_words(
    storage: Storage, question: str
) -> None:
    text = "Das Paket fragt nach der Standardpapiergröße, die für die Programme gilt und bleibt."
    await storage.materials.add(draft(), [Passage(text=text), EXAM], NOW)
    assert [one.passage.text for one in await found(storage, question)] == [text]


async def test_a_heading_that_is_the_question_comes_before_many_of_its_words(
    storage: Storage,
) -> None:
    answer = Passage(text="Ask the office.", heading="Lost keys of lockers")
    others = [Passage(text="Keys of lockers, keys, lockers.", heading="Lockers")] * 9
    await storage.materials.add(draft(), [*others, answer], NOW)
    assert (await found(storage, "What of lost keys of lockers?"))[0].passage == answer


async def test_a_document_is_replaced_whole_by_one_of_its_name(storage: Storage) -> None:
    await storage.materials.add(draft(), [EXAM], NOW)
    await storage.materials.add(draft("Other.pdf"), [LATE], NOW)
    newer = Passage(text="The exam takes two hours.", place="page 2")
    await storage.materials.add(draft(digest="d2"), [newer], NOW + 1)
    document = await storage.materials.find(HERE, "Syllabus.pdf")
    assert document
    assert (document.version, document.digest, document.passages) == (2, "d2", 1)
    assert [one.passage for one in await found(storage, "exam")] == [newer]
    assert await found(storage, "ninety minutes") == []
    assert [one.name for one in await storage.materials.documents([HERE])] == [
        "Other.pdf",
        "Syllabus.pdf",
    ]


async def test_what_was_cited_of_an_older_version_can_be_shown(storage: Storage) -> None:
    message = say()
    _, turn = await add(storage, message)
    await storage.materials.add(draft(), [EXAM, LATE], NOW)
    [source] = await found(storage, "ninety minutes")
    await storage.materials.give(turn, [source.passage_id])
    await storage.materials.add(draft(digest="d2"), [LATE], NOW)
    await storage.materials.add(draft(digest="d3"), [LATE], NOW)
    [given] = await storage.materials.given(turn)
    assert (given.passage, given.version, given.number, given.is_replaced) == (EXAM, 1, 1, True)
    assert await found(storage, "ninety minutes") == []


async def test_what_a_turn_is_given_is_numbered_once(storage: Storage) -> None:
    _, turn = await add(storage, say())
    _, other = await add(storage, say())
    await storage.materials.add(draft(), [EXAM, LATE], NOW)
    [exam], [late] = await found(storage, "exam"), await found(storage, "essays")
    await storage.materials.give(turn, [late.passage_id])
    await storage.materials.give(turn, [exam.passage_id, late.passage_id])
    await storage.materials.give(turn, [exam.passage_id, 10_000])
    await storage.materials.give(turn, [])
    given = await storage.materials.given(turn)
    assert [(one.number, one.passage) for one in given] == [(1, LATE), (2, EXAM)]
    assert await storage.materials.given(other) == []


async def test_what_is_removed_is_gone_with_all_its_versions(storage: Storage) -> None:
    message = say()
    _, turn = await add(storage, message)
    await storage.materials.add(draft(), [EXAM], NOW)
    [source] = await found(storage, "exam")
    await storage.materials.give(turn, [source.passage_id])
    await storage.materials.add(draft(digest="d2"), [LATE], NOW)
    assert await storage.materials.remove(HERE, "Syllabus.pdf")
    assert not await storage.materials.remove(HERE, "Syllabus.pdf")
    assert await storage.materials.find(HERE, "Syllabus.pdf") is None
    assert await found(storage, "late essays exam") == []
    assert await storage.materials.given(turn) == []
    await storage.materials.add(draft(), [EXAM], NOW)
    assert [one.version for one in await found(storage, "exam")] == [1]


async def test_what_an_answer_names_is_shown_only_where_it_lies(storage: Storage) -> None:
    message = say()
    conversation, turn = await add(storage, message)
    await storage.materials.add(draft(), [EXAM, LATE], NOW)
    [exam], [late] = await found(storage, "exam"), await found(storage, "essays")
    await storage.materials.give(turn, [exam.passage_id, late.passage_id])
    assert await storage.materials.cited(message.unique_key, [HERE]) == []
    held = await claim(storage, conversation)
    await storage.turns.save(held.answered(Answer("Ninety minutes [1]."), NOW))
    cited = await storage.materials.cited(message.unique_key, [HERE, "test"])
    assert [one.passage for one in cited] == [EXAM]
    assert await storage.materials.cited(message.unique_key, ["test:class:other"]) == []


async def test_gaps_are_the_turns_below_whose_answers_something_was_remarked(
    storage: Storage,
) -> None:
    for text, remark in (("first", "*(gone)*"), ("second", ""), ("third", "♥ 3\n\n*(gone)*")):
        conversation, _ = await add(storage, say(text))
        held = await claim(storage, conversation)
        answer = Answer(f"words\n\n{remark}", remark=remark)
        answered = held.answered(answer, NOW)
        await storage.turns.save(answered)
        await storage.turns.save(answered.delivered(NOW))
    gaps = await storage.materials.gaps(HERE, "*(gone)*", 5)
    assert [turn.message.text for turn in gaps] == ["third", "first"]
    assert await storage.materials.gaps("test:class:other", "*(gone)*", 5) == []


async def test_settings_of_a_place_tell_whether_there_is_material(storage: Storage) -> None:
    scopes = [HERE, "test:class", "test"]
    assert await storage.choices.of(scopes) == []
    await storage.materials.add(draft(), [EXAM], NOW)
    assert [one.name for one in await storage.choices.of(scopes)] == ["material"]
    assert await storage.choices.of(["test:class:other", "test"]) == []
    await storage.materials.remove(HERE, "Syllabus.pdf")
    assert await storage.choices.of(scopes) == []


async def test_a_document_says_what_of_it_could_not_be_read(storage: Storage) -> None:
    unread = (Unread("page 7", "it has no text"),)
    one = Draft(scope=HERE, name="a", digest="d", address="https://a.example/", unread=unread)
    await storage.materials.add(one, [EXAM, LATE], NOW)
    [document] = await storage.materials.documents()
    assert (document.unread, document.address, document.added_at) == (
        unread,
        "https://a.example/",
        NOW,
    )
    assert await storage.materials.passages(document.id) == [EXAM, LATE]


async def test_a_long_document_is_kept_whole(storage: Storage) -> None:
    passages = [Passage(text=f"word{number}", place=f"page {number}") for number in range(257)]
    await storage.materials.add(draft(), passages, NOW)
    document = await storage.materials.find(HERE, "Syllabus.pdf")
    assert document
    assert await storage.materials.passages(document.id) == passages


async def test_who_is_erased_has_added_nothing_and_was_given_nothing(storage: Storage) -> None:
    conversation, turn = await add(storage, say())
    await storage.materials.add(draft(), [EXAM], NOW)
    [source] = await found(storage, "exam")
    await storage.materials.give(turn, [source.passage_id])
    held = await claim(storage, conversation)
    await storage.turns.save(held.cancelled(NOW))
    erasure = Erasure("test:class", "u1", ("Ada",), turn + 1, NOW)
    await storage.people.erase(erasure, "nobody", NOW)
    assert await storage.materials.given(turn) == []
    [document] = await storage.materials.documents([HERE])
    assert document.added_by == ""
