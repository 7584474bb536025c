"""A private answer, made public by whoever asked."""

from dataclasses import replace

import pytest

from bot.core.controls import Button
from bot.core.messages import Author, Message
from tests.fakes.platform import Shown
from tests.unit.attending import attended
from tests.unit.exam_house import announce
from tests.unit.test_class_desk import EVE, TOM, said, told
from tests.unit.world import Bot, World, message


async def asked_alone(bot: Bot, **changes: object) -> Message:
    question = replace(message("why?"), author=EVE, **changes)  # type: ignore[arg-type]
    await told(bot, question)
    return question


def buttons(world: World, question: Message) -> list[Button]:
    [shown] = world.platform.posts_to(question)
    return [one for one in shown.controls if one.command in {"publish", "alone"}]


async def pressed(bot: Bot, button: Button, author: Author = EVE, at: float | None = None) -> str:
    press = replace(message(""), author=author, command=button.command, text=button.words)
    return "\n".join(await told(bot, replace(press, sent_at=at)))


def public(world: World) -> list[Shown]:
    return [one for one in world.platform.posts if one.question.id.startswith("public/")]


@pytest.mark.parametrize(
    ("number", "head"), [(0, "**Somebody asked:**"), (1, f"**{EVE.name} asked:**")]
)
async def test_she_makes_it_public_once_and_is_named_if_she_says_so(
    world: World, bot: Bot, number: int, head: str
) -> None:
    await attended(bot)
    both = buttons(world, await asked_alone(bot))
    assert await pressed(bot, both[number]) == "Everybody here can read it now."
    assert await pressed(bot, both[1]) == "It is public already."
    [shown] = public(world)
    assert shown.text.startswith(f"{head}\n> why?\n\n")
    assert "hearts" not in shown.text
    assert shown.controls == ()
    assert len(world.server.runs) == 1


async def test_nobody_else_makes_it_public(world: World, bot: Bot) -> None:
    await attended(bot)
    [without, _] = buttons(world, await asked_alone(bot))
    assert await pressed(bot, without, TOM) == "I no longer have that question."
    shared = await asked_alone(bot, is_shared=True)
    forged = replace(without, words=shared.unique_key)
    await pressed(bot, forged, TOM)
    assert (TOM.id, "Only whoever asked it can make it public.") in world.platform.turned_away
    assert "no answer yet" in await pressed(bot, forged)  # it is public as it is
    assert public(world) == []


async def test_what_is_public_has_a_way_to_ask_alone_and_messages_to_the_bot_have_neither(
    world: World, bot: Bot
) -> None:
    await attended(bot)
    shared = await asked_alone(bot, is_shared=True)
    assert [one.command for one in buttons(world, shared)] == ["alone"]
    assert await pressed(bot, buttons(world, shared)[0]) == ""  # its form is on the screen
    direct = await asked_alone(bot, key=message("", "direct").key)
    assert buttons(world, direct) == []


async def test_inside_an_exam_nothing_is_made_public(world: World, bot: Bot) -> None:
    await attended(bot)
    [without, _] = buttons(world, await asked_alone(bot))
    [course] = await bot.storage.courses.all()
    exam = await announce(bot, course)
    assert "An exam is on" in await pressed(bot, without, at=exam.starts_at + 1)
    assert public(world) == []


async def test_it_goes_with_what_is_deleted_of_her(world: World, bot: Bot) -> None:
    await attended(bot)
    [without, _] = buttons(world, await asked_alone(bot))
    await pressed(bot, without)
    await said(bot, "/privacy delete everything", EVE)
    rows = await bot.database.fetch("SELECT * FROM turns", {})
    assert "why?" not in str([dict(row) for row in rows])
