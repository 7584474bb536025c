"""An answer stands once, whatever stands beside it and whenever a process was killed."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from adapters.discord.inbox import Delayed
from bot.core.along import Along
from bot.core.errors import BotError, OutcomeUnknown, StorageUnavailable
from bot.core.turns import Turn
from bot.work.intake import Intake
from storage.posts import SqlPosts
from storage.turns import SqlTurns
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_permissions import Permission
from tests.integration import discord_core, discord_stage
from tests.integration.discord_core import DiscordCore
from tests.integration.discord_stage import Stage
from tests.patience import PATIENCE

core = discord_core.core
empty_stage, stage = discord_stage.empty_stage, discord_stage.stage

SENDS = r"/channels/\d+/messages$"
MINUTE = 60.0
NOTHING_READ = int(Permission.READ_MESSAGE_HISTORY)


async def killed(stage: Stage, question: Any, part: int = 0) -> None:
    """The process ends between a post and the saving of its ref; the nonce is forgotten, too."""
    stage.posts.forget(question, part)
    await stage.restart()
    stage.server.advance(10 * MINUTE)


async def test_a_notice_of_a_delay_is_not_taken_for_the_answer(stage: Stage) -> None:
    stage.door.failures = 1
    question = await stage.ask()
    assert stage.shown() == [Delayed().notice]
    ref = await stage.answer(question)
    await killed(stage, question)
    assert await stage.find(question) == ref


async def test_a_notice_of_a_delay_does_not_shift_the_parts(stage: Stage) -> None:
    stage.door.failures = 1
    question = await stage.ask()
    refs = [await stage.answer(question, f"part {part}", part=part) for part in range(2)]
    await killed(stage, question, part=1)
    assert [await stage.find(question, part) for part in range(2)] == refs


async def test_a_notice_alone_is_no_answer(stage: Stage) -> None:
    """An edit of it would notify nobody, and stand before what was said since."""
    stage.door.failures = 1
    question = await stage.ask()
    await stage.restart()
    assert await stage.find(question) is None


def _busy_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is full when the question is heard, and has room again a moment later."""
    accept, left = Intake.accept, [1]

    async def once(self: Intake, message: Any) -> Any:
        if left and left.pop():
            raise StorageUnavailable
        return await accept(self, message)

    monkeypatch.setattr(Intake, "accept", once)


def _killed_before_saving(monkeypatch: pytest.MonkeyPatch, part: int = 0) -> asyncio.Event:
    """The process gets no further than the post of a part: its ref is never written down.

    The last one is saved along with the turn, which is done then.
    """
    save_ref, save_turn, reached = SqlPosts.save, SqlTurns.save, asyncio.Event()

    async def end_at(number: int) -> None:
        if number == part:
            reached.set()
            await asyncio.Event().wait()

    async def never_alone(self: SqlPosts, turn: int, number: int, ref: str) -> None:
        await end_at(number)
        await save_ref(self, turn, number, ref)

    async def never_along(self: SqlTurns, turn: Turn, along: Along | None = None) -> None:
        for number, post in along.posts.items() if along else ():
            if post.ref:
                await end_at(number)
        await save_turn(self, turn, along)

    monkeypatch.setattr(SqlPosts, "save", never_alone)
    monkeypatch.setattr(SqlTurns, "save", never_along)
    return reached


async def _ask_and_be_killed(
    core: DiscordCore, monkeypatch: pytest.MonkeyPatch, part: int = 0
) -> None:
    with monkeypatch.context() as first:
        posted = _killed_before_saving(first, part)
        async with core.running():
            await core.ask("why?")
            await asyncio.wait_for(posted.wait(), PATIENCE)


async def _go_on(core: DiscordCore) -> list[str]:
    """What stands in the room when another process has done the rest."""
    async with core.running() as process:
        await process.queue.idle()
    return [one.content for one in core.server.from_bot(core.room)]


async def test_an_answer_that_was_announced_as_delayed_stands_once_after_a_kill(
    core: DiscordCore, monkeypatch: pytest.MonkeyPatch
) -> None:
    _busy_once(monkeypatch)
    await _ask_and_be_killed(core, monkeypatch)
    said = await _go_on(core)
    assert sum("why?" in one for one in said) == 1, said


async def test_a_long_answer_that_was_announced_as_delayed_is_whole_after_a_kill(
    core: DiscordCore, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"line {number:03} of a long answer that needs two messages" for number in range(60)]
    core.model.answer = lambda text: "\n".join(lines)
    _busy_once(monkeypatch)
    await _ask_and_be_killed(core, monkeypatch, part=1)
    said = "\n".join(await _go_on(core))
    assert {said.count(line) for line in lines} == {1}


async def test_an_answer_is_found_behind_hundreds_of_other_messages(stage: Stage) -> None:
    question = await stage.ask()
    for number in range(250):
        await stage.server.say(stage.channel, stage.ann, f"chatter {number}")
    ref = await stage.answer(question)
    await killed(stage, question)
    assert await stage.find(question) == ref


async def test_what_the_library_repeats_after_the_nonce_is_forgotten_stands_once(
    stage: Stage,
) -> None:
    """It answers 502 and has done it; while the library waits, the machine sleeps."""
    question = await stage.ask()
    stage.server.fail("POST", SENDS, Fault.server_error(502, after=True))
    answering = asyncio.create_task(stage.answer(question))
    await stage.server.until(stage.replies)
    stage.server.advance(10 * MINUTE)
    with suppress(BotError):
        await answering
    await stage.answer(question)
    assert stage.shown() == ["because"]


