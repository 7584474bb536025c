"""What has to be confirmed is asked about in a message, and made once, as it was written."""

import asyncio
from dataclasses import replace

import pytest

from bot.core.along import Along
from bot.core.confirming import card, confirmed_in, decided_id, undecided
from bot.core.errors import NotEditable
from bot.core.messages import Author, Message
from bot.core.posts import Way
from bot.core.tools import Call, Decision, MadeCall, Output
from bot.core.turns import Step, Turn
from bot.rules.calling import STOPPED
from bot.words import Language, speaking
from tests.fakes.platform import FakePlatform
from tests.fakes.toolbox import BOOK, DICE, FakeToolbox
from tests.patience import PATIENCE
from tests.unit.world import World, WrappedTurns, message

ASKED = 'May I?** Ada decides about no. 1, `book`, with exactly this:\n````\n{\n  "n": 1\n}'


def toolbox() -> FakeToolbox:
    return FakeToolbox(tools=(DICE, replace(BOOK, must_confirm=True)))


def book(text: str, outputs: int) -> list[tuple[str, str]]:
    return [("book", '{"n": 1}')] if text == "book" and not outputs else []


def said_later(platform: FakePlatform, question: Message, decision: Decision) -> list[str]:
    return platform.reply(replace(question, id=decided_id(question.id, 1, decision)))


@pytest.mark.parametrize("backend", ["responses", "chat"])
async def test_a_call_that_is_confirmed_after_a_restart_is_made_once(
    world: World, backend: str
) -> None:
    world.server.wants = book
    tools, question = toolbox(), message("book")
    async with world.bot(backend, toolbox=tools) as bot:
        await bot.intake.accept(question)
        await bot.idle()
        [reply] = world.platform.reply(question)
        assert reply.startswith("You said: book\n\n**May I?")
        assert ASKED in reply
        [post] = world.platform.posts_to(question)
        assert [b.id for b in post.controls][:2] == ["homeroom:confirm:#1", "homeroom:decline:#1"]
        assert not tools.effects
    async with world.bot(backend, toolbox=tools) as bot:
        for _ in range(2):
            await bot.say("/confirm 1")
            await bot.idle()
        assert tools.effects == {'book {"n": 1}': 1}
        [answer] = said_later(world.platform, question, Decision.CONFIRMED)
        assert answer.endswith("*(used: book)*")
        [post] = world.platform.posts_to(question)
        assert post.text.endswith("````\n**Confirmed by Ada.**")
        assert [b.command for b in post.controls if b.command in {"confirm", "decline"}] == []
    told = str([request.body for request in world.server.requests])
    assert "book is done" in told


async def test_a_confirmed_call_that_is_stopped_midway_has_an_output(world: World) -> None:
    world.server.wants = book
    tools = toolbox()
    tools.gate = asyncio.Event()
    async with world.bot(toolbox=tools) as bot:
        await bot.say("book")
        await bot.idle()
        await bot.say("/confirm 1")
        async with asyncio.timeout(PATIENCE):
            while not tools.uses:  # noqa: ASYNC110 - it is another task's
                await asyncio.sleep(0.001)
        await bot.say("/stop")
        await bot.idle()
        assert tools.ended == ["book"]
        found = await bot.storage.calls.find(1)
        assert found is not None
        assert found[0].output == Output(STOPPED, is_error=True)


@pytest.mark.parametrize("language", Language)
def test_the_end_of_a_card_is_found_in_whichever_language_it_was_written(
    language: Language,
) -> None:
    call = Call("c1", "book", "{}")
    made = MadeCall(number=7, turn_id=1, step=0, call=call, made_at=0.0)
    with speaking(language):
        shown = card([made], "Ada")
    assert len([end for end in undecided(7) if shown.endswith(f"\n{end}")]) == 1


async def test_a_call_that_is_declined_is_never_made(world: World) -> None:
    world.server.wants = book
    tools = toolbox()
    async with world.bot(toolbox=tools) as bot:
        question = await bot.say("book")
        await bot.idle()
        await bot.say("/decline 1")
        await bot.idle()
        assert "No, do not do it" in said_later(world.platform, question, Decision.DECLINED)[0]
        assert world.platform.reply(question)[0].endswith("````\n**Declined by Ada.**")
        assert await bot.ask("/confirm 1") == "That was declined already."
        assert "Declined" in world.platform.reply(question)[0]
    assert not tools.effects


async def test_only_who_was_asked_decides(world: World) -> None:
    world.server.wants = book
    tools = toolbox()
    async with world.bot(toolbox=tools) as bot:
        await bot.say("book")
        await bot.idle()
        other = replace(message("/confirm 1"), author=Author("u2", "Bob"))
        await bot.intake.accept(other)
        await bot.idle()
        elsewhere = message("/confirm 1", "elsewhere")
        await bot.intake.accept(elsewhere)
        await bot.idle()
        assert "nothing of that number" in world.platform.reply(elsewhere)[0]
        for words in (
            "/confirm",
            "/confirm 99",
            "/confirm one",
            f"/confirm {9:020}",
            f"/confirm {10**20}",
        ):
            assert "nothing of that number" in await bot.ask(words)
    assert not tools.effects


async def test_after_a_day_it_is_too_late(world: World) -> None:
    world.server.wants = book
    async with world.bot(toolbox=toolbox()) as bot:
        await bot.say("book")
        await bot.idle()
        await bot.database.fetch("UPDATE calls SET made_at = made_at - 90000", {})
        assert "more than a day ago" in await bot.ask("/confirm 1")


def test_the_id_of_what_a_decision_has_said_names_the_call() -> None:
    assert confirmed_in(decided_id("m1", 7, Decision.CONFIRMED)) == 7
    assert confirmed_in(decided_id("m1", 7, Decision.DECLINED)) is None
    assert confirmed_in("m1 confirmed-7") is None


async def test_a_press_before_it_is_known_to_be_delivered_takes_the_buttons_away(
    world: World,
) -> None:
    """It is a turn of its own, and comes as soon as the card is seen."""
    world.server.wants = book
    seen, decided = asyncio.Event(), asyncio.Event()

    class Slow(WrappedTurns):
        async def save(self, turn: Turn, along: Along | None = None) -> None:
            if turn.step is Step.DELIVER and turn.message.text == "book" and not seen.is_set():
                seen.set()
                await decided.wait()
            await self.inner.save(turn, along)

    async with world.bot(toolbox=toolbox(), wrap_storage=Slow.around) as bot:
        question = await bot.say("book")
        async with asyncio.timeout(PATIENCE):
            await seen.wait()
        await bot.storage.calls.decide(1, Decision.DECLINED)
        decided.set()
        await bot.idle()
        [post] = world.platform.posts_to(question)
        assert post.text.endswith("**Declined by Ada.**")
        assert not [b for b in post.controls if b.command in {"confirm", "decline"}]


async def test_a_card_whose_message_can_no_longer_be_changed_is_not_told_again(
    world: World,
) -> None:
    world.server.wants, tools = book, toolbox()
    async with world.bot(toolbox=tools) as bot:
        question = await bot.say("book")
        await bot.idle()
        bot.adapter.open_ways = (Way("there"),)  # its token is too old
        bot.adapter.fail("edit", NotEditable("too old"))
        await bot.say("/confirm 1")
        await bot.idle()
        assert len(world.platform.posts_to(question)) == 1
        assert (await bot.row(question))["step"] == "delivered"
        assert tools.effects == {'book {"n": 1}': 1}
