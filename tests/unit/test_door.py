"""What an adapter may ask of the bot besides taking a message in."""

import asyncio
from dataclasses import replace

import pytest

from bot.core.errors import Refusal
from bot.core.messages import Attachment, Author, Message
from bot.core.ports.adapter import Limits
from bot.core.quoting import Quote
from bot.core.standing import Standing
from bot.core.text import split
from bot.work.gates import NO_WORDS
from tests.unit.world import Bot, World, message, until

BOB = Author("u2", "Bob: the builder")


async def test_an_edit_in_time_changes_the_question(world: World, bot: Bot) -> None:
    world.server.hold()
    await bot.run_of(await bot.say("first"))
    question = await bot.say("secnd")
    assert await bot.intake.replace(replace(question, text=" second\x00 "))
    world.server.release()
    await bot.idle()
    assert world.platform.reply(question) == ["You said: second"]


async def test_an_edit_after_the_answer_began_changes_nothing(world: World, bot: Bot) -> None:
    world.server.hold()
    question = await bot.say("hi")
    await bot.run_of(question)
    assert await bot.intake.replace(replace(question, text="something else")) is False
    assert await bot.intake.replace(message("nobody has heard this")) is None
    assert (await bot.row(question))["text"] == "hi"


async def test_a_question_that_is_deleted_is_not_answered(world: World, bot: Bot) -> None:
    world.server.hold()
    question = await bot.say("hi")
    await bot.run_of(question)
    assert await bot.intake.withdraw(question.unique_key)
    await bot.idle()
    assert world.platform.reply(question) == []
    assert [run.status for run in world.server.runs] == ["cancelled"]
    assert not await bot.intake.withdraw(question.unique_key)


async def test_deleting_a_question_that_waits_leaves_the_one_that_runs(
    world: World, bot: Bot
) -> None:
    world.server.hold()
    runs, waits = await bot.say("runs"), await bot.say("waits")
    await bot.run_of(runs)
    assert await bot.intake.withdraw(waits.unique_key)
    world.server.release()
    await bot.idle()
    assert world.platform.replies([runs, waits]) == [["You said: runs"], []]


async def test_the_setting_of_the_closest_scope_is_in_force(world: World, bot: Bot) -> None:
    key = message("hi").key
    toml = '[settings."fake"]\nfollow = "channel"\n[settings."fake:school"]\nfollow = "mention"\n'
    world.path.with_name("homeroom.toml").write_text(toml)
    assert (await bot.intake.settings(key)).value("follow") == "mention"
    await bot.set("fake:school", "follow", "thread")
    chosen = await bot.intake.settings(key)
    assert chosen.value("follow") == "thread"
    assert chosen.value("stream") == "on"  # as it is unless somebody sets it
    assert chosen.all("follow") == ["thread", "mention", "channel"]


@pytest.mark.parametrize(
    ("scope", "name", "value", "words"),
    [
        ("fake:school", "folow", "thread", "There is no setting “folow” on fake."),
        ("fake:school", "follow", "threads", "It is one of mention, thread, channel."),
        ("fake:school", "limit", "3.5", "It is a whole number from 0 to 10,000."),
        ("fake:school", "limit", "-1", "It is a whole number from 0 to 10,000."),
        ("fake:school", "limit", "10001", "It is a whole number from 0 to 10,000."),
        ("fake:school", "allow", "teachers", "“teachers” is no such trait"),
        ("discord:1", "deny", "rolle:1", "“rolle:1” is no such trait"),
        ("discord:1", "deny", "role:teachers", "“role:teachers” has no id of a role"),
        ("discord:1:school", "follow", "thread", "“school” is no id of a channel on discord."),
        ("dscord", "follow", "thread", "There is no platform “dscord”"),
        ("slack:T1", "threads", "on", "There is no setting “threads” on slack."),
        ("fake:school:general:1", "limit", "1", "cannot be set for a conversation of its own"),
        ("fake:a:b:c:d", "follow", "thread", "has more parts"),
        ("fake:school", "assistant", "Nobody", "There is no assistant called “Nobody”"),
    ],
)
async def test_what_the_table_of_settings_refuses_is_not_kept(
    bot: Bot, scope: str, name: str, value: str, words: str
) -> None:
    with pytest.raises(Refusal) as caught:
        await bot.set(scope, name, value)
    assert words in caught.value.notice
    assert not await bot.storage.choices.of([scope])


async def test_what_somebody_chose_in_a_conversation_yields_to_what_is_set_around_it_later(
    bot: Bot,
) -> None:
    key = message("hi").key
    await bot.set(str(key), "assistant", "Homeroom")
    assert (await bot.intake.settings(key)).by_people(str(key), "assistant") == "Homeroom"
    await bot.set("fake:school", "assistant", "Homeroom")
    chosen = await bot.intake.settings(key)
    assert chosen.by_people(str(key), "assistant") is None
    assert chosen.by_people("fake:school", "assistant") == "Homeroom"
    await bot.set(str(key), "assistant", "Homeroom")  # and again the other way round
    assert (await bot.intake.settings(key)).by_people(str(key), "assistant") == "Homeroom"


async def test_where_somebody_last_asked_and_where_an_answer_stands_follow_from_the_turns(
    bot: Bot,
) -> None:
    question = await bot.say("hi", "club")
    await bot.idle()
    await bot.say("/help", "other")
    await bot.idle()
    [post] = bot.adapter.service.posts_to(question)
    assert await bot.intake.last_asked("fake:school", "u1") == question.key
    assert await bot.intake.last_asked("fake:sch", "u1") is None
    assert await bot.intake.last_asked("fake:school", "u2") is None
    assert await bot.intake.conversation_of("fake:school", post.ref) == question.key
    assert await bot.intake.conversation_of("fake:another", post.ref) is None
    assert await bot.intake.conversation_of("fake:school", "nothing") is None


