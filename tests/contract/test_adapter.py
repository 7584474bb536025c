"""What every `Adapter` promises, whatever platform is behind it."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.core.answers import Status
from bot.core.messages import ConversationKey, Message, nonce_of
from bot.core.ports.adapter import Reads, Seated
from bot.core.posts import Part
from tests.contract.stages import STAGES, Stage
from tests.integration.discord_stage import restore_addresses_after


@pytest.fixture(params=STAGES)
async def stage(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stage]:
    restore_addresses_after(monkeypatch)
    async with STAGES[request.param]() as stage:
        yield stage


@pytest.fixture
async def question(stage: Stage) -> Message:
    [message] = await stage.heard("hi")
    return message


async def test_everything_that_is_said_is_handed_over_in_order(stage: Stage) -> None:
    lines = ["one", "two", "one", "grüß Gott 👋", "x" * (stage.longest or 10_000)]
    assert [message.text for message in await stage.heard(*lines)] == lines


async def test_each_message_is_told_from_every_other_and_from_those_of_other_platforms(
    stage: Stage,
) -> None:
    heard = await stage.heard("same", "same", "same")
    assert len({message.unique_key for message in heard}) == 3
    assert {message.key.platform for message in heard} == {stage.adapter.platform}


async def test_a_conversation_keeps_its_key(stage: Stage) -> None:
    heard = [*await stage.heard("one"), *await stage.heard("two")]
    assert len({str(message.key) for message in heard}) == 1
    assert ConversationKey.parse(str(heard[0].key)) == heard[0].key


async def test_a_message_that_was_not_taken_ends_nothing(stage: Stage) -> None:
    stage.door.failures = 1
    await stage.say("one", "two", "three")
    await stage.door.until(lambda: len([text for text in _taken(stage) if text != "one"]) == 2)
    assert [text for text in _taken(stage) if text != "one"] == ["two", "three"]


def _taken(stage: Stage) -> list[str]:
    return [message.text for message in stage.door.accepted]


async def test_who_may_ask_is_let_in(stage: Stage, question: Message) -> None:
    await stage.adapter.admit(question, await stage.door.settings(question.key))


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "two\n\nparagraphs",
        "```python\nx = 1\n```",
        "שלום \u202eabc\u202c",
        "👋🏽",
        "x" * 50_000,
    ],
    ids=lambda text: text[:9].encode("ascii", "backslashreplace").decode(),
)
async def test_a_reply_is_shown_as_it_is(stage: Stage, question: Message, text: str) -> None:
    assert await stage.adapter.post(question, text, part=Part(nonce_of(question, 0)), final=True)
    assert stage.shown() == [text]


async def test_a_draft_becomes_the_answer(stage: Stage, question: Message) -> None:
    await stage.adapter.show_status(question, Status.WRITING)
    ref = await stage.adapter.post(
        question, "one\n\ntw", part=Part(nonce_of(question, 0)), final=False
    )
    await stage.adapter.edit(question, ref, "one\n\ntwo\n\nthr", final=False)
    await stage.adapter.edit(question, ref, "one\n\ntwo\n\nthree", final=True)
    assert stage.shown() == ["one\n\ntwo\n\nthree"]


async def test_a_notice_gives_way_to_the_answer(stage: Stage, question: Message) -> None:
    ref = await stage.adapter.post(
        question, "one moment", part=Part(nonce_of(question, 0)), final=False
    )
    await stage.adapter.edit(question, ref, "the answer", final=True)
    assert stage.shown() == ["the answer" if stage.edits else "one moment\n\nthe answer"]


async def test_the_same_text_is_shown_once(stage: Stage, question: Message) -> None:
    ref = await stage.adapter.post(
        question, "the answer", part=Part(nonce_of(question, 0)), final=False
    )
    await stage.adapter.edit(question, ref, "the answer", final=True)
    assert stage.shown() == ["the answer"]


async def test_parts_of_a_reply_stand_in_order(stage: Stage, question: Message) -> None:
    for part, text in enumerate(["one", "two", "three"]):
        await stage.adapter.post(
            question, text, part=Part(nonce_of(question, part)), final=part == 2
        )
    assert "\n\n".join(stage.shown()) == "one\n\ntwo\n\nthree"


async def test_what_was_posted_and_is_posted_again_if_it_is_not_found_stands_there_once(
    stage: Stage, question: Message
) -> None:
    ref = await stage.adapter.post(
        question, "one moment", part=Part(nonce_of(question, 0)), final=False
    )
    found = await stage.adapter.find(question, Part(nonce_of(question, 0)))
    if found is None:
        found = await stage.adapter.post(
            question, "one moment", part=Part(nonce_of(question, 0)), final=False
        )
    assert found == ref
    assert stage.shown() == ["one moment"]


async def test_what_was_not_posted_is_not_found(
    stage: Stage, question: Message, request: pytest.FixtureRequest
) -> None:
    if stage.adapter.platform == "discord":
        told_by_order = "parts of a reply are told apart by their order, and by no mark"
        request.applymarker(pytest.mark.xfail(reason=told_by_order))
    first, second = (Part(nonce_of(question, number), number) for number in range(2))
    assert await stage.adapter.find(question, first) is None
    other = await stage.adapter.post(question, "hello", part=second, final=False)
    first = replace(first, others=frozenset({other}))
    assert await stage.adapter.find(question, first) is None


async def test_when_a_turn_is_over_it_can_be_ended_at_any_time(
    stage: Stage, question: Message
) -> None:
    await stage.adapter.show_status(question, Status.THINKING)
    await stage.adapter.end(question)
    await stage.adapter.end(question)
    assert stage.shown() == []


async def test_there_is_a_way_for_every_answer(stage: Stage, question: Message) -> None:
    ways = stage.adapter.ways(question)
    assert ways
    assert len({*ways}) == len(ways)


@pytest.mark.parametrize("status", Status)
async def test_any_status_can_be_shown_at_any_time(
    stage: Stage, question: Message, status: Status
) -> None:
    await stage.adapter.show_status(question, status, "in 3 s")
    await stage.adapter.post(question, "hello", part=Part(nonce_of(question, 0)), final=True)
    await stage.adapter.show_status(question, status)
    assert stage.shown() == ["hello"]


async def test_the_limits_make_sense(stage: Stage, question: Message) -> None:
    limits = stage.adapter.limits(question)
    assert limits.max_chars is None or limits.max_chars >= 100
    assert limits.edit_interval is None or limits.edit_interval > 0


def test_what_only_some_can_do_is_said(stage: Stage) -> None:
    assert isinstance(stage.adapter, Reads) is stage.reads
    assert isinstance(stage.adapter, Seated) is stage.is_seated


async def test_where_nothing_was_said_before_nothing_is_told_of_it(
    stage: Stage, question: Message
) -> None:
    if isinstance(stage.adapter, Reads):
        assert await stage.adapter.earlier(question) == ""


async def test_nothing_is_heard_twice_by_those_who_divide_it(stage: Stage) -> None:
    if isinstance(stage.adapter, Seated):
        seats = await stage.adapter.seats()
        assert seats
        assert len({*seats}) == len(seats)


async def test_what_is_closed_can_be_closed_again(stage: Stage) -> None:
    await stage.adapter.close()
    await stage.adapter.close()
