"""An answer arrives once, where it belongs, and pings nobody."""

import asyncio
from contextlib import suppress

import pytest

from bot.core.errors import NotEditable, OutcomeUnknown, PlatformUnavailable
from bot.core.posts import Saying
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_permissions import Permission
from tests.integration import discord_stage
from tests.integration.discord_stage import Stage

stage, empty_stage = discord_stage.stage, discord_stage.empty_stage

MINUTE = 60.0
SENDS = r"/channels/\d+/messages$"
AMBIGUOUS = [Fault.server_error(503, after=True), Fault.dropped_after()]


def kill_token(stage: Stage, death: int | str) -> None:
    if isinstance(death, int):
        stage.server.expire_interactions(death)
    else:
        stage.server.advance(20 * MINUTE)


def followups(stage: Stage) -> int:
    """POSTs to webhooks: they have no nonce, so there must never be one."""
    return sum(call.method == "POST" and "/webhooks/" in call.path for call in stage.server.calls)


async def test_an_answer_is_a_reply_that_pings_the_asker_alone(stage: Stage) -> None:
    question = await stage.ask()
    text = f"@everyone @here {stage.guild.bot_role.mention} {stage.server.owner.mention}"
    await stage.answer(question, text)
    [answer] = stage.replies()
    shown = text.replace("@e", "@\u2060e").replace("@h", "@\u2060h").replace("<", "\u2039")
    assert (answer.content, answer.reference) == (shown, int(question.id))
    assert [one.target_id for one in stage.server.pings_by_bot] == [stage.ann.id]
    assert answer.flags & 4  # no previews of links


async def test_only_the_first_part_pings(stage: Stage) -> None:
    question = await stage.ask()
    for part in range(3):
        await stage.answer(question, str(part), part=part, final=part == 2)
    assert len(stage.server.pings_by_bot) == 1
    assert stage.shown() == ["0", "1", "2"]


async def test_a_question_that_was_deleted_is_answered_all_the_same(stage: Stage) -> None:
    question = await stage.ask()
    await stage.server.delete(stage.channel, int(question.id))
    await stage.answer(question)
    assert stage.shown() == ["because"]


@pytest.mark.parametrize("fault", AMBIGUOUS)
async def test_an_answer_whose_arrival_is_unknown_is_posted_again_without_harm(
    stage: Stage, fault: Fault
) -> None:
    question = await stage.ask()
    stage.server.fail("POST", SENDS, fault)
    with pytest.raises(OutcomeUnknown):
        await stage.answer(question)
    await stage.answer(question)
    assert stage.shown() == ["because"]


async def test_an_arrival_that_stays_unknown_is_looked_into(stage: Stage) -> None:
    question = await stage.ask()
    stage.server.fail("POST", SENDS, Fault.dropped_after())
    with pytest.raises(OutcomeUnknown):
        await stage.answer(question)
    stage.server.advance(10 * MINUTE)
    [there] = stage.replies()
    assert await stage.answer(question) == f"message/{stage.channel.id}/{there.id}"
    assert stage.shown() == ["because"]


async def test_a_502_that_the_library_repeats_leaves_one_copy(stage: Stage) -> None:
    question = await stage.ask()
    stage.server.fail("POST", SENDS, Fault.server_error(502, after=True))
    await stage.answer(question)
    assert stage.shown() == ["because"]


@pytest.mark.parametrize("threads", ["on", "off"])
async def test_after_a_restart_each_part_is_found_where_it_stands(
    stage: Stage, threads: str
) -> None:
    stage.door.chosen[f"discord:{stage.guild.id}", "threads"] = threads
    question = await stage.ask()
    refs = [await stage.answer(question, f"part {part}", part=part) for part in range(2)]
    await stage.restart()
    stage.server.advance(10 * MINUTE)
    found = [await stage.find(question, part) for part in range(3)]
    assert found == [*refs, None]


async def test_a_long_text_is_a_file(stage: Stage) -> None:
    question = await stage.ask()
    text = "é" * 9_000
    await stage.answer(question, text)
    [file] = stage.replies()[0].attachments
    assert (file.filename, file.data.decode()) == ("answer.md", text)


async def test_an_interaction_is_answered_by_editing_its_first_response(stage: Stage) -> None:
    asked, question = await stage.slash()
    ref = await stage.answer(question, "so far", final=False)
    await stage.restart()
    await stage.adapter.edit(question, ref, Saying(text="because", is_final=True))
    await stage.answer(question, "and so on", part=1)
    assert asked.text == "because"
    assert stage.shown() == ["because", "and so on"]
    assert stage.replies()[1].reference == stage.replies()[0].id
    assert followups(stage) == 0


@pytest.mark.parametrize("fault", AMBIGUOUS)
async def test_an_interaction_is_answered_once_whatever_breaks(stage: Stage, fault: Fault) -> None:
    asked, question = await stage.slash()
    stage.server.fail("PATCH", "@original", fault)
    with suppress(OutcomeUnknown):  # the library repeats some of it by itself
        await stage.answer(question)
    await stage.restart()
    ref = await stage.find(question)
    assert ref
    await stage.adapter.edit(question, ref, Saying(text="because", is_final=True))
    assert (asked.text, stage.shown()) == ("because", ["because"])


