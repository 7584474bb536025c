"""What is shown around an answer: buttons, a thread, typing, a place in the queue."""

import asyncio
from dataclasses import replace

import pytest

from adapters.discord.pace import PreviewPace
from bot.core.answers import Status
from bot.core.posts import Saying
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_things import FORUM
from tests.fakes.reading import before
from tests.integration import discord_stage
from tests.integration.discord_stage import Stage

stage, empty_stage = discord_stage.stage, discord_stage.empty_stage


async def test_the_last_part_alone_has_the_buttons(stage: Stage) -> None:
    question = await stage.ask()
    await stage.answer(question, "one", final=False)
    await stage.answer(question, "two", part=1)
    first, last = stage.replies()
    verbs = [one.split(":")[1] for one in last.custom_ids]
    assert (first.custom_ids, verbs) == ([], ["again", "up", "down"])


async def test_while_an_answer_is_written_it_can_be_stopped_and_then_no_more(
    stage: Stage,
) -> None:
    stage.door.chosen["discord", "stream"] = "on"
    question = await stage.ask()
    await stage.answer(question, "so f", final=False)
    await stage.answer(question, "so far", final=False)
    [shown] = stage.replies()
    assert shown.custom_ids == [f"homeroom:stop:{question.unique_key}"]
    await stage.answer(question, "the rest", part=1)
    assert (shown.content, shown.custom_ids) == ("so far", [])


async def test_an_answer_is_shown_while_it_is_written_only_where_that_is_set(
    stage: Stage,
) -> None:
    plain = await stage.ask()
    stage.door.chosen[f"discord:{stage.guild.id}:{stage.channel.id}", "stream"] = "on"
    live = await stage.ask()
    assert stage.adapter.limits(plain).edit_interval is None
    assert stage.adapter.limits(live).edit_interval


