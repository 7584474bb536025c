"""Every answer arrives: a refusal closes one way, and there are others."""

from dataclasses import replace
from typing import Any

import pytest

from adapters.discord.ways import ways_of
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_interactions import Interaction
from tests.fakes.discord_permissions import Permission
from tests.fakes.discord_things import Channel
from tests.fakes.openai_server import Fault as ModelFault
from tests.integration import discord_core, discord_stage
from tests.integration.discord_core import DiscordCore, Process
from tests.integration.discord_stage import Stage

stage, empty_stage, core = discord_stage.stage, discord_stage.empty_stage, discord_core.core

ANSWER = "You said: Ann: why?"
ORIGINAL = r"/webhooks/.*/messages/@original$"
SENDS = r"/channels/\d+/messages$"
EDITS = r"/channels/\d+/messages/\d+$"
MINUTE = 60.0


def shown(core: DiscordCore, *channels: Channel) -> str:
    places = (*channels, core.room, core.server.open_dm(core.ann))
    return "\n".join(one.content for place in places for one in core.server.from_bot(place))


async def noticed(core: DiscordCore, channel: Channel) -> Any:
    """The model's server fails, so that a notice stands there, and holds its answer back."""
    core.model.hold()
    core.model.fail("POST", "/responses$", ModelFault(status=503), times=2)
    await core.ask("why?", channel=channel)
    await core.until(lambda: core.server.from_bot(channel))
    return core.server.from_bot(channel)[0]


@pytest.mark.parametrize("event", ["deleted", "archived", "locked", "240000", "30046"])
async def test_an_answer_whose_notice_cannot_be_edited_stands_in_a_new_message(
    core: DiscordCore, event: str
) -> None:
    async with core.running() as process:
        thread = await core.server.start_thread(core.room, core.ann, "topic")
        notice = await noticed(core, thread)
        if event == "deleted":
            await core.server.delete(thread, notice)
        elif event == "archived":
            thread.archive()
        elif event == "locked":
            thread.locked = True
        else:
            refused = Fault(status=400, code=int(event), message="refused")
            core.server.fail("PATCH", EDITS, refused, times=9)
        core.model.release()
        await process.has_ended(1)
        [turn] = await process.rows("SELECT step FROM turns")
        assert turn["step"] == "delivered"
        assert shown(core, thread).count(ANSWER) == 1


async def test_all_parts_come_when_the_first_cannot_be_edited(core: DiscordCore) -> None:
    lines = [f"line {number:03} of a long answer that needs two messages" for number in range(60)]
    core.model.answer = lambda text: "\n".join(lines)
    async with core.running() as process:
        await core.server.delete(core.room, await noticed(core, core.room))
        core.model.release()
        await process.has_ended(1)
    said = shown(core)
    assert {said.count(line) for line in lines} == {1}


async def test_an_answer_whose_preview_was_deleted_is_given_once_more(stage: Stage) -> None:
    question = await stage.ask()
    await stage.answer(question, "so far", final=False)
    await stage.server.delete(stage.channel, stage.replies()[0])
    await stage.answer(question)
    assert stage.shown() == ["because"]


@pytest.mark.parametrize(
    ("status", "code"), [(403, 50083), (400, 50083), (403, 50001), (400, 240000), (400, 123)]
)
@pytest.mark.parametrize("private", [False, True])
async def test_an_answer_the_interaction_does_not_take_goes_another_way(
    core: DiscordCore, status: int, code: int, *, private: bool
) -> None:
    async with core.running() as process:
        fault = Fault(status=status, code=code, message="refused")
        core.server.fail("PATCH", ORIGINAL, fault, times=20)
        asked = await core.slash("ask", question="why?", private=private)
        await process.has_ended(1)
        assert "why?" in shown(core)
        await core.until(lambda: not is_thinking(asked))


def is_thinking(asked: Interaction) -> bool:
    """For ever, where nobody takes it back."""
    original = asked.original
    return original is not None and original.loading and not original.deleted