async def test_who_slept_between_the_intent_and_the_post_looks_again(stage: Stage) -> None:
    """Another process took over, posted, and its nonce is forgotten by now."""
    question = await stage.ask()
    gate = asyncio.Event()
    await stage.restart()
    stage.server.fail("GET", "/users/@me$", Fault(gate=gate))
    sleeping = asyncio.create_task(stage.answer(question))
    await stage.server.until(lambda: stage.posts.rows and stage.server.struck)
    other = Stage(stage.server, stage.guild, stage.channel, stage.ann, posts=stage.posts)
    other.open()
    await other.answer(question)
    await other.adapter.close()
    stage.server.advance(10 * MINUTE)
    gate.set()
    with pytest.raises(OutcomeUnknown):
        await sleeping
    assert stage.shown() == ["because"]


async def test_a_clock_that_is_set_back_lets_nothing_stand_twice(stage: Stage) -> None:
    question = await stage.ask()
    stage.server.fail("POST", SENDS, Fault.dropped_after())
    with pytest.raises(OutcomeUnknown):
        await stage.answer(question)
    stage.server.advance(10 * MINUTE)
    stage.adapter._clock = lambda: stage.server.clock.now() - 60 * MINUTE
    await stage.answer(question)
    assert stage.shown() == ["because"]


async def test_an_earlier_answer_to_the_same_person_is_not_taken_for_this_one(
    stage: Stage,
) -> None:
    """Two commands whose tokens died: both answers begin with the person's name."""
    _, first = await stage.slash(question="one")
    _, second = await stage.slash(question="two")
    stage.server.advance(20 * MINUTE)
    there = await stage.answer(first, "the same words")
    also = await stage.answer(second, "the same words")
    await killed(stage, first)
    await killed(stage, second)
    assert [await stage.find(first), await stage.find(second)] == [there, also]
    stage.posts.rows.clear()
    assert await stage.find((await stage.slash(question="three"))[1]) is None


@pytest.mark.parametrize("parts", [1, 2])
async def test_an_answer_to_a_person_alone_stands_once(stage: Stage, parts: int) -> None:
    """The token of a private command died: it is answered by direct message."""
    _, question = await stage.slash(question="psst", private=True)
    await stage.slash(question="something else", private=True)
    stage.server.advance(20 * MINUTE)
    texts = [f"part {part}" for part in range(parts)]
    for part, text in enumerate(texts):
        await stage.answer(question, text, part=part)
    await killed(stage, question, part=parts - 1)
    await stage.answer(question, texts[-1], part=parts - 1)
    assert stage.shown(stage.server.open_dm(stage.ann)) == texts


async def test_a_late_edit_of_a_private_answer_becomes_one_direct_message(stage: Stage) -> None:
    _, question = await stage.slash(question="psst", private=True)
    await stage.answer(question, "I will keep trying.", final=False)
    stage.server.advance(20 * MINUTE)
    await stage.answer(question)
    await killed(stage, question)
    await stage.answer(question)
    assert stage.shown(stage.server.open_dm(stage.ann)) == ["because"]


async def test_a_part_that_a_moderator_removed_does_not_shift_the_others(stage: Stage) -> None:
    question = await stage.ask()
    await stage.answer(question, "part 0", part=0, final=False)
    second = await stage.answer(question, "part 1", part=1)
    await stage.server.delete(stage.channel, stage.replies()[0])
    await killed(stage, question, part=1)
    assert await stage.find(question, part=1) == second


async def test_an_answer_to_a_question_that_was_deleted_meanwhile_is_found(stage: Stage) -> None:
    question = await stage.ask()
    await stage.server.delete(stage.channel, int(question.id))
    ref = await stage.answer(question)
    await killed(stage, question)
    assert await stage.find(question) == ref


@pytest.mark.parametrize("status", [None, 503])
async def test_a_thread_that_was_not_opened_yet_holds_no_answer(
    stage: Stage, status: int | None
) -> None:
    stage.door.chosen[f"discord:{stage.guild.id}", "threads"] = "on"
    question = await stage.ask()
    fault = Fault.server_error(status) if status else Fault.dropped_before()
    stage.server.fail("POST", "/threads$", fault)
    with pytest.raises(OutcomeUnknown):
        await stage.answer(question)
    await stage.restart()
    stage.server.advance(10 * MINUTE)
    await stage.answer(question)
    assert stage.shown(stage.server.channels[int(question.id)]) == ["because"]


async def test_where_nothing_can_be_read_the_doubt_is_kept(stage: Stage) -> None:
    everyone = stage.guild.everyone
    room = stage.guild.add_text_channel("secret", overwrites={everyone: (0, NOTHING_READ)})
    question = await stage.ask(channel=room)
    await stage.answer(question)
    await killed(stage, question)
    with pytest.raises(OutcomeUnknown):
        await stage.answer(question)
    assert len(stage.shown(room)) == 1


async def test_where_nothing_can_be_read_a_nonce_that_holds_is_enough(stage: Stage) -> None:
    everyone = stage.guild.everyone
    room = stage.guild.add_text_channel("secret", overwrites={everyone: (0, NOTHING_READ)})
    question = await stage.ask(channel=room)
    stage.server.fail("POST", SENDS, Fault.dropped_after())
    with suppress(OutcomeUnknown):
        await stage.answer(question)
    await stage.answer(question)
    assert len(stage.shown(room)) == 1


async def test_another_answer_by_a_click_is_told_from_the_first(stage: Stage) -> None:
    question = await stage.ask()
    first = await stage.answer(question, "first")
    again = replace(question, id=f"{question.id}/again/{stage.server.new_id()}")
    second = await stage.answer(again, "second")
    await killed(stage, again)
    assert (await stage.find(again), first != second) == (second, True)
