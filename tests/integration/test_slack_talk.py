"""What a person sees of the whole bot in Slack: threads, commands, buttons, files, settings."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from adapters.slack.commands import COMMANDS, SHORTCUT
from tests.fakes.slack_server import Message as Shown
from tests.integration.slack_bot import ALICE, BOB, CHANNEL, words_of
from tests.integration.slack_core import SlackCore, slack_core

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.fixture
async def quiet(tmp_path: Path) -> AsyncIterator[SlackCore]:
    """Nobody listens yet."""
    async with slack_core(tmp_path) as core:
        yield core


@pytest.fixture
async def core(quiet: SlackCore) -> AsyncIterator[SlackCore]:
    async with quiet.running():
        yield quiet


async def test_a_direct_message_is_answered_in_its_thread_without_a_mention(
    core: SlackCore,
) -> None:
    direct = core.slack.dm(ALICE)
    core.model.hold()
    thread = await core.slack.say(direct, ALICE, "why?")
    session = core.slack.session(direct, thread)
    await core.until(lambda: session.title == "why?")
    core.model.release()
    await core.until(lambda: core.replies(thread, direct))
    assert core.replies(thread, direct) == ["You said: why?"]
    await core.until(lambda: session.status == "active")
    await core.slack.say(direct, ALICE, "and how?", thread)
    await core.until(lambda: len(core.replies(thread, direct)) == 2)
    assert core.model.runs[0].conversation == core.model.runs[1].conversation


async def test_what_was_said_before_the_first_mention_is_quoted_to_the_model_and_only_once(
    core: SlackCore,
) -> None:
    thread = await core.slack.say(CHANNEL, BOB, "Is it raining?")
    await core.slack.say(CHANNEL, BOB, "I am not sure.", thread)
    await core.ask("is it?", thread)
    await core.answers(thread)
    await core.ask("really?", thread)
    await core.answers(thread, 2)
    first, second = (run.input_text for run in core.model.runs)
    assert first.endswith(
        "(quoted, not addressed to you):\n"
        "> bob: Is it raining?\n> bob: I am not sure.\n\nalice: is it?"
    )
    assert second == "alice: really?"


async def test_who_speaks_is_told_to_the_model_where_several_do(core: SlackCore) -> None:
    thread = await core.ask("why?")
    await core.answers(thread)
    await core.slack.say(CHANNEL, BOB, "and how?", thread)
    await core.answers(thread, 2)
    assert [run.input_text for run in core.model.runs] == ["alice: why?", "bob: and how?"]


async def test_a_question_that_waits_is_replaced_when_it_is_edited(core: SlackCore) -> None:
    core.model.hold()
    thread = await core.ask("first")
    await core.until(lambda: core.model.runs)
    ts = await core.slack.say(CHANNEL, BOB, "secnod", thread)
    await core.acked()
    await core.slack.edit(CHANNEL, ts, "second")
    await core.acked()
    core.model.release()
    await core.answers(thread, 2)
    assert [run.input_text for run in core.model.runs] == ["alice: first", "bob: second"]


async def test_the_answer_to_a_deleted_question_is_cancelled(core: SlackCore) -> None:
    core.model.hold()
    thread = await core.ask("why?")
    await core.until(lambda: core.slack.session(CHANNEL, thread).status == "processing")
    await core.until(lambda: core.model.runs)
    await core.slack.delete(CHANNEL, thread)
    await core.until(lambda: core.model.runs[0].status == "cancelled")
    await core.until(lambda: core.slack.session(CHANNEL, thread).status == "active")
    assert len(core.model.runs) == 1


async def test_an_answer_that_is_being_streamed_ends_when_its_question_is_deleted(
    core: SlackCore,
) -> None:
    core.model.hold()
    thread = await core.ask("why?")
    await core.until(lambda: [*core.slack.state.streams()])
    await core.slack.delete(CHANNEL, thread)
    await core.until(lambda: not [*core.slack.state.streams()])
    await core.until(lambda: core.slack.session(CHANNEL, thread).status == "active")
    assert len(core.model.runs) == 1


async def test_the_buttons_below_an_answer_keep_a_vote_and_answer_once_more(
    core: SlackCore,
) -> None:
    thread = await core.ask("why?")
    await core.answers(thread)
    (reply,) = [m for m in core.slack.messages(CHANNEL, thread) if m.metadata]
    value = _value(reply, "positive_button")
    await core.slack.click(reply.ts, "homeroom_feedback", value, ALICE)
    assert "Thank you" in (await core.told())[0]
    await core.slack.click(reply.ts, "homeroom_button:again", user=ALICE)
    assert await core.answers(thread, 2) == ["You said: alice: why?"] * 2
    assert len(core.model.runs) == 2


async def test_who_may_not_ask_cannot_have_an_answer_once_more_either_and_is_told_so_alone(
    core: SlackCore,
) -> None:
    await core.slack.command("/ask", "--public why?", ALICE, CHANNEL)
    await core.until(lambda: [m for m in core.slack.messages(CHANNEL) if m.blocks])
    (reply,) = [m for m in core.slack.messages(CHANNEL) if m.blocks]
    core.slack.state.users[BOB]["is_restricted"] = True
    await core.slack.click(reply.ts, "homeroom_button:again", user=BOB)
    expected = [(BOB, "Guests of this workspace cannot ask me.")]

    def notes() -> list[tuple[str | None, str]]:
        return [(m.ephemeral, words_of(m)) for m in core.slack.messages(CHANNEL) if m.ephemeral]

    await core.until(notes)
    assert notes() == expected
    assert len(core.model.runs) == 1


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "ask"])
async def test_every_command_is_answered_to_the_person_alone(core: SlackCore, name: str) -> None:
    await core.slack.command(f"/{name}", "", ALICE, CHANNEL)
    (answer,) = await core.told()
    assert answer
    assert "do not know" not in answer
    assert [m for m in core.slack.messages(CHANNEL) if not m.ephemeral] == []


async def test_what_is_asked_by_command_is_private_and_goes_on_until_it_begins_anew(
    core: SlackCore,
) -> None:
    for count, text in enumerate(("why?", "and how?"), 1):
        await core.slack.command("/ask", text, ALICE, CHANNEL)
        assert (await core.told(count))[-1] == f"You said: {text}"
    await core.slack.command("/new", "", ALICE, CHANNEL)
    await core.told(3)
    await core.slack.command("/ask", "who?", ALICE, CHANNEL)
    await core.told(4)
    first, second, third = (run.conversation for run in core.model.runs)
    assert first == second != third


async def test_the_assistant_chosen_by_command_in_direct_messages_answers_them_from_then_on(
    core: SlackCore,
) -> None:
    (core.folder / "homeroom.toml").write_text('[assistants.Tutor]\ninstructions = "Ask back."\n')
    direct = core.slack.dm(ALICE)
    await core.slack.command("/assistant", "tutor", ALICE, direct)
    assert await core.told(1, direct) == ["**Tutor** answers in this conversation from now on."]
    thread = await core.slack.say(direct, ALICE, "why?")
    await core.until(lambda: core.replies(thread, direct))
    assert core.model.runs[0].request["instructions"].startswith("Ask back.\n\n")


async def test_stop_as_a_command_stops_what_the_person_asked_in_the_channel(
    core: SlackCore,
) -> None:
    core.model.hold()
    thread = await core.ask("why?")
    await core.until(lambda: core.model.runs)
    await core.slack.command("/stop", "", ALICE, CHANNEL)
    assert await core.told() == ["Stopped."]
    assert core.model.runs[0].status == "cancelled"
    (stopped,) = core.replies(thread)
    assert stopped.endswith("*Stopped.*")


async def test_stop_as_a_command_stops_what_was_asked_before_a_restart(quiet: SlackCore) -> None:
    quiet.model.hold()
    async with quiet.running():
        thread = await quiet.ask("why?")
        await quiet.until(lambda: quiet.model.runs)
    async with quiet.running():
        await quiet.slack.command("/stop", "", ALICE, CHANNEL)
        assert await quiet.told() == ["Stopped."]
        (stopped,) = quiet.replies(thread)
    assert stopped.endswith("*Stopped.*")


async def test_usage_as_a_command_tells_of_the_conversation_the_person_last_asked_in(
    core: SlackCore,
) -> None:
    await core.answers(await core.ask("why?"))
    await core.slack.command("/usage", "", ALICE, CHANNEL)
    (words,) = await core.told()
    assert words.startswith("- This thread, or the one where you last asked: 1 answer: ")


async def test_one_can_ask_about_a_message_and_is_answered_alone(core: SlackCore) -> None:
    ts = await core.slack.say(CHANNEL, BOB, "entropy rises")
    await core.slack.shortcut(SHORTCUT, ALICE, ts)
    (answer,) = await core.told()
    assert "> bob: entropy rises" in answer


async def test_files_that_come_along_reach_the_model(core: SlackCore) -> None:
    given = [
        core.slack.add_file("notes.txt", b"the word is mellon"),
        core.slack.add_file("door.png", PNG, "image/png"),
        core.slack.add_file("a.py", b"print(1)", "text/x-python"),
        core.slack.add_file("map.pdf", b"%PDF-1.7 ...", "application/pdf"),
    ]
    thread = await core.slack.say(CHANNEL, ALICE, "<@U0BOT> what is it?", files=given)
    await core.answers(thread)
    request = str(core.model.runs[0].request["input"])
    assert "the word is mellon" in request
    assert "print(1)" in request
    assert "data:image/png;base64," in request
    assert "map.pdf" in request


async def test_a_long_answer_keeps_its_code_whole_and_a_very_long_one_is_a_file(
    core: SlackCore,
) -> None:
    code = "```py\n" + "print('a line of code')\n" * 700 + "```"
    core.model.answer = lambda _: f"Look:\n\n{code}"
    thread = await core.ask("why?")
    await core.answers(thread)
    parts = core.replies(thread)
    assert len(parts) == 2
    assert all(part.count("```") == 2 for part in parts)
    core.model.answer = lambda _: code * 3
    thread = await core.ask("why?")
    await core.until(lambda: [m for m in core.slack.messages(CHANNEL, thread) if m.files])
    assert "whole answer is in the file" in core.replies(thread)[0]
    (file,) = core.slack.messages(CHANNEL, thread)[-1].files
    assert core.slack.state.contents[file["id"]].decode() == code * 3


def _value(reply: Shown, side: str) -> Any:
    elements = [e for block in reply.blocks for e in block.get("elements", ())]
    return next(e[side]["value"] for e in elements if side in e)
