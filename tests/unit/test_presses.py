"""What the controls below an answer do."""

from dataclasses import replace

from bot.core.forms import filled
from bot.core.messages import Author, Message
from bot.core.standing import Standing
from tests.unit.world import Bot, World, message

BOB = Author("u2", "Bob")


async def asked(bot: Bot, *, is_shared: bool = True) -> Message:
    """A question of Ada's that is answered."""
    question = replace(message("hi"), is_shared=is_shared)
    await bot.intake.accept(question)
    await bot.idle()
    return question


def press(question: Message, command: str, author: Author, words: str = "") -> Message:
    """What is said by pressing a control below its answer."""
    said = message(f"/{command}")
    return replace(said, key=question.key, author=author, text=words or question.unique_key)


async def pressed(bot: Bot, *presses: Message) -> list[str]:
    for one in presses:
        await bot.intake.accept(one)
    await bot.idle()
    return [text for one in presses for text in bot.adapter.service.reply(one)]


async def test_an_answer_is_made_once_more_and_once_a_press(world: World, bot: Bot) -> None:
    question = await asked(bot)
    wish = press(question, "again", question.author)
    assert await pressed(bot, wish) == ["I am answering once more."]
    await pressed(bot, wish)  # as platforms repeat what they have told
    assert [run.input_text for run in world.server.runs] == ["Ada: hi"] * 2


async def test_only_the_asker_and_moderators_have_it_made_once_more(world: World, bot: Bot) -> None:
    question = await asked(bot)
    assert await pressed(bot, press(question, "again", BOB)) == []
    assert [who for who, _ in world.platform.turned_away] == [BOB.id]
    world.platform.standings[BOB.id] = Standing(is_moderator=True)
    assert await pressed(bot, press(question, "again", BOB)) == ["I am answering once more."]
    assert [run.input_text for run in world.server.runs] == ["Ada: hi"] * 2  # in Ada's name


async def test_what_somebody_asked_alone_is_nobody_elses_to_press(world: World, bot: Bot) -> None:
    question = await asked(bot, is_shared=False)
    world.platform.standings[BOB.id] = Standing(is_moderator=True)
    for command in ("again", "up", "down"):
        [words] = await pressed(bot, press(question, command, BOB))
        assert words == "I no longer have that question."
    assert len(world.server.runs) == 1


async def test_a_press_reaches_no_question_of_another_place(world: World, bot: Bot) -> None:
    question = await asked(bot)
    elsewhere = replace(press(question, "again", question.author), key=message("", "other").key)
    assert await pressed(bot, elsewhere) == ["I no longer have that question."]
    assert len(world.server.runs) == 1


async def test_a_person_has_one_vote_on_an_answer_and_may_say_why(bot: Bot) -> None:
    question = await asked(bot)
    key = question.unique_key
    words = await pressed(
        bot,
        press(question, "up", question.author),
        press(question, "up", BOB),
        press(question, "down", question.author),
        press(question, "reason", question.author, filled(key, {"reason": "wr\x00ong"})),
    )
    assert words == ["Thank you, that helps."] * 3  # and nothing where a form opens
    votes = await bot.database.fetch("SELECT person, vote, reason FROM votes ORDER BY person", {})
    assert [tuple(vote) for vote in votes] == [("u1", "down", "wrong"), ("u2", "up", "")]


async def test_presses_do_not_wait_for_what_is_being_answered(world: World, bot: Bot) -> None:
    question = await asked(bot)
    world.server.hold()
    slow = await bot.say("slow")
    await bot.run_of(slow)
    praise = press(question, "up", BOB)
    await bot.intake.accept(praise)
    await bot.row_when(praise, lambda row: row["state"] == "done")
    assert (await bot.row(slow))["state"] == "pending"
    world.server.release()
    await bot.idle()


async def test_an_answer_has_controls_and_a_notice_of_ours_has_none(world: World, bot: Bot) -> None:
    question = await asked(bot)
    [answer] = world.platform.posts_to(question)
    assert [one.command for one in answer.controls] == ["again", "up", "down"]
    for said in (message(""), message("/help"), message("x" * 300_000)):
        await bot.intake.accept(said)
        await bot.idle()
        [notice] = world.platform.posts_to(said)
        assert notice.controls == ()