async def test_after_a_restart_the_parts_of_an_interactions_answer_are_found(
    stage: Stage,
) -> None:
    _, question = await stage.slash()
    refs = [await stage.answer(question, f"part {part}", part=part) for part in range(2)]
    stage.server.advance(20 * MINUTE)
    await stage.restart()
    found = [await stage.find(question, part) for part in range(3)]
    assert found == [*refs, None]


@pytest.mark.parametrize("death", [50027, 10015, "late"])
async def test_an_answer_that_comes_too_late_goes_to_the_channel_and_names_the_asker(
    stage: Stage, death: int | str
) -> None:
    _, question = await stage.slash()
    kill_token(stage, death)
    await stage.answer(question, "after long thought")
    assert stage.shown()[-1] == f"{stage.ann.mention}\nafter long thought"
    assert [one.target_id for one in stage.server.pings_by_bot] == [stage.ann.id]
    stage.server.advance(5 * MINUTE)
    await stage.restart()
    assert await stage.find(question)


async def test_a_private_answer_that_comes_too_late_goes_to_the_person(stage: Stage) -> None:
    _, question = await stage.slash(private=True)
    stage.server.advance(20 * MINUTE)
    await stage.answer(question, "psst")
    assert stage.shown(stage.server.open_dm(stage.ann)) == ["psst"]
    assert stage.shown() == []


async def test_a_private_preview_that_comes_too_late_gives_way_to_the_answer(
    stage: Stage,
) -> None:
    asked, question = await stage.slash(private=True)
    ref = await stage.answer(question, "so", final=False)
    stage.server.advance(20 * MINUTE)
    with pytest.raises(NotEditable):
        await stage.adapter.edit(question, ref, Saying(text="so far"))
    await stage.answer(question)
    assert (asked.text, stage.shown(stage.server.open_dm(stage.ann))) == ("so", ["because"])


@pytest.mark.parametrize("death", [50027, 10015, "late"])
async def test_an_answer_shown_by_an_interaction_can_be_edited_after_its_token_died(
    stage: Stage, death: int | str
) -> None:
    asked, question = await stage.slash()
    ref = await stage.answer(question, "I will keep trying", final=False)
    kill_token(stage, death)
    await stage.adapter.edit(question, ref, Saying(text="because", is_final=True))
    assert asked.text == "because"


async def test_an_answer_to_a_closed_channel_goes_to_the_person(stage: Stage) -> None:
    question = await stage.ask()
    stage.channel.overwrite({stage.guild.bot_role: (0, Permission.SEND_MESSAGES)})
    await stage.answer(question)
    assert stage.shown(stage.server.open_dm(stage.ann)) == ["because"]


async def test_a_message_that_is_gone_cannot_be_edited(stage: Stage) -> None:
    question = await stage.ask()
    ref = await stage.answer(question)
    await stage.server.delete(stage.channel, stage.replies()[0])
    with pytest.raises(NotEditable):
        await stage.adapter.edit(question, ref, Saying(text="more", is_final=True))


async def test_answers_are_posted_after_the_bot_has_hung_up(stage: Stage) -> None:
    question = await stage.ask()
    asked, command = await stage.slash()
    await stage.hang_up()
    await stage.server.until(lambda: not stage.server.gateway.sockets)
    await stage.answer(question)
    await stage.answer(command)
    assert "because" in stage.shown()
    assert asked.text == "because"


async def test_answers_are_posted_by_a_process_that_never_listens(empty_stage: Stage) -> None:
    stage = empty_stage
    await stage.start()
    question = await stage.ask()
    await stage.stop()
    before = len(stage.server.identifies)
    stage.open()
    stage.server.fail("GET", "/users/@me$", Fault.server_error(503))
    with pytest.raises(PlatformUnavailable):
        await stage.answer(question)
    await stage.door.admit(question)
    await stage.answer(question)
    assert stage.shown() == ["because"]
    assert len(stage.server.identifies) == before
    await stage.adapter.close()
    with pytest.raises(PlatformUnavailable):
        await stage.answer(question)


async def test_two_hundred_channels_at_once_meet_no_limit(stage: Stage) -> None:
    stage.server.rate_limits = True
    rooms = [stage.guild.add_text_channel(f"room-{number}") for number in range(200)]
    questions = [await stage.ask(channel=room) for room in rooms]
    await asyncio.gather(*(stage.answer(question) for question in questions))
    assert all(stage.shown(room) == ["because"] for room in rooms)
    assert stage.server.invalid_requests == 0


async def test_a_notice_whose_arrival_is_unknown_gives_way_to_the_answer(stage: Stage) -> None:
    question = await stage.ask()
    stage.server.fail("POST", SENDS, Fault.dropped_after())
    with pytest.raises(OutcomeUnknown):
        await stage.answer(question, "I will keep trying.", final=False)
    await stage.answer(question)
    assert stage.shown() == ["because"]
