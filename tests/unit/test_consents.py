"""Nothing of anybody's goes to a model before she agrees: hers, and others' words."""

from dataclasses import replace

from bot.core.courses import Member, Role
from bot.core.messages import Author, Message
from bot.core.quoting import Quote
from tests.unit.exam_house import ADA, OPEN, open_course
from tests.unit.test_class_desk import EVE, TOM
from tests.unit.world import Bot, World, message

ASKS = replace(OPEN, consent=True, places="the library desk")


async def said(bot: Bot, words: str, author: Author = ADA, **changes: object) -> Message:
    wish = replace(message(words), author=author, **changes)  # type: ignore[arg-type]
    await bot.intake.accept(wish)
    await bot.idle()
    return wish


def told(world: World) -> str:
    """What the model was sent last."""
    return str([one.body for one in world.server.requests if one.method == "POST"][-1:])


def shown(bot: Bot, question: Message) -> str:
    return "\n".join(bot.adapter.service.reply(question))


async def test_nothing_is_sent_before_yes_and_the_question_is_asked_then(
    world: World, bot: Bot
) -> None:
    course = await open_course(bot, ASKS)
    question = await said(bot, "why?")
    words = shown(bot, question)
    assert "You are talking to a program." in words
    assert "kept for 180 days" in words
    assert world.server.requests == []
    [post] = world.platform.posts_to(question)
    assert [one.label for one in post.controls] == ["Yes, I agree", "No, a person please"]
    press = await said(bot, f"/{post.controls[0].command} {post.controls[0].words}")
    assert shown(bot, press) == "Thank you. I answer what you asked."
    assert [run.input_text for run in world.server.runs] == ["why?"]
    await bot.intake.accept(press)  # as platforms repeat what they have told
    await bot.idle()
    assert len(world.server.runs) == 1
    member = await bot.storage.courses.member(course.id, "fake:school:u1")
    assert member is not None
    assert (member.agrees, member.is_of_age, bool(member.told_at)) == (True, True, True)


async def test_to_be_told_is_not_to_agree_and_it_is_told_once(world: World, bot: Bot) -> None:
    course = await open_course(bot, ASKS)
    first, second = await said(bot, "why?"), await said(bot, "and why?")
    assert "You are talking to a program." in shown(bot, first)
    assert "You are talking to a program." not in shown(bot, second)
    assert "May I send your questions to the model?" in shown(bot, second)
    member = await bot.storage.courses.member(course.id, "fake:school:u1")
    assert member is not None
    assert (member.agrees, bool(member.told_at)) == (None, True)
    assert world.server.requests == []


async def test_a_no_shows_the_way_to_a_person_and_can_be_taken_back(world: World, bot: Bot) -> None:
    await open_course(bot, ASKS)
    await said(bot, "why?")
    refused = await said(bot, "/disagree")
    assert "Besides: the library desk." in shown(bot, refused)
    await said(bot, "why then?")
    assert world.server.requests == []
    await said(bot, "/agree")
    assert [run.input_text for run in world.server.runs] == ["why then?"]


async def test_whoever_presses_decides_for_herself_alone(world: World, bot: Bot) -> None:
    await open_course(bot, ASKS)
    question = await said(bot, "why?", is_shared=True)
    await said(bot, f"/agree {question.unique_key}", EVE)
    assert world.server.requests == []


async def test_no_other_place_is_a_way_around(world: World, bot: Bot) -> None:
    await open_course(bot, ASKS)
    for space in ("dm", "foreign"):
        await said(bot, "why?", key=replace(message("").key, space=space))
    assert world.server.requests == []


async def test_where_nobody_is_asked_the_first_answer_says_what_this_is(bot: Bot) -> None:
    await open_course(bot)
    first, second = await said(bot, "why?"), await said(bot, "and?")
    assert "You are talking to a program." in shown(bot, first)
    assert "You are talking to a program." not in shown(bot, second)


async def test_others_words_reach_the_model_only_if_they_agree(world: World, bot: Bot) -> None:
    course = await open_course(bot, ASKS)
    await bot.storage.courses.decide(course.id, "fake:school:u1", 1.0, agrees=True)
    await bot.storage.courses.decide(course.id, "fake:school:yes", 1.0, agrees=True)
    await bot.storage.courses.enrol(
        Member(course=course.id, person="fake:school:ta", role=Role.ASSISTANT)
    )
    world.platform.earlier = [
        Quote("No", "zq-refused", author="no"),
        Quote("Yes", "zq-agreed", author="yes"),
        Quote("Ta", "zq-staff", author="ta"),
        Quote("Tom", "zq-teacher", author=TOM.id),
        Quote("Who", "zq-unknown"),
    ]
    await said(bot, "why?", is_shared=True)
    sent = told(world)
    assert [one.words for one in world.platform.earlier if one.words in sent] == [
        *("zq-agreed", "zq-staff", "zq-teacher")
    ]


async def test_a_quote_of_somebody_who_has_not_agreed_is_left_out(world: World, bot: Bot) -> None:
    course = await open_course(bot, ASKS)
    await bot.storage.courses.decide(course.id, "fake:school:u1", 1.0, agrees=True)
    await bot.storage.courses.decide(course.id, "fake:school:yes", 1.0, agrees=True)
    for quoted_of, is_heard in ((("yes",), True), (("yes", "no"), False), ((), False)):
        quote = "> Somebody: zq-quoted"
        words = f"{quote}\nwhat is that?"
        await said(bot, words, quoted=quote, quoted_of=quoted_of, is_shared=True)
        assert ("zq-quoted" in told(world)) is is_heard
        await said(bot, "/new")


async def test_what_was_said_before_a_course_opened_is_no_history(world: World) -> None:
    async with world.bot("chat") as bot:
        await said(bot, "zq-before")
        course = await open_course(bot)
        await bot.storage.courses.begin_anew("fake:school", 2.0)
        await said(bot, "after")
        assert "zq-before" not in told(world)
        await said(bot, "zq-mine")
        await said(bot, "/disagree")
        await bot.storage.courses.decide(course.id, "fake:school:u1", 3.0, agrees=True)
        await said(bot, "what now?")
        assert "zq-mine" not in told(world)