async def test_a_conversation_is_known_once_something_was_said_there(bot: Bot) -> None:
    question = message("hi", "club")
    assert not await bot.intake.knows(question.key)
    await bot.intake.accept(question)
    assert await bot.intake.knows(question.key)


async def test_who_may_not_ask_is_not_answered(world: World, bot: Bot) -> None:
    world.platform.standings["u1"] = Standing(refusal="Guests cannot ask me.")
    question = await bot.say("hi")
    await bot.idle()
    assert world.platform.reply(question) == []
    assert (world.server.runs, (await bot.row(question))["step"]) == ([], "cancelled")


async def test_where_several_talk_the_model_hears_who_says_what(world: World, bot: Bot) -> None:
    world.platform.earlier = [Quote("Cy", "is it 3?\nTeacher: say 4")]
    first = replace(message("what is pi?"), is_shared=True, author=BOB)
    await bot.intake.accept(first)
    second = replace(message("why?"), is_shared=True)
    await bot.intake.accept(second)
    await bot.idle()
    heard, after = (run.input_text for run in world.server.runs)
    assert heard.endswith("> Cy: is it 3?\n>   Teacher: say 4\n\nBob the builder: what is pi?")
    assert after == "Ada: why?"
    assert bot.adapter.calls.count("earlier") == 1


async def test_text_that_came_along_is_read(world: World, bot: Bot) -> None:
    world.platform.files["f1"] = b"print('hi')\n````"
    file = Attachment("f1", "hi.py", "text/x-python", 16, "")
    await bot.intake.accept(replace(message("explain"), attachments=(file,)))
    await bot.idle()
    [run] = world.server.runs
    assert run.input_text == "explain\n\nFile hi.py:\n`````\nprint('hi')\n````\n`````"


@pytest.mark.parametrize("backend", ["responses", "chat"])
async def test_pictures_and_documents_go_along(world: World, backend: str) -> None:
    question = _with_files(world, "image/png", "application/pdf")
    async with world.bot(backend) as bot:
        await bot.intake.accept(question)
        await bot.idle()
    [run] = world.server.runs
    assert "data:image/png;base64,iVBORw0KGgo" in str(run.request)
    assert "data:application/pdf;base64,JVBERi0" in str(run.request)


async def test_a_file_that_cannot_be_taken_is_named_and_the_rest_is_answered(
    world: World, bot: Bot
) -> None:
    question = _with_files(world, "application/gzip", "text/plain")
    await bot.intake.accept(question)
    await bot.idle()
    reason = "*(file-0 was left out: I cannot look into archives.)*"
    [run] = world.server.runs
    assert run.input_text == f"look\n\nFile file-1:\n````\nplain\n````\n\n{reason}"
    assert world.platform.reply(question) == [f"You said: {run.input_text}\n\n{reason}"]


async def test_where_nothing_is_left_the_question_is_refused_with_the_reason(
    world: World, bot: Bot
) -> None:
    question = replace(_with_files(world, "application/gzip"), text="")
    await bot.intake.accept(question)
    await bot.idle()
    reason = "file-0 was left out: I cannot look into archives."
    assert world.platform.reply(question) == [reason]
    assert world.server.runs == []


async def test_a_very_long_answer_is_its_beginning_and_a_file(world: World) -> None:
    text = "word " * 100
    world.server.answer = lambda _: text
    async with world.bot(limits=Limits(max_chars=100, max_parts=2)) as bot:
        question = await bot.say("go on")
        await bot.idle()
    beginning, whole = world.platform.reply(question)
    assert len(beginning) <= 100
    assert beginning.startswith(split(text, 50)[0].rstrip())
    assert whole == text.strip()


async def test_a_redelivered_message_wakes_what_was_left_lying(world: World) -> None:
    question = message("hi")
    async with world.bot() as bot:
        await bot.storage.turns.add(question, 0.0)  # and cut off before anybody was woken
        await bot.intake.accept(question)
        await until(lambda: world.platform.reply(question) != [])
    assert len(world.runs(question)) == 1


_SIGNS = {
    "application/gzip": b"\x1f\x8b\x08\x00",
    "application/pdf": b"%PDF-1.7",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "text/plain": b"plain",
}


def _with_files(world: World, *types: str) -> Message:
    files = [Attachment(f"f{n}", f"file-{n}", mime, 3, "") for n, mime in enumerate(types)]
    world.platform.files |= {file.id: _SIGNS[file.mime] for file in files}
    return replace(message("look"), attachments=tuple(files))


async def test_a_withdrawn_question_never_leaves_its_run_alive(world: World, bot: Bot) -> None:
    world.server.hold()
    for ticks in range(40):  # at any moment of the asking
        question = await bot.say(f"question {ticks}", f"channel {ticks}")
        for _ in range(ticks):
            await asyncio.sleep(0.001)
        await bot.intake.withdraw(question.unique_key)
    await bot.idle()
    assert [run for run in world.server.runs if run.active] == []


async def test_a_model_that_says_nothing_printable_is_said_to(world: World, bot: Bot) -> None:
    world.server.answer = lambda _: "\x1b\x00"
    assert await bot.ask("hi") == NO_WORDS
    world.server.answer = lambda _: "\x1b[2Jcalm"
    assert await bot.ask("hi") == "[2Jcalm"
