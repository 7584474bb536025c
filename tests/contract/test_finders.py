"""What each way of finding material keeps its word on, over each storage."""

import pytest

from bot.core.errors import BackendRefused, BackendUnavailable
from bot.core.materials import Draft, Passage
from bot.core.ports.finder import Finder
from bot.core.ports.storage import Storage
from bot.work.embedding import Embedding
from tests.contract.finders import FINDERS, Meanings
from tests.contract.talk import NOW

HERE = "test:class:general"
EXAM = Passage(text="The exam takes ninety minutes.", place="page 2", heading="Exams")
LATE = Passage(text="Late essays lose ten points.", place="page 3", heading="Late work")


@pytest.fixture
def meanings() -> Meanings:
    return Meanings({"overdue": "late", "papers": "essays"})


@pytest.fixture
def embedding(storage: Storage, meanings: Meanings) -> Embedding:
    return Embedding(storage.vectors, meanings, lambda: NOW)


@pytest.fixture(params=FINDERS)
def finder(request: pytest.FixtureRequest, storage: Storage, meanings: Meanings) -> Finder:
    return FINDERS[request.param](storage, meanings)


@pytest.fixture
def fused(storage: Storage, meanings: Meanings) -> Finder:
    return FINDERS["fused"](storage, meanings)


async def add(storage: Storage, *passages: Passage, name: str = "a", digest: str = "1") -> None:
    await storage.materials.add(Draft(scope=HERE, name=name, digest=digest), passages, NOW)


async def found(finder: Finder, question: str, scope: str = HERE) -> list[Passage]:
    return [one.passage for one in await finder.find(question, [scope])]


async def test_what_has_the_words_is_found_and_the_rest_is_not(
    storage: Storage, finder: Finder, embedding: Embedding
) -> None:
    await add(storage, EXAM, LATE)
    await embedding.finish()
    assert await found(finder, "How long is the exam?") == [EXAM]
    assert await found(finder, "Where is the library?") == []
    assert await found(finder, "and what now?") == []
    assert await finder.find("exam", []) == []


async def test_it_is_found_while_there_is_no_vector_yet(storage: Storage, finder: Finder) -> None:
    await add(storage, EXAM, LATE)
    assert await found(finder, "How long is the exam?") == [EXAM]


async def test_what_was_replaced_or_removed_is_not_found(
    storage: Storage, finder: Finder, embedding: Embedding
) -> None:
    await add(storage, EXAM, name="b")
    await add(storage, EXAM)
    await embedding.finish()
    await add(storage, LATE, digest="2")
    await storage.materials.remove(HERE, "b")
    assert await found(finder, "How long is the exam?") == []


async def test_no_more_is_found_than_fits(
    storage: Storage, finder: Finder, embedding: Embedding
) -> None:
    long = [Passage(text=f"The exam {number} " + "word " * 220) for number in range(9)]
    await add(storage, *long)
    await embedding.finish()
    assert 3 <= len(await found(finder, "exam word")) <= 5


async def test_what_means_the_same_is_found_without_its_words(
    storage: Storage, fused: Finder, embedding: Embedding
) -> None:
    await add(storage, EXAM, LATE)
    assert await found(fused, "overdue papers") == []
    await embedding.finish()
    assert await found(fused, "overdue papers") == [LATE]
    assert await found(fused, "overdue papers", "test:class:other") == []


async def test_without_a_server_the_words_have_to_do(
    storage: Storage, fused: Finder, embedding: Embedding, meanings: Meanings
) -> None:
    await add(storage, EXAM, LATE)
    await embedding.finish()
    meanings.lasts = 0
    assert await found(fused, "How long is the exam?") == [EXAM]
    assert await found(fused, "overdue papers") == []


async def test_stopped_half_way_it_goes_on_where_it_was(
    storage: Storage, embedding: Embedding, meanings: Meanings
) -> None:
    await add(storage, *(Passage(text=f"passage {number}") for number in range(100)))
    meanings.lasts = 2
    told: list[tuple[int, int]] = []
    with pytest.raises(BackendUnavailable):
        await embedding.finish(lambda *progress: told.append(progress))
    assert told == [(0, 100), (32, 100), (64, 100)]
    meanings.lasts = 10
    later = Embedding(storage.vectors, meanings, lambda: NOW + 61)
    await later.finish()
    assert await storage.vectors.progress("meanings") == (100, 100)
    texts = [text for batch in meanings.asked for text in batch]
    assert len(texts) == len(set(texts)) == 100


async def test_two_who_make_vectors_make_each_once(storage: Storage, embedding: Embedding) -> None:
    await add(storage, *(Passage(text=f"passage {number}") for number in range(50)))
    one = await storage.vectors.claim("meanings", 32, NOW)
    other = await storage.vectors.claim("meanings", 32, NOW)
    assert (len(one), len(other)) == (32, 18)
    await embedding.finish()
    assert await storage.vectors.progress("meanings") == (0, 50)
    assert len(await storage.vectors.claim("meanings", 99, NOW + 61)) == 50


async def test_one_that_is_refused_does_not_hold_up_the_others(
    storage: Storage, embedding: Embedding, meanings: Meanings
) -> None:
    await add(storage, EXAM, Passage(text="unspeakable"), LATE)
    await embedding.finish()
    assert await storage.vectors.progress("meanings") == (3, 3)
    asked = len(meanings.asked)
    await embedding.finish()
    assert len(meanings.asked) == asked
    vector = (await meanings.vectors_of(["late essays"]))[0]
    near = await storage.vectors.nearest("meanings", vector, [HERE], 9)
    assert [source.passage for source, _ in near] == [LATE, EXAM]


async def test_where_all_is_refused_nothing_is_given_up(
    storage: Storage, embedding: Embedding, meanings: Meanings
) -> None:
    await add(storage, EXAM)
    meanings.takes = False
    with pytest.raises(BackendRefused):
        await embedding.finish()
    meanings.takes = True
    await Embedding(storage.vectors, meanings, lambda: NOW + 61).finish()
    assert await storage.vectors.progress("meanings") == (1, 1)
    vector = (await meanings.vectors_of(["the exam"]))[0]
    assert len(await storage.vectors.nearest("meanings", vector, [HERE], 5)) == 1


async def test_another_model_makes_all_of_them_anew(
    storage: Storage, embedding: Embedding, meanings: Meanings
) -> None:
    await add(storage, EXAM)
    await embedding.finish()
    vector = (await meanings.vectors_of(["the exam"]))[0]
    assert await storage.vectors.nearest("another", vector, [HERE], 5) == []
    assert len(await storage.vectors.claim("another", 5, NOW)) == 1
    assert await storage.vectors.nearest("meanings", vector[:8], [HERE], 5) == []
