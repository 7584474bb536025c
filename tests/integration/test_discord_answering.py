"""An answer arrives once, where it belongs, and pings nobody."""

import asyncio
from contextlib import suppress

import pytest

from adapters.discord.opening import open_discord
from bot.answers import Status
from bot.errors import (
    NotAllowed,
    OutcomeUnknown,
    PlatformUnavailable,
    Refusal,
    Undeliverable,
)
from bot.messages import Attachment
from bot.replies import nonce_of
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_permissions import Permission
from tests.fakes.discord_things import FORUM
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
    assert (answer.content, answer.reference) == (text, int(question.id))
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
    assert await stage.adapter.find(question, nonce_of(question, 0)) is None
    await stage.answer(question)
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
    nonces = [nonce_of(question, part) for part in range(3)]
    found = [await stage.adapter.find(question, nonce) for nonce in nonces]
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
    await stage.adapter.edit(question, ref, "because", final=True)
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
    ref = await stage.adapter.find(question, nonce_of(question, 0))
    assert ref
    await stage.adapter.edit(question, ref, "because", final=True)
    assert (asked.text, stage.shown()) == ("because", ["because"])


async def test_after_a_restart_the_parts_of_an_interactions_answer_are_found(
    stage: Stage,
) -> None:
    _, question = await stage.slash()
    refs = [await stage.answer(question, f"part {part}", part=part) for part in range(2)]
    stage.server.advance(20 * MINUTE)
    await stage.restart()
    nonces = [nonce_of(question, part) for part in range(3)]
    found = [await stage.adapter.find(question, nonce) for nonce in nonces]
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
    assert await stage.adapter.find(question, nonce_of(question, 0))


async def test_a_private_answer_that_comes_too_late_goes_to_the_person(stage: Stage) -> None:
    _, question = await stage.slash(private=True)
    stage.server.advance(20 * MINUTE)
    await stage.answer(question, "psst")
    assert stage.shown(stage.server.open_dm(stage.ann)) == ["psst"]
    assert stage.shown() == []


async def test_a_private_answer_nobody_takes_is_kept_for_status(stage: Stage) -> None:
    _, question = await stage.slash(private=True)
    stage.server.advance(20 * MINUTE)
    stage.ann.dms_closed = True
    await stage.answer(question, "psst")
    await stage.restart()
    for seen in (True, False):
        asked, status = await stage.slash("status")
        await stage.answer(status, "All is well.")
        assert ("psst" in asked.text) is seen
        assert asked.ephemeral


async def test_a_private_preview_that_comes_too_late_gives_way_to_the_answer(
    stage: Stage,
) -> None:
    asked, question = await stage.slash(private=True)
    ref = await stage.answer(question, "so", final=False)
    stage.server.advance(20 * MINUTE)
    await stage.adapter.edit(question, ref, "so far", final=False)
    await stage.adapter.edit(question, ref, "because", final=True)
    assert (asked.text, stage.shown(stage.server.open_dm(stage.ann))) == ("so", ["because"])


@pytest.mark.parametrize("death", [50027, 10015, "late"])
async def test_an_answer_shown_by_an_interaction_can_be_edited_after_its_token_died(
    stage: Stage, death: int | str
) -> None:
    asked, question = await stage.slash()
    ref = await stage.answer(question, "I will keep trying", final=False)
    kill_token(stage, death)
    await stage.adapter.edit(question, ref, "because", final=True)
    assert asked.text == "because"


async def test_an_answer_to_a_closed_channel_goes_to_the_person(stage: Stage) -> None:
    question = await stage.ask()
    stage.channel.overwrite({stage.guild.bot_role: (0, Permission.SEND_MESSAGES)})
    await stage.answer(question)
    assert stage.shown(stage.server.open_dm(stage.ann)) == ["because"]


async def test_an_edit_of_a_message_that_is_gone_is_undeliverable(stage: Stage) -> None:
    question = await stage.ask()
    ref = await stage.answer(question)
    await stage.server.delete(stage.channel, stage.replies()[0])
    with pytest.raises(Undeliverable):
        await stage.adapter.edit(question, ref, "more", final=True)


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
    ref = await stage.answer(question, "so f", final=False)
    await stage.adapter.edit(question, ref, "so far", final=False)
    [shown] = stage.replies()
    assert shown.custom_ids == [f"homeroom:stop:{question.id}"]
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


async def test_a_post_in_a_forum_is_answered_in_its_thread(stage: Stage) -> None:
    forum = stage.guild.add_forum("help")
    assert forum.kind == FORUM
    post = await stage.server.start_thread(forum, stage.ann, "help", text="I am stuck")
    question = await stage.ask("help", post)
    await stage.answer(question)
    assert stage.shown(post) == ["because"]
    assert await stage.adapter.earlier(question) == "Ann: I am stuck"


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


async def test_a_place_in_the_queue_is_shown_and_taken_back(stage: Stage) -> None:
    question = await stage.ask()
    said = stage.channel.messages[int(question.id)]
    await stage.adapter.show_status(question, Status.QUEUED, "3 before you")
    await stage.server.until(lambda: said.reactions)
    assert [*said.reactions] == ["3\ufe0f\u20e3"]
    await stage.adapter.show_status(question, Status.THINKING)
    await stage.server.until(lambda: not any(said.reactions.values()))
    asked, command = await stage.slash()
    await stage.adapter.show_status(command, Status.QUEUED, "3 before you")
    assert asked.text == "⏳ 3 before you"


