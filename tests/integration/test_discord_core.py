"""What no known bot does together: the whole bot on Discord, through whatever happens to it."""

import asyncio

import pytest

from tests.fakes.discord_faults import Fault
from tests.fakes.discord_things import User
from tests.integration import discord_core
from tests.integration.discord_core import DiscordCore

core = discord_core.core

MINUTE = 60.0
KEYCAP = "\ufe0f\u20e3"
CODE = "```python\n" + "\n".join(f"line_{number} = {number}" for number in range(350)) + "\n```"


def people(core: DiscordCore, count: int) -> list[User]:
    return [core.server.add_user(f"p{number}") for number in range(count)]


async def test_thirty_people_in_one_channel_are_answered_in_order(core: DiscordCore) -> None:
    core.model.hold()
    core.share_channels()
    async with core.running():
        asked = [await core.ask(str(n), one) for n, one in enumerate(people(core, 30))]
        await core.until(lambda: core.model.runs)
        core.model.release()
        await core.until(lambda: core.replies(asked[-1]))
    assert [one.reference for one in core.ends()] == asked
    assert [one.content.rpartition(" ")[2] for one in core.ends()] == [str(n) for n in range(30)]


async def test_twenty_people_in_one_channel_are_shown_their_place_in_the_queue(
    core: DiscordCore,
) -> None:
    core.share_channels()
    core.model.hold()
    async with core.running():
        asked = [await core.ask("hi", one) for one in people(core, 20)]
        said = [core.room.messages[number] for number in asked]
        await core.until(lambda: len({"".join(one.reactions) for one in said}) == 20)
        assert ["".join(one.reactions) for one in said[:3]] == ["", f"1{KEYCAP}", f"2{KEYCAP}"]
        core.model.release()
        await core.until(lambda: core.replies(asked[-1]))
        await core.until(lambda: not any(any(one.reactions.values()) for one in said))


async def test_a_command_that_waits_shows_its_place_and_then_the_answer(core: DiscordCore) -> None:
    core.model.hold()
    async with core.running():
        await core.ask("first")
        await core.until(lambda: core.model.runs)
        asked = await core.slash("ask", question="second")
        await core.until(lambda: asked.text == "⏳ 1 before you")
        core.model.release()
        await core.until(lambda: "second" in asked.text)


async def test_status_is_answered_while_others_wait(core: DiscordCore) -> None:
    core.share_channels()
    core.model.hold()
    async with core.running() as process:
        await core.ask("first")
        await core.until(lambda: core.model.runs)
        await core.ask("second", core.server.add_user("bob"))
        await process.has_turns(2)
        said = await core.told("status")
        assert "1. your question: " in said
        assert "2. a question: waiting for its turn" in said
        core.model.release()


async def test_status_tells_of_private_talk_only_where_it_is_asked_for(core: DiscordCore) -> None:
    core.model.hold()
    async with core.running() as process:
        await core.slash("ask", question="psst", private=True)
        await core.until(lambda: core.model.runs)
        await process.has_turns(1)
        assert "Nothing waits" in await core.told("status")
        assert "your question" in await core.told("status", private=True)
        core.model.release()


async def test_a_question_asked_while_the_bot_was_down_is_answered_once_with_a_note(
    core: DiscordCore,
) -> None:
    async with core.running():
        await core.reply(await core.ask("before"))
    late = await core.ask("are you there?")
    async with core.running():
        assert "while I was away" in await core.reply(late)
    async with core.running():
        await core.reply(await core.ask("after"))
    assert len(core.replies(late)) == 1
    assert len(core.model.runs) == 3


async def test_an_answer_in_the_making_outlives_the_process(core: DiscordCore) -> None:
    core.model.hold()
    async with core.running() as process:
        question = await core.ask("why?")
        asked = await core.slash("ask", question="how?")
        await core.until(lambda: core.model.runs)
        await process.has_turns(2)
        assert asked.deferred
    core.model.release()
    async with core.running():
        assert "why?" in await core.reply(question)
        await core.until(lambda: "how?" in asked.text)
    assert len(core.model.runs) == 2


async def test_an_answer_that_ends_after_the_bot_hung_up_is_still_posted(
    core: DiscordCore,
) -> None:
    core.model.hold()
    async with core.running() as process:
        question = await core.ask()
        asked = await core.slash("ask", question="how?")
        await core.until(lambda: core.model.runs)
        await process.hang_up()
        await core.until(lambda: not core.server.gateway.sockets)
        core.model.release()
        await process.queue.drain(60)
        assert core.replies(question)
    async with core.running():
        await core.until(lambda: "how?" in asked.text)


@pytest.mark.parametrize("status", [502, 503])
async def test_an_answer_whose_post_failed_after_the_write_stands_there_once(
    core: DiscordCore, status: int
) -> None:
    core.server.fail("POST", r"/messages$", Fault.server_error(status, after=True))
    async with core.running() as process:
        question = await core.ask()
        await core.reply(question)
        await process.queue.idle()
    assert len(core.server.from_bot(core.room)) == 1


