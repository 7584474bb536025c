"""Answers that staff see first: a held answer is not a held turn."""

from bot.core.controls import Button
from bot.core.messages import Message
from tests.fakes.platform import LIVE
from tests.unit.attending import attended
from tests.unit.test_class_desk import EVE, TOM, said
from tests.unit.test_humans import ANN, ask, card, course, given, labelled, press
from tests.unit.world import Bot, World

__all__ = ["course"]

LONG = "A sentence that says a little of it. " * 20


async def drafted(bot: Bot, words: str = "why?") -> Message:
    [on] = await said(bot, "/staff drafts on", TOM)
    assert on == "Staff see answers here first: on."
    return await ask(bot, words)


def button(world: World, label: str) -> Button:
    return labelled(card(world.platform).controls, label)


async def test_a_draft_is_seen_by_staff_and_given_once_it_is_approved(
    world: World, course: Bot
) -> None:
    question = await drafted(course)
    [notice] = world.platform.reply(question)
    assert notice.startswith("An answer is written.")
    assert "You said: why?" in card(world.platform).text
    assert await press(course, button(world, "Approve"), ANN) == "#1 is given."
    assert given(world.platform, question, "given") == ["You said: why?"]
    assert "You said" not in card(world.platform).text.partition("> why?")[2]


async def test_the_conversation_goes_on_meanwhile_and_ends_in_the_order_of_approval(
    world: World, course: Bot
) -> None:
    first = await drafted(course, "first")
    await said(course, "/staff drafts off", TOM)
    second = await ask(course, "second")
    assert world.platform.reply(second)[0].startswith("You said: second")
    await said(course, "/staff approve 1", TOM)
    await ask(course, "third")
    [*_, newest] = await course.storage.looks.turns_in(str(first.key), 50)
    history = await course.storage.turns.history(newest, 10)
    assert [one.question for one in history] == ["second", "first"]


async def test_what_staff_change_is_what_is_given(world: World, course: Bot) -> None:
    question = await drafted(course)
    await press(course, button(world, "Edit"), ANN, "In other words.")
    assert given(world.platform, question, "given") == ["In other words."]


async def test_what_staff_reject_is_shown_to_nobody(world: World, course: Bot) -> None:
    question = await drafted(course)
    await press(course, button(world, "Reject"), ANN)
    assert given(world.platform, question, "given") == []
    assert "do not give you" in given(world.platform, question, "told")[0]


async def test_a_draft_gets_shorter_and_the_older_button_does_nothing_any_more(
    world: World, course: Bot
) -> None:
    world.server.answer = lambda _asked: LONG
    question = await drafted(course)
    older = button(world, "Approve")
    assert await press(course, button(world, "Shorter"), ANN) == "#1 is shorter."
    assert "nothing was done" in await press(course, older, ANN)
    await press(course, button(world, "Approve"), ANN)
    [text] = given(world.platform, question, "given")
    assert text.endswith("of it.")
    assert len(text) < len(LONG) * 0.6


async def test_what_was_held_back_does_not_stay_at_the_models_server(
    world: World, course: Bot
) -> None:
    world.server.answer = lambda asked: "A wild guess." if "first" in asked else "Yes."
    await drafted(course, "first")
    await press(course, button(world, "Edit"), ANN, "Staff's own words.")
    await said(course, "/staff drafts off", TOM)
    await course.forgetting.finish()
    await ask(course, "say that again")
    sent = [request for request in world.server.requests if request.method == "POST"]
    bodies = [str(request.body) for request in sent]
    after = bodies[next(i for i, body in enumerate(bodies) if "first" in body) + 1 :]
    assert any("Staff's own words." in body for body in after)
    assert not any("A wild guess." in body for body in after)
    assert any(request.method == "DELETE" for request in world.server.requests)


async def test_a_draft_costs_a_heart_and_a_rejected_one_gives_it_back(course: Bot) -> None:
    await drafted(course)
    assert "9 of 10" in (await said(course, "/hearts", EVE))[0]
    await said(course, "/staff reject 1", TOM)
    assert "10 of 10" in (await said(course, "/hearts", EVE))[0]


async def test_a_draft_is_not_shown_while_it_is_written(world: World) -> None:
    async with world.bot("chat", limits=LIVE) as bot:
        await attended(bot)
        question = await drafted(bot)
        texts = [text for post in world.platform.posts_to(question) for text in post.texts]
    assert not any("You said" in text for text in texts)