async def test_who_is_denied_is_told_once_and_in_private(stage: Stage) -> None:
    stage.door.chosen[f"discord:{stage.guild.id}", "access.deny"] = f"channel:{stage.channel.id}"
    thread = await stage.server.start_thread(stage.channel, stage.ann, "topic")
    for question in (await stage.ask(), await stage.ask(channel=thread)):
        with pytest.raises(NotAllowed):
            await stage.adapter.admit(question)
    asked, question = await stage.slash(private=True)
    with pytest.raises(NotAllowed):
        await stage.adapter.admit(question)
    assert "not allowed" in asked.text
    assert len(stage.shown(stage.server.open_dm(stage.ann))) == 1
    assert stage.shown() == []


async def test_a_channel_that_is_off_admits_nobody(stage: Stage) -> None:
    question = await stage.ask()
    await stage.adapter.admit(question)
    stage.door.chosen[f"discord:{stage.guild.id}:{stage.channel.id}", "access.channel"] = "off"
    with pytest.raises(NotAllowed):
        await stage.adapter.admit(question)


async def test_the_operators_lists_come_before_the_servers(empty_stage: Stage) -> None:
    stage = empty_stage
    await stage.start(deny=[f"server:{stage.guild.id}"])
    stage.door.chosen[f"discord:{stage.guild.id}", "access.allow"] = f"user:{stage.ann.id}"
    with pytest.raises(NotAllowed):
        await stage.adapter.admit(await stage.ask())


async def test_a_role_counts_also_for_what_was_read_from_history(stage: Stage) -> None:
    role = stage.guild.add_role("banned")
    stage.guild.add_member(stage.ann, roles=[role])
    stage.door.chosen[f"discord:{stage.guild.id}", "access.deny"] = f"role:{role.id}"
    live = await stage.ask()
    await stage.stop()
    said = await stage.server.say(stage.channel, stage.ann, "?", mentions=[stage.server.bot])
    await stage.start()
    for question in (live, await stage.accepted(said)):
        with pytest.raises(NotAllowed):
            await stage.adapter.admit(question)


async def test_what_was_said_in_a_thread_before_is_told_with_names(stage: Stage) -> None:
    bob = stage.server.add_user("bob")
    thread = await stage.server.start_thread(stage.channel, stage.ann, "topic")
    await stage.server.say(thread, bob, "pi is 4")
    await stage.server.say(thread, stage.ann, "no, 3")
    question = await stage.ask("who is right?", thread)
    assert await stage.adapter.earlier(question) == "Bob: pi is 4\nAnn: no, 3"
    assert await stage.adapter.earlier(await stage.ask()) == ""


async def test_a_file_is_fetched_and_looked_at(stage: Stage) -> None:
    png = b"\x89PNG\r\n\x1a\n" + bytes(8)
    for data, mime in ((png, "image/png"), (b"plain", "text/plain")):
        file = stage.server.attach("file", data, mime)
        _, question = await stage.slash(file=file)
        assert await stage.adapter.fetch(question, question.attachments[0]) == data


@pytest.mark.parametrize(
    ("data", "mime"), [(b"MZ", "image/png"), (b"MZ", "application/zip"), (b"\xff", "text/plain")]
)
async def test_a_file_that_is_not_what_it_says_is_refused(
    stage: Stage, data: bytes, mime: str
) -> None:
    _, question = await stage.slash(file=stage.server.attach("file", data, mime))
    with pytest.raises(Refusal) as caught:
        await stage.adapter.fetch(question, question.attachments[0])
    assert "is not what it says" in caught.value.notice


async def test_files_from_elsewhere_or_too_large_or_gone_are_refused(stage: Stage) -> None:
    here = stage.server.attach("a.txt", b"abc", "text/plain").url
    gone = stage.server.attach("a.txt", b"abc", "text/plain")
    del stage.server.files[gone.id]
    question = await stage.ask()
    for url, size in (("http://127.0.0.1:1/a.txt", 3), (here, 11 << 20), (gone.url, 3)):
        file = Attachment("1", "a.txt", "text/plain", size, url)
        with pytest.raises(Refusal):
            await stage.adapter.fetch(question, file)


async def test_two_hundred_channels_at_once_meet_no_limit(stage: Stage) -> None:
    stage.server.rate_limits = True
    rooms = [stage.guild.add_text_channel(f"room-{number}") for number in range(200)]
    questions = [await stage.ask(channel=room) for room in rooms]
    await asyncio.gather(*(stage.answer(question) for question in questions))
    assert all(stage.shown(room) == ["because"] for room in rooms)
    assert stage.server.invalid_requests == 0


async def test_nothing_is_posted_before_the_bot_is_there_and_nothing_is_lost(
    empty_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = empty_stage
    await stage.start()
    question = await stage.ask()
    await stage.stop()
    adapter = open_discord("token", stage.memory, stage.server.clock.now)
    monkeypatch.setattr("adapters.discord.adapter._PATIENCE", 0.01)
    with pytest.raises(PlatformUnavailable):
        await adapter.post(question, "because", nonce="n", final=True)