async def test_a_run_of_twenty_minutes_is_delivered_to_a_slash_command(core: DiscordCore) -> None:
    core.model.hold()
    async with core.running():
        asked = await core.slash("ask", question="think hard")
        await core.until(lambda: core.model.runs)
        core.server.advance(20 * MINUTE)
        core.model.release()
        await core.until(lambda: core.server.from_bot(core.room)[1:])
    assert not asked.followups
    answer = core.server.from_bot(core.room)[-1]
    assert answer.content == f"{core.ann.mention}\nYou said: Ann: think hard"


async def test_a_long_answer_with_code_is_whole_in_every_part(core: DiscordCore) -> None:
    core.model.answer = lambda _: f"Here it is:\n\n{CODE}\n\nThat is all."
    async with core.running():
        await core.ask()
        await core.until(core.ends)
    parts = [one.content for one in core.server.from_bot(core.room)]
    assert len(parts) > 2
    assert all(part.count("```") % 2 == 0 and len(part) <= 2000 for part in parts)
    lines = [line for part in parts for line in part.splitlines() if line.startswith("line_")]
    assert lines == CODE.splitlines()[1:-1]
    assert parts[1].startswith("```python\n")


async def test_an_answer_of_more_than_four_parts_is_its_beginning_and_a_file(
    core: DiscordCore,
) -> None:
    long = "A sentence of no great importance. " * 300
    core.model.answer = lambda _: long
    async with core.running():
        await core.ask()
        await core.until(core.ends)
    beginning, rest = core.server.from_bot(core.room)
    assert beginning.content.startswith(long[:1000])
    assert [one.data.decode() for one in rest.attachments] == [long.strip()]


async def test_where_it_is_set_an_answer_is_shown_while_it_is_written_and_can_be_stopped(
    core: DiscordCore,
) -> None:
    core.model.answer = lambda _: "Once upon a time " * 30
    core.model.hold()
    admin = core.boss()
    async with core.running() as process:
        await core.told("homeroom stream", admin, show="on")
        await core.ask()
        await core.until(lambda: core.server.from_bot(core.room))
        [shown] = core.server.from_bot(core.room)
        [stop] = shown.custom_ids
        await core.server.click(shown, stop, core.ann)
        await core.until(lambda: "*Stopped.*" in shown.content)
        core.model.release()
        await process.queue.idle()
        question = await core.ask("and again?")
        await core.reply(question)
    assert core.model.runs[0].status == "cancelled"
    assert not any("stop" in one for m in core.server.from_bot(core.room) for one in m.custom_ids)


async def test_an_answer_is_made_again_and_voted_on_after_a_restart(core: DiscordCore) -> None:
    async with core.running():
        question = await core.ask()
        await core.reply(question)
    [answer] = core.replies(question)
    async with core.running() as process:
        again, up, _ = answer.custom_ids
        await core.server.click(answer, again, core.ann)
        await core.until(lambda: len(core.replies(question)) == 2)
        praised = await core.server.click(answer, up, core.ann)
        await core.until(lambda: praised.text)
        assert [one["vote"] for one in await process.rows("SELECT vote FROM votes")] == ["up"]
    assert len(core.model.runs) == 2


async def test_a_post_that_hangs_holds_up_nobody_elsewhere(core: DiscordCore) -> None:
    gate = asyncio.Event()
    core.server.fail("POST", rf"/channels/{core.room.id}/messages$", Fault(gate=gate))
    other = core.guild.add_text_channel("other")
    async with core.running():
        slow = await core.ask("slow")
        await core.until(lambda: core.server.struck)
        await core.reply(await core.ask("quick", channel=other), other)
        asked = await core.slash("ask", question="here, too")
        await asked.wait()
        assert not core.replies(slow)
        gate.set()
        await core.reply(slow)


async def test_private_talk_never_reaches_the_model_in_the_open(core: DiscordCore) -> None:
    async with core.running():
        whispered = await core.slash("ask", question="my secret", private=True)
        await core.until(lambda: whispered.text)
        dm = core.server.open_dm(core.ann)
        said = await core.server.say(dm, core.ann, "my other secret")
        await core.until(lambda: core.replies(said, dm))
        await core.reply(await core.ask("what is my secret?"))
    conversations = [run.conversation for run in core.model.runs]
    assert len(set(conversations)) == 3
    assert len(core.server.from_bot(core.room)) == 1 + bool(whispered.original is None)


async def test_the_bot_types_from_the_first_moment_to_the_last(core: DiscordCore) -> None:
    core.model.hold()
    async with core.running() as process:
        question = await core.ask()
        await core.until(lambda: core.server.calls_to("POST", "/typing"))
        core.model.release()
        await core.reply(question)
        await core.until(lambda: not process.adapter._statuses._typing)


async def test_an_answer_pings_nobody_but_the_asker(core: DiscordCore) -> None:
    victim = core.server.owner.mention
    core.model.answer = lambda _: f"@everyone @here {core.guild.bot_role.mention} {victim}"
    async with core.running():
        await core.reply(await core.ask())
        asked = await core.slash("ask", question="and here?")
        await core.until(lambda: asked.text)
    assert {one.target_id for one in core.server.pings_by_bot} <= {core.ann.id}
