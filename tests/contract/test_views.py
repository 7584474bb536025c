"""What every storage keeps its word on about what is looked at."""

from dataclasses import replace

import pytest

from bot.core.answers import Answer, Kind, Status
from bot.core.messages import Attachment, Author
from bot.core.ports.records import Choice
from bot.core.ports.views import Dimension, Views
from storage.store import Store
from tests.contract.talk import ADA, ELSEWHERE, KEY, NOW, USAGE, add, converse, say

BOB = Author("u2", "Bob <b>")


@pytest.fixture
def views(store: Store) -> Views:
    return store.views


async def test_an_empty_database_shows_nothing(views: Views) -> None:
    assert (await views.queue()).open == {}
    assert (await views.queue()).oldest_at is None
    assert list(await views.waiting(10)) == []
    assert list(await views.ended(0.0, 10)) == []
    assert (await views.found("x", None, 10)).turns == ()
    assert (await views.found("x", None, 10)).back_to is None
    assert await views.turn(1) is None
    assert list(await views.turns([KEY], None, 10)) == []
    assert list(await views.spending(0.0, Dimension.DAY)) == []


async def test_what_waits_is_shown_the_oldest_first_with_its_last_status(store: Store) -> None:
    await converse(store.storage, Answer("done"))
    conversation, first = await add(store.storage, say("waits"))
    await add(store.storage, say("waits, too", ELSEWHERE))
    held = await store.storage.turns.claim(conversation, NOW)
    assert held is not None
    await store.storage.turns.save(held.changed(Status.THINKING, NOW).changed(Status.WRITING, NOW))
    waiting = await store.views.waiting(10)
    assert [(line.text, line.status) for line in waiting] == [
        ("waits", "writing"),
        ("waits, too", ""),
    ]
    assert waiting[0].id == first
    assert (await store.views.queue()).open == {"pending": 2}
    assert (await store.views.queue()).oldest_at == NOW


async def test_words_are_found_in_what_was_said_answered_and_called(store: Store) -> None:
    await converse(store.storage, Answer("Entropy is 100% fun_ny"))
    await add(store.storage, replace(say("What else?", ELSEWHERE), author=BOB))
    views = store.views
    for words in ("ENTROPY", "100%", "fun_ny"):
        assert [one.key for one in (await views.found(words, None, 10)).turns] == [str(KEY)]
    for words in ("else?", "bob <B>", str(ELSEWHERE)):
        assert [one.key for one in (await views.found(words, None, 10)).turns] == [str(ELSEWHERE)]
    for words in ("funXny", "100_", "'; DROP TABLE turns; --"):
        assert (await views.found(words, None, 10)).turns == ()


async def test_a_conversation_comes_in_pages_each_turn_whole(store: Store) -> None:
    await converse(store.storage, Answer("a", usage=USAGE), Answer("b"), Answer("c"))
    newest = await store.views.turns([KEY, KEY.aside()], None, 2)
    assert [one.turn.answer.answer for one in newest] == ["b", "c"]
    [oldest] = await store.views.turns([KEY], newest[0].turn.id, 2)
    assert oldest.turn.answer.answer == "a"
    assert oldest.turn.usage == USAGE
    assert await store.views.turn(oldest.turn.id) == oldest


async def test_the_files_of_a_question_are_shown_with_it(store: Store) -> None:
    file = Attachment("f1", "essay.txt", "text/plain", 4, "")
    _, turn_id = await add(store.storage, replace(say("read this"), attachments=(file,)))
    view = await store.views.turn(turn_id)
    assert view is not None
    assert view.files == (file,)


async def test_what_failed_is_listed_and_counted_apart(store: Store) -> None:
    await converse(store.storage, Answer("fine"), Answer("I could not.", Kind.NOTICE))
    assert len(await store.views.troubled(NOW, 10)) == 1
    assert [one.has_failed for one in await store.views.ended(0.0, 10)] in (
        [True, False],
        [False, True],
    )
    assert list(await store.views.troubled(NOW + 1, 10)) == []


@pytest.mark.parametrize(
    ("by", "name"),
    [
        (Dimension.DAY, None),
        (Dimension.MODEL, "unknown"),
        (Dimension.PERSON, f"{KEY.platform}: {ADA.name}"),
        (Dimension.CHANNEL, ":".join(str(KEY).split(":")[:3])),
        (Dimension.ASSISTANT, ""),
    ],
)
async def test_what_was_used_is_summed_up_by_a_name(
    store: Store, by: Dimension, name: str | None
) -> None:
    await converse(store.storage, Answer("a", usage=USAGE), Answer("b", usage=USAGE))
    [record] = await store.views.spending(0.0, by)
    assert (record.used.runs, record.used.input_tokens) == (2, 2 * USAGE.input_tokens)
    assert name is None or record.name == name
    assert list(await store.views.spending(NOW + 1, by)) == []


async def test_conversations_are_listed_the_last_spoken_in_first(store: Store) -> None:
    await converse(store.storage, Answer("a"))
    await add(store.storage, say("later", ELSEWHERE))
    listed = await store.views.conversations(Choice())
    assert [line.key for line in listed] == [str(ELSEWHERE), str(KEY)]


async def test_what_somebody_said_is_found_by_her_words_and_by_place(store: Store) -> None:
    storage, views = store.storage, store.views
    _, hers = await add(storage, replace(say("about entropy"), is_shared=True))
    _, bobs = await add(storage, replace(say("100% bob_s"), author=BOB, is_shared=True))
    await add(storage, replace(say("in private"), author=BOB))
    await add(storage, replace(say("", command="new"), author=BOB, is_shared=True))
    _, far = await add(storage, replace(say("far away", ELSEWHERE), is_shared=True))
    said = await views.said_by(f"test:class:{ADA.id}", "", None, 9)
    assert [line.id for line in said] == [far, hers]
    assert await views.said_by(f"test:other:{ADA.id}", "", None, 9) == []
    assert [one.id for one in await views.said_by(f"test:{ADA.id}", "ENTROPY", None, 9)] == [hers]
    assert [one.id for one in await views.said_by(f"test:{ADA.id}", "", far, 9)] == [hers]
    heard = await views.heard_in("test:class:general", "", None, 9)
    assert [(one.id, one.author_id, one.is_shared) for one in heard] == [
        (bobs, BOB.id, True),
        (hers, ADA.id, True),
    ]
    assert [one.id for one in await views.heard_in(str(KEY), "0% bob_", None, 9)] == [bobs]
    assert await views.heard_in("test:class:gen", "", None, 9) == []