@pytest.mark.parametrize("seconds", ["3600", "82721"])
async def test_an_answer_outlives_the_first_refusal_however_long_it_is_to_last(
    core: DiscordCore, seconds: str
) -> None:
    async with core.running() as process:
        ban = Fault(status=429, body="error code: 1015", headers={"Retry-After": seconds})
        core.server.fail("POST", SENDS, ban, times=1)
        question = await core.ask("why?")
        await core.until(lambda: core.replies(question))
        await process.has_ended(1)


async def test_the_librarys_sleep_over_a_webhook_holds_nobody_up(stage: Stage) -> None:
    _, question = await stage.slash()
    ban = Fault(status=429, body="error code: 1015", headers={"Retry-After": "3600", "Via": "1"})
    stage.server.fail("PATCH", ORIGINAL, ban)
    with pytest.raises(Exception, match="3600") as caught:
        await stage.answer(question)
    assert getattr(caught.value, "retry_after", None) == 3600
    await stage.answer(question)
    assert stage.shown() == ["because"]


async def test_where_history_cannot_be_read_the_answer_stands_in_the_channel(
    stage: Stage,
) -> None:
    """160002 refuses the reply, not the message: without the reference it may be posted."""
    hidden = {stage.guild.everyone: (0, int(Permission.READ_MESSAGE_HISTORY))}
    room = stage.guild.add_text_channel("no history", overwrites=hidden)
    await stage.answer(await stage.ask("why?", room))
    assert (len(stage.shown(room)), stage.shown(stage.server.open_dm(stage.ann))) == (1, [])


async def test_an_unknown_refusal_tries_plainer_shapes_before_other_places(stage: Stage) -> None:
    question = await stage.ask()
    stage.server.fail("POST", SENDS, Fault(status=400, code=999_999, message="new"), times=2)
    await stage.answer(question)
    [answer] = stage.replies()
    assert (answer.content, answer.reference, answer.custom_ids) == ("because", None, [])


async def test_a_closed_place_is_not_asked_in_every_shape(stage: Stage) -> None:
    question = await stage.ask()
    stage.channel.overwrite({stage.guild.bot_role: (0, Permission.SEND_MESSAGES)})
    before = stage.server.invalid_requests
    await stage.answer(question)
    assert stage.server.invalid_requests == before + 1
    [direct] = stage.replies(stage.server.open_dm(stage.ann))
    assert "/".join([str(stage.channel.id), question.id]) in str(direct.components)


async def test_a_file_that_is_not_taken_becomes_several_messages(core: DiscordCore) -> None:
    lines = [f"line {number:04} of a very long answer" for number in range(300)]
    core.model.answer = lambda text: "\n".join(lines)
    core.room.overwrite({core.guild.bot_role: (0, Permission.ATTACH_FILES)})
    async with core.running() as process:
        await core.ask("why?")
        await process.has_ended(1)
    said = shown(core)
    assert {said.count(line) for line in lines} == {1}
    assert "in the file" not in said
    assert not core.server.from_bot(core.server.open_dm(core.ann))


async def test_an_orphaned_thread_still_takes_answers(stage: Stage) -> None:
    """A thread outlives the message it hangs on; asked for anew it answers 10008."""
    stage.door.chosen[f"discord:{stage.guild.id}", "threads"] = "on"
    question = await stage.ask("why?")
    await stage.answer(question)
    thread = stage.server.channels[int(question.id)]
    await stage.server.delete(stage.channel, int(question.id))
    again = replace(question, id=f"{question.id}/again/{stage.server.new_id()}")
    await stage.answer(again, "once more")
    assert stage.shown(thread) == ["because", "once more"]


async def test_a_question_full_of_names_gets_its_thread(stage: Stage) -> None:
    """A title is cut, and then made longer: Discord takes 100."""
    stage.door.chosen[f"discord:{stage.guild.id}", "threads"] = "on"
    names = " ".join(f"@{letter}" for letter in "abcdefghijklmnopqrstuvw")
    question = await stage.ask(f"{names} who of you can come on Friday?")
    await stage.answer(question)
    assert stage.shown(stage.server.channels[int(question.id)]) == ["because"]