async def test_previews_stand_in_line_and_the_last_word_does_not(stage: Stage) -> None:
    stage.adapter._pace = PreviewPace(60.0)
    question = await stage.ask()
    ref = await stage.answer(question, "so", final=False)
    await stage.adapter.edit(question, ref, Saying(text="so f"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await stage.adapter.edit(question, ref, Saying(text="so fa"))
    await stage.adapter.edit(question, ref, Saying(text="so far", is_final=True))
    assert stage.shown() == ["so far"]


async def test_responses_to_commands_do_not_wait_for_the_channels_previews(stage: Stage) -> None:
    stage.adapter._pace = PreviewPace(60.0)
    for number in range(2):
        asked, question = await stage.slash()
        ref = await stage.answer(question, "so", final=False)
        await stage.adapter.edit(question, ref, Saying(text=f"so far {number}"))
        assert asked.text == f"so far {number}"


async def test_where_it_is_set_each_question_gets_a_thread_of_its_own(stage: Stage) -> None:
    stage.door.chosen[f"discord:{stage.guild.id}", "threads"] = "on"
    question = await stage.ask("what is @everyone?")
    await stage.answer(question)
    await stage.restart()
    await stage.answer(question)  # the thread is there already
    thread = stage.server.channels[int(question.id)]
    assert (stage.shown(thread), stage.shown()) == (["because"], [])
    follow_up = await stage.ask("and?", thread)
    assert follow_up.key == question.key


async def test_a_command_gets_no_thread_of_its_own(stage: Stage) -> None:
    stage.door.chosen[f"discord:{stage.guild.id}", "threads"] = "on"
    assert (await stage.ask("/new")).key.is_spoken_by(str(stage.ann.id))


async def test_an_answer_whose_thread_cannot_be_opened_stays_in_the_channel(stage: Stage) -> None:
    stage.door.chosen[f"discord:{stage.guild.id}", "threads"] = "on"
    question = await stage.ask()
    stage.server.fail("POST", "/threads$", Fault(status=400, code=160006))
    await stage.answer(question)
    assert (stage.shown(), stage.shown(stage.server.open_dm(stage.ann))) == (["because"], [])


async def test_a_post_in_a_forum_is_answered_in_its_thread(stage: Stage) -> None:
    forum = stage.guild.add_forum("help")
    assert forum.kind == FORUM
    post = await stage.server.start_thread(forum, stage.ann, "help", text="I am stuck")
    question = await stage.ask("help me", post)
    await stage.answer(question)
    assert stage.shown(post) == ["because"]
    assert await before(stage.adapter, question) == "Ann: I am stuck"


async def test_an_answer_that_comes_late_says_so_once(stage: Stage) -> None:
    await stage.stop()
    said = await stage.server.say(stage.channel, stage.ann, "?", mentions=[stage.server.bot])
    await stage.start()
    question = await stage.accepted(said)
    await stage.answer(question, "one", final=False)
    await stage.answer(question, "two", part=1)
    assert [text.count("while I was away") for text in stage.shown()] == [0, 1]


async def test_the_bot_types_while_it_works(stage: Stage) -> None:
    question = await stage.ask()
    await stage.adapter.show_status(question, Status.THINKING)
    await stage.server.until(lambda: stage.server.calls_to("POST", "/typing"))
    await stage.answer(question)
    assert not stage.adapter._statuses._typing


async def test_the_bot_types_no_more_about_a_question_that_was_deleted(stage: Stage) -> None:
    question = await stage.ask()
    await stage.adapter.show_status(question, Status.THINKING)
    await stage.server.delete(stage.channel, int(question.id))
    await stage.server.until(lambda: not stage.adapter._statuses._typing)


async def test_a_place_in_the_queue_is_shown_and_taken_back(stage: Stage) -> None:
    question = await stage.ask()
    said = stage.channel.messages[int(question.id)]
    await stage.adapter.show_status(question, Status.QUEUED, "3 before you")
    await stage.server.until(lambda: said.reactions)
    assert [*said.reactions] == ["3\ufe0f\u20e3"]
    await stage.adapter.show_status(question, Status.THINKING)
    await stage.server.until(lambda: not any(said.reactions.values()))


async def test_a_place_in_the_queue_is_shown_on_a_command_and_never_over_its_answer(
    stage: Stage,
) -> None:
    asked, command = await stage.slash()
    await stage.adapter.show_status(command, Status.QUEUED, "3 before you")
    await stage.server.until(lambda: asked.text == "⏳ 3 before you")
    await stage.adapter.show_status(command, Status.THINKING)
    await stage.answer(command)
    assert asked.text == "because"
    other, late = await stage.slash()
    await stage.answer(late)
    await stage.restart()  # another process, which does not know that it is answered
    await stage.adapter.show_status(late, Status.QUEUED, "1 before you")
    await stage.adapter._statuses.settle(late)
    assert other.text == "because"


async def test_the_place_of_another_answer_is_not_written_over_the_first(stage: Stage) -> None:
    asked, question = await stage.slash()
    await stage.answer(question)
    again = replace(question, id=f"{question.id}/again/{stage.server.new_id()}")
    await stage.adapter.show_status(again, Status.QUEUED, "1 before you")
    await stage.adapter.show_status(again, Status.THINKING)
    await stage.adapter._statuses.settle(again)
    assert asked.text == "because"


async def test_an_answer_waits_for_the_place_that_is_being_shown(stage: Stage) -> None:
    gate = asyncio.Event()
    stage.server.fail("GET", "@original", Fault(gate=gate))
    asked, command = await stage.slash()
    await stage.adapter.show_status(command, Status.QUEUED, "1 before you")
    await stage.server.until(lambda: stage.server.struck)
    answering = asyncio.create_task(stage.answer(command))
    await asyncio.wait([answering], timeout=0.2)
    gate.set()
    await answering
    await stage.adapter.close()
    assert asked.text == "because"


async def test_a_place_is_taken_back_after_it_was_shown(stage: Stage) -> None:
    gate = asyncio.Event()
    stage.server.fail("PUT", "/reactions/", Fault(gate=gate))
    question = await stage.ask()
    await stage.adapter.show_status(question, Status.QUEUED, "1 before you")
    await stage.server.until(lambda: stage.server.struck)
    await stage.answer(question)
    gate.set()
    said = stage.channel.messages[int(question.id)]
    await stage.server.until(lambda: said.reactions)
    await stage.stop()  # what is to be taken back is taken back first
    assert not any(said.reactions.values())


async def test_a_place_that_was_shown_before_a_restart_is_taken_back(stage: Stage) -> None:
    question = await stage.ask()
    said = stage.channel.messages[int(question.id)]
    await stage.adapter.show_status(question, Status.QUEUED, "12 before you")
    await stage.server.until(lambda: len(said.reactions) == 2)
    await stage.restart()
    await stage.answer(question)
    await stage.server.until(lambda: not any(said.reactions.values()))
