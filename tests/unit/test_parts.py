"""A part takes the first way that is open, and stands once."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.core.errors import (
    NotEditable,
    OutcomeUnknown,
    PlatformUnavailable,
    ShapeRefused,
    Undeliverable,
    WayClosed,
)
from bot.core.messages import Message
from bot.core.ports.adapter import Limits
from bot.core.posts import Post, Way, nonce_of_post
from bot.core.standing import Standing
from bot.core.stopwatch import Stopwatch
from tests.fakes.openai_server import Fault
from tests.fakes.platform import LIVE, FakeAdapter
from tests.unit.world import Bot, World, message

WAYS = (Way("here", "reply"), Way("here", "bare"), Way("alone"))
ANSWER = "You said: hi"


@pytest.fixture
def adapter(bot: Bot) -> FakeAdapter:
    bot.adapter.open_ways = WAYS
    return bot.adapter


async def _ask(bot: Bot, text: str = "hi") -> Message:
    question = await bot.say(text)
    await bot.idle()
    return question


@pytest.mark.parametrize(
    ("refusals", "taken"),
    [
        ([None], ["here/reply"]),
        ([ShapeRefused()], ["here/reply", "here/bare"]),
        ([Undeliverable("of a kind that is new")], ["here/reply", "here/bare"]),
        ([WayClosed()], ["here/reply", "alone/"]),
        ([ShapeRefused(), ShapeRefused()], ["here/reply", "here/bare", "alone/"]),
        ([ShapeRefused(), WayClosed()], ["here/reply", "here/bare", "alone/"]),
    ],
)
async def test_a_refusal_closes_a_shape_or_a_place(
    world: World,
    bot: Bot,
    adapter: FakeAdapter,
    refusals: Sequence[Exception | None],
    taken: Sequence[str],
) -> None:
    adapter.refused = {str(w): e for w, e in zip(WAYS, refusals, strict=False) if e}
    question = await _ask(bot)
    assert adapter.taken == taken
    assert world.platform.reply(question) == [ANSWER]
    assert (await bot.row(question))["step"] == "delivered"


async def test_parts_go_on_where_the_one_before_them_stands(
    world: World, bot: Bot, adapter: FakeAdapter
) -> None:
    adapter.shown = Limits(max_chars=8)
    adapter.refused = {"here/reply": WayClosed()}
    question = await _ask(bot)
    assert "".join(world.platform.reply(question)).split() == ANSWER.split()
    assert adapter.taken.count("here/reply") == 1


async def test_a_message_that_cannot_be_changed_is_given_up_for_another(
    world: World, bot: Bot, adapter: FakeAdapter
) -> None:
    world.server.fail("POST", "/responses$", Fault(status=503), times=2)
    adapter.fail("edit", NotEditable("10008"))
    question = await _ask(bot)
    notice, answer = world.platform.posts_to(question)
    assert ANSWER not in notice.texts
    assert answer.text == ANSWER
    assert notice.nonce != answer.nonce
    assert notice.ref in (await bot.ports.storage.posts.of(1))[0].dead


async def test_a_preview_takes_no_other_way(world: World) -> None:
    async with world.bot("chat", limits=LIVE) as bot:
        bot.adapter.open_ways = WAYS
        bot.adapter.fail("post", ShapeRefused())
        await _ask(bot, "one two three four five six")
        assert len(set(bot.adapter.taken)) == 1


async def test_a_way_is_left_only_when_it_certainly_took_nothing(
    world: World, bot: Bot, adapter: FakeAdapter
) -> None:
    adapter.fail("post", OutcomeUnknown("cut"), times=3)
    question = await _ask(bot)
    assert set(adapter.taken) == {"here/reply"}
    assert world.platform.reply(question) == [ANSWER]


async def test_what_cannot_be_looked_for_is_no_reason_to_post_again(
    world: World, bot: Bot, adapter: FakeAdapter
) -> None:
    adapter.fail("post", OutcomeUnknown("cut"), after=True)
    adapter.fail("find", Undeliverable("no access"), times=3)
    question = await _ask(bot)
    assert world.platform.reply(question) == [ANSWER]


async def test_what_was_removed_before_it_was_known_is_posted_under_another_nonce(
    world: World, bot: Bot, adapter: FakeAdapter
) -> None:
    adapter.fail("post", NotEditable("what this nonce belongs to is gone"))
    question = await _ask(bot)
    [answer] = world.platform.posts_to(question)
    assert answer.nonce == nonce_of_post(question, 0, Post().anew())
    assert adapter.taken == ["here/reply"]


async def test_an_answer_whose_file_is_refused_becomes_several_messages(
    world: World, bot: Bot, adapter: FakeAdapter
) -> None:
    world.server.answer = lambda text: "word " * 40
    adapter.shown = Limits(max_chars=60, max_parts=2)
    adapter.takes_files = False
    question = await _ask(bot)
    texts = world.platform.reply(question)
    assert "".join(texts).split() == ["word"] * 40
    assert max(map(len, texts)) <= 60


async def test_nothing_is_abandoned_before_every_way_is_closed(
    bot: Bot, adapter: FakeAdapter
) -> None:
    adapter.refused = {str(way): WayClosed() for way in WAYS}
    question = await _ask(bot)
    assert (await bot.row(question))["step"] == "undeliverable"
    assert adapter.taken == ["here/reply", "alone/"]


async def test_what_found_no_way_comes_with_the_persons_next_word_and_once(
    bot: Bot, adapter: FakeAdapter
) -> None:
    adapter.refused = {str(way): WayClosed() for way in WAYS}
    await _ask(bot)
    adapter.refused = {}
    assert (await bot.ask("more")).endswith(f"\n\n{ANSWER}")
    assert await bot.ask("and?") == "You said: and?"


async def test_what_was_asked_in_private_is_not_told_among_others(
    bot: Bot, adapter: FakeAdapter
) -> None:
    adapter.refused = {str(way): WayClosed() for way in WAYS}
    await _ask(bot)
    adapter.refused = {}
    among = replace(message("hello"), is_shared=True)
    await bot.intake.accept(among)
    await bot.idle()
    [reply] = adapter.service.reply(among)
    assert ANSWER not in reply
    assert "/status" in reply
    assert ANSWER in await bot.ask("alone again")


ENDS = ["delivered", "undeliverable", "given up", "turned away", "stopped", "withdrawn"]


@pytest.mark.parametrize("end", ENDS)
async def test_the_platform_is_told_of_every_end(
    world: World, bot: Bot, adapter: FakeAdapter, end: str
) -> None:
    if end == "undeliverable":
        adapter.refused = {str(way): WayClosed() for way in WAYS}
    elif end == "given up":
        world.server.fail("POST", "/responses$", Fault(status=401))
    elif end == "turned away":
        world.platform.standings["u1"] = Standing(refusal="Guests cannot ask me.")
    elif end in ("stopped", "withdrawn"):
        world.server.hold()
    question = await bot.say("hi")
    if end in ("stopped", "withdrawn"):
        await bot.run_of(question)
    if end == "stopped":
        await bot.say("/stop")
    if end == "withdrawn":
        await bot.intake.withdraw(question.unique_key)
    await bot.idle()
    assert question.id in adapter.ended
    assert bool(world.platform.turned_away) == (end == "turned away")


async def test_a_turn_that_goes_on_has_not_ended(bot: Bot, adapter: FakeAdapter) -> None:
    adapter.fail("post", PlatformUnavailable(), times=2)
    question = await _ask(bot)
    assert adapter.ended == [question.id]


def test_a_stopwatch_believes_the_clock_that_says_more() -> None:
    now = [1000.0]
    watch = Stopwatch(lambda: now[0])
    now[0] = 0.0
    assert watch.seconds >= 0.0
    now[0] = 1600.0
    assert watch.seconds == 600.0
