"""Hearts, from the question that takes one to the answer that says how many are left."""

from dataclasses import replace

from bot.core.messages import Author, Message
from tests.unit.attending import attended
from tests.unit.killing import is_killed_over
from tests.unit.test_class_desk import EVE, TOM, said
from tests.unit.world import Bot, World, message


async def ask(bot: Bot, words: str, author: Author = EVE, channel: str = "general") -> str:
    replies = await said(bot, words, author, channel)
    return "\n".join(replies)


async def rows(bot: Bot) -> list[str]:
    found = await bot.database.fetch("SELECT kind FROM shares ORDER BY n", {})
    return [row["kind"] for row in found]


async def test_each_answer_says_what_is_left_and_when_more_comes(bot: Bot) -> None:
    await attended(bot)
    assert "\n\n♥ 9 of 10 hearts, next in 3 min" in await ask(bot, "why?")
    assert "8 of 10 hearts" in await ask(bot, "and?")
    assert await ask(bot, "/hearts") == (
        "You have 8 of 10 hearts, next in 3 min. Each question takes one."
    )


async def test_without_a_heart_nothing_is_asked_and_she_alone_is_told(
    world: World, bot: Bot
) -> None:
    await attended(bot)
    await said(bot, "/class hearts 1 every 5 min")
    await ask(bot, "why?")
    assert await ask(bot, "and now?") == ""
    assert [who for who, _ in world.platform.turned_away] == [EVE.id]
    assert "back in 5 min" in world.platform.turned_away[0][1]
    assert [run.input_text for run in world.server.runs] == ["why?"]


async def test_what_is_left_follows_the_person_into_other_channels(bot: Bot) -> None:
    await attended(bot)
    await ask(bot, "why?")
    assert "8 of 10 hearts" in await ask(bot, "and here?", channel="elsewhere")


async def test_staff_pay_nothing_and_may_give(bot: Bot) -> None:
    await attended(bot)
    assert "♥" not in await ask(bot, "why?", TOM)
    for _ in range(3):
        await ask(bot, "why?")
    assert await ask(bot, f"/staff hearts user:{EVE.id} 2", TOM) == (
        "Given. They have 9 of 10 hearts, next in 3 min now."
    )
    assert await ask(bot, f"/staff hearts user:{EVE.id} 2") == ""


async def test_what_failed_costs_nothing_and_the_last_heart_is_there_again(
    world: World, bot: Bot
) -> None:
    await attended(bot)
    await said(bot, "/class hearts 1 every 5 min")
    for _ in range(2):
        world.server.next_run(status="failed", error_code="server_error")
    assert "hearts" not in await ask(bot, "why?")
    assert "0 of 1 hearts" in await ask(bot, "once more")
    assert await rows(bot) == ["spent", "back", "spent"]


async def test_killed_at_any_moment_a_question_is_charged_once(world: World) -> None:
    async with world.bot() as bot:
        await attended(bot)
        await said(bot, "/class hearts 900 every 5 min")
    asked: list[Message] = []
    while not asked or await is_killed_over(world, asked[-1], at=len(asked)):
        async with world.bot() as bot:
            for question in asked[-1:]:  # the platform tells what was not acknowledged again
                await bot.intake.accept(question)
            await bot.idle()
            asked.append(replace(message("why?"), author=EVE))
            assert await rows(bot) == ["spent"] * (len(asked) - 1)
    assert len(asked) > 20
    assert [len(world.platform.reply(question)) for question in asked] == [1] * len(asked)


async def test_whoever_asks_where_there_is_no_course_pays_nothing(bot: Bot) -> None:
    assert "♥" not in await ask(bot, "why?")
    assert await rows(bot) == []
    assert await ask(bot, "/hearts") == "Nobody counts what you ask here."


async def test_assistants_and_guests_have_hearts_of_their_own(bot: Bot) -> None:
    await attended(bot)
    ann = Author("ann", "Ann")
    await said(bot, "/class assistants user:ann")
    assert "♥" not in await ask(bot, "why?", ann)
    await said(bot, "/class hearts assistant 2 every 1 min")
    assert "♥ 1 of 2 hearts" in await ask(bot, "why?", ann)
    assert "9 of 10 hearts" in await ask(bot, "why?", EVE)
    assert "♥" not in await ask(bot, "why?", TOM)  # who teaches
    await said(bot, "/class hearts assistants off")
    assert await ask(bot, "/hearts", ann) == "Nobody counts what you ask here."
    assert await ask(bot, "/staff hearts user:ann 2", TOM) == "Nobody counts what they ask here."
    [shown] = await said(bot, "/class")
    assert "hearts of assistants: not counted; of guests: 5 every 6 min" in shown
    for nonsense in ("off", "0", "owner 3", "guest 3 every 0 min"):
        [words] = await said(bot, f"/class hearts {nonsense}")
        assert words.startswith("It is written like this")
