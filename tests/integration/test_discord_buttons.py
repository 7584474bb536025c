"""Buttons below answers: they work after a restart, and leave nothing behind."""

from dataclasses import replace

from bot.core.forms import read_filled
from bot.core.messages import Message
from tests.fakes.discord_interactions import Interaction
from tests.fakes.discord_things import Message as Said
from tests.integration import discord_stage
from tests.integration.discord_stage import Stage

stage, empty_stage = discord_stage.stage, discord_stage.empty_stage


async def answered(stage: Stage) -> tuple[Message, Said]:
    question = await stage.ask()
    await stage.answer(question)
    return question, stage.replies()[-1]


async def click(stage: Stage, message: Said, verb: str) -> Interaction:
    custom_id = next(one for one in message.custom_ids if f":{verb}:" in one)
    return await stage.server.click(message, custom_id, stage.ann)


async def test_an_answer_is_made_again_after_a_restart_too(stage: Stage) -> None:
    question, answer = await answered(stage)
    await stage.restart()
    await stage.server.until(lambda: stage.server.gateway.sessions)
    clicked = await click(stage, answer, "again")
    wish = await stage.accepted(clicked.id)
    assert (wish.command, wish.text) == ("again", question.unique_key)
    assert (wish.author.id, clicked.ephemeral) == (str(stage.ann.id), True)


async def test_another_answer_is_another_message(stage: Stage) -> None:
    asked, question = await stage.slash()
    await stage.answer(question, "first")
    again = replace(question, id=f"{question.id}/again/{stage.server.new_id()}")
    await stage.answer(again, "second")
    assert asked.text == "first"
    assert stage.shown()[-1].endswith("second")


async def test_another_answer_is_found_after_a_restart_and_not_the_first_one(
    stage: Stage,
) -> None:
    question, _ = await answered(stage)
    again = replace(question, id=f"{question.id}/again/{stage.server.new_id()}")
    stage.server.advance(600)
    await stage.restart()
    assert await stage.find(again) is None
    ref = await stage.answer(again, "second")
    stage.server.advance(600)
    await stage.restart()
    assert await stage.find(again) == ref


async def test_an_answer_made_again_and_again_keeps_its_buttons(stage: Stage) -> None:
    question, _ = await answered(stage)
    again = replace(question, id=question.id + f"/again/{stage.server.new_id()}" * 5)
    await stage.answer(again)
    assert f"homeroom:again:{question.unique_key}" in stage.replies()[-1].custom_ids


async def test_praise_is_said_as_a_command(stage: Stage) -> None:
    question, answer = await answered(stage)
    clicked = await click(stage, answer, "up")
    praise = await stage.accepted(clicked.id)
    assert (praise.command, praise.text) == ("up", question.unique_key)


async def test_blame_comes_with_a_reason_also_after_a_restart(stage: Stage) -> None:
    question, answer = await answered(stage)
    clicked = await click(stage, answer, "down")
    await clicked.wait()
    blame = await stage.accepted(clicked.id)
    await stage.restart()
    await stage.server.until(lambda: stage.server.gateway.sessions)
    sent = await stage.server.submit_modal(clicked, {"reason": "it is wrong"})
    reason = await stage.accepted(sent.id)
    assert (blame.command, blame.text) == ("down", question.unique_key)
    assert reason.command == "reason"
    assert read_filled(reason.text) == (question.unique_key, {"reason": "it is wrong"})


async def test_the_buttons_of_an_earlier_version_still_work(stage: Stage) -> None:
    question, answer = await answered(stage)
    for row in answer.components:
        for button in row["components"]:
            button["custom_id"] = button["custom_id"].replace(question.unique_key, question.id)
    clicked = await click(stage, answer, "up")
    assert (await stage.accepted(clicked.id)).text == question.unique_key


async def test_stop_is_a_command_in_the_conversation_of_its_message(stage: Stage) -> None:
    stage.door.chosen[f"discord:{stage.guild.id}", "stream"] = "on"
    for question in ((await stage.ask()), (await stage.slash(private=True))[1]):
        await stage.answer(question, "so far", final=False)
        shown = next(
            one
            for one in stage.channel.messages.values()
            if f"homeroom:stop:{question.unique_key}" in one.custom_ids
        )
        clicked = await click(stage, shown, "stop")
        stop = await stage.accepted(clicked.id)
        assert (stop.command, stop.text, stop.key) == ("stop", question.unique_key, question.key)


async def test_hundreds_of_buttons_leave_nothing_in_memory(stage: Stage) -> None:
    question = await stage.ask()
    for number in range(50):
        await stage.answer(question, str(number), part=number % 5)
    store = (await stage.adapter._rest.client())._connection._view_store
    assert (store._views, store._synced_message_views, store._modals) == ({}, {}, {})