@pytest.mark.parametrize(("status", "code"), [(400, 50024), (403, 50013), (400, 160006)])
async def test_where_no_thread_can_be_opened_the_answer_replies_in_the_channel(
    stage: Stage, status: int, code: int
) -> None:
    stage.door.chosen[f"discord:{stage.guild.id}", "threads"] = "on"
    question = await stage.ask()
    stage.server.fail("POST", "/threads$", Fault(status=status, code=code, message="no"), times=9)
    await stage.answer(question)
    [answer] = stage.replies()
    assert (answer.content, answer.reference) == ("because", int(question.id))


async def test_an_answer_that_somebody_removed_at_once_is_not_forced_on_her_in_private(
    stage: Stage,
) -> None:
    """Its nonce is known to Discord, which answers 10008 for the message it belonged to."""
    question = await stage.ask()
    stage.server.fail("POST", SENDS, Fault.dropped_after())
    with pytest.raises(Exception, match="connection"):
        await stage.answer(question)
    await stage.server.delete(stage.channel, stage.replies()[0])
    await stage.answer(question)
    assert (stage.shown(), stage.shown(stage.server.open_dm(stage.ann))) == (["because"], [])


async def test_every_way_ends_with_the_asker(stage: Stage) -> None:
    question, (_, private) = await stage.ask(), await stage.slash(private=True)
    assert [str(way) for way in ways_of(question)] == [
        "channel/reply", "channel/bare", "channel/plain", "direct/",
    ]  # fmt: skip
    assert [str(way) for way in ways_of(private)] == ["original/", "direct/"]


async def close_all_ways(core: DiscordCore) -> None:
    core.ann.dms_closed = True
    core.room.overwrite({core.guild.bot_role: (0, Permission.SEND_MESSAGES)})


async def lost(core: DiscordCore, process: Process) -> None:
    """An answer for which no way is open."""
    await close_all_ways(core)
    await core.ask("why?")
    await process.has_ended(1)
    [turn] = await process.rows("SELECT step FROM turns")
    assert turn["step"] == "undeliverable"


async def test_what_found_no_way_is_told_by_status_once(core: DiscordCore) -> None:
    async with core.running() as process:
        await lost(core, process)
        assert ANSWER in await core.told("status")
        await process.has_ended(2)
        assert ANSWER not in await core.told("status")


async def test_what_found_no_way_comes_with_the_persons_next_word_there(
    core: DiscordCore,
) -> None:
    async with core.running() as process:
        await lost(core, process)
        core.room.overwrite({core.guild.bot_role: (0, Permission(0))})
        await core.ask("and now?")
        await process.has_ended(2)
        assert shown(core).count(ANSWER) == 1


async def test_what_found_no_way_is_not_told_among_others_elsewhere(core: DiscordCore) -> None:
    other = core.guild.add_text_channel("other")
    async with core.running() as process:
        await lost(core, process)
        await core.ask("and here?", channel=other)
        await process.has_ended(2)
        [said] = core.server.from_bot(other)
        assert ANSWER not in said.content
        assert "/status" in said.content
        assert ANSWER in await core.told("status")


async def test_what_a_person_had_deleted_is_not_told_either(core: DiscordCore) -> None:
    async with core.running() as process:
        await lost(core, process)
        await core.told("privacy", delete=True)
        await process.has_ended(2)
        assert ANSWER not in await core.told("status")


async def test_however_a_turn_ends_nobody_is_typing_any_more(core: DiscordCore) -> None:
    async with core.running() as process:
        await lost(core, process)
        assert not process.adapter._statuses._typing
        assert not process.adapter._tidying._stoppable


async def test_a_command_that_found_no_way_does_not_think_for_ever(core: DiscordCore) -> None:
    async with core.running() as process:
        await close_all_ways(core)
        refused = Fault(status=403, code=50001, message="no")
        core.server.fail("PATCH", ORIGINAL, refused, times=9)
        asked = await core.slash("ask", question="why?")
        await process.has_ended(1)
        await core.until(lambda: not is_thinking(asked))
